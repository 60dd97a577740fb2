package form

import "time"

// A TaskPage is a page of tasks.
type TaskPage struct {
	Tasks  []Task         `json:"tasks" nullable:"false"`
	Total  int            `json:"total" doc:"How many tasks the filter lets through."`
	States map[string]int `json:"schedule_states" doc:"How many there are by state, of those that all but schedule_state lets through."`
	Next   string         `json:"next,omitempty" doc:"For after; left out on the last page."`
	Taken  time.Time      `json:"taken" doc:"When the store was looked at: a second or two ago at most."`
}

// A Fires is the next fire times.
type Fires struct {
	Fires []time.Time `json:"fires" nullable:"false"`
}

// A Preview is a task that is not kept yet.
type Preview struct {
	Task  Task        `json:"task"`
	Fires []time.Time `json:"fires" nullable:"false" doc:"When it would fire."`
}

// An UpdatePreview is a task as it is, and as an edit would make it.
type UpdatePreview struct {
	Before      Task        `json:"before"`
	After       Task        `json:"after"`
	BeforeFires []time.Time `json:"before_fires" nullable:"false"`
	AfterFires  []time.Time `json:"after_fires" nullable:"false"`
}

// A Scheduler is what a scheduler tells of itself.
type Scheduler struct {
	Node      string   `json:"node" doc:"Its name in the runs that it carries out."`
	State     string   `json:"state" enum:"not_started,running,paused,stopped"`
	Version   string   `json:"version" doc:"Of the API; empty if it is not known."`
	Stores    []string `json:"stores" nullable:"false"`
	Executors []string `json:"executors" nullable:"false" doc:"Their aliases."`
	Functions []string `json:"functions" nullable:"false" doc:"That it can call."`
	Caller    string   `json:"caller" doc:"Whose token the request has; empty without authentication."`
	Role      string   `json:"role" enum:"read-only,full" doc:"What the caller may do."`
}

// A Health says whether the server can work.
type Health struct {
	Status string `json:"status" enum:"ok" doc:"Else there is a problem."`
}

// Stores is the list of stores.
type Stores struct {
	Stores []string `json:"stores" nullable:"false" doc:"Their aliases, in order."`
}
