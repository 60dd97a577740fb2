package form

import "time"

// Nodes is the list of nodes.
type Nodes struct {
	Nodes []Node `json:"nodes" nullable:"false" doc:"Those that are alive first."`
}

// A Node is a scheduler in some process that works on the stores.
type Node struct {
	Node      string         `json:"node"`
	Host      string         `json:"host,omitempty"`
	PID       int            `json:"pid,omitempty"`
	Version   string         `json:"version,omitempty" doc:"Of its program."`
	State     string         `json:"state,omitempty" enum:"running,paused,stopping"`
	Started   time.Time      `json:"started,omitempty"`
	Seen      time.Time      `json:"seen" doc:"When it last told of itself."`
	Age       float64        `json:"age" doc:"Seconds since then."`
	Stale     bool           `json:"stale" doc:"On each of its stores that is longer than its lease."`
	Here      bool           `json:"here" doc:"It is the scheduler that answers."`
	Running   int            `json:"running" doc:"Runs that it carries out."`
	Executors []NodeExecutor `json:"executors" nullable:"false"`
	Functions []string       `json:"functions" nullable:"false" doc:"That it knows."`
	Skew      *float64       `json:"skew" doc:"Seconds that its clock is ahead of the store's; null: not known."`
	Stores    []NodeStore    `json:"stores"`
	Error     string         `json:"error,omitempty" doc:"Why what it tells can't be read."`
}

// A NodeExecutor is an executor of a node.
type NodeExecutor struct {
	Executor string `json:"executor"`
	Running  int    `json:"running"`
	Places   int    `json:"places" doc:"0: it does not tell."`
}

// A NodeStore is what a node tells in one store.
type NodeStore struct {
	Store   string    `json:"store"`
	Node    string    `json:"node" doc:"The node's name in the runs there."`
	Seen    time.Time `json:"seen"`
	Age     float64   `json:"age"`
	Lease   float64   `json:"lease" doc:"Seconds."`
	Stale   bool      `json:"stale"`
	Running int       `json:"running"`
	Skew    *float64  `json:"skew"`
	Error   string    `json:"error,omitempty"`
}

// A Status is how all is going.
type Status struct {
	Problems []Finding     `json:"problems" nullable:"false" doc:"What keeps tasks from being run."`
	Warnings []Finding     `json:"warnings" nullable:"false" doc:"What somebody should look at."`
	Stores   []StoreStatus `json:"stores"`
	Nodes    []Node        `json:"nodes"`
}

// A Finding is something that somebody should look at.
type Finding struct {
	Store   string `json:"store"`
	Task    string `json:"task,omitempty"`
	Problem string `json:"problem" doc:"no_node, overdue, unreadable, stale_node, clock and so on."`
	Detail  string `json:"detail"`
}

// A StoreStatus is what there is in one store.
type StoreStatus struct {
	Store      string         `json:"store"`
	Tasks      int            `json:"tasks"`
	States     map[string]int `json:"schedule_states"`
	Due        int            `json:"due" doc:"Tasks that somebody should start something of now."`
	Late       int            `json:"late" doc:"Of these, those due for more than a minute."`
	Running    int            `json:"running"`
	Waiting    int            `json:"waiting" doc:"Runs that wait for their start or their next attempt."`
	Next       time.Time      `json:"next_run_time,omitempty"`
	NextTask   string         `json:"next_task,omitempty"`
	Alive      int            `json:"nodes_alive"`
	Stale      int            `json:"nodes_stale"`
	ListsNodes bool           `json:"lists_nodes" doc:"The store knows its nodes."`
}

// Checkups is what the doctor found.
type Checkups struct {
	Checkups []Checkup `json:"checkups" nullable:"false"`
}

// A Checkup is what was found in one store.
type Checkup struct {
	Store    string         `json:"store"`
	Tasks    int            `json:"tasks"`
	Keys     map[string]int `json:"keys" doc:"Records by the id of the key that sealed them; plain for none."`
	Findings []Finding      `json:"findings" nullable:"false"`
}
