package form

import "time"

// An AuditPage is a page of who did what.
type AuditPage struct {
	Entries []AuditEntry `json:"entries" nullable:"false" doc:"The last first."`
	Next    string       `json:"next,omitempty" doc:"For after; left out on the last page."`

	Unreadable int `json:"unreadable,omitempty" doc:"Entries that were left out because they can't be read."`
}

// An AuditEntry is one thing that somebody did, or tried to do.
type AuditEntry struct {
	Time   time.Time `json:"time"`
	Who    string    `json:"who" doc:"Empty without authentication."`
	Via    string    `json:"via" doc:"api, dashboard or cli."`
	From   string    `json:"from,omitempty" doc:"The address that it came from."`
	Action string    `json:"action"`
	Store  string    `json:"store,omitempty"`
	Task   string    `json:"task,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Error  string    `json:"error,omitempty" doc:"Why it was not done."`
}

// A StoreInfo is what a store is and has.
type StoreInfo struct {
	Store           string    `json:"store"`
	Type            string    `json:"type" doc:"Of its driver, such as sqlite."`
	Namespace       string    `json:"namespace" doc:"To which its records are sealed; empty for what lives in memory."`
	Durable         bool      `json:"durable" doc:"It outlives the process."`
	Sealed          bool      `json:"sealed" doc:"A key is set."`
	History         string    `json:"history" doc:"Where the history of runs is: durable, memory or none."`
	Features        []string  `json:"features" doc:"Of its optional parts those that it has."`
	Tasks           int       `json:"tasks"`
	Unreadable      []Finding `json:"unreadable" nullable:"false" doc:"Of the tasks that can't be read up to 100, with the reason."`
	UnreadableTasks int       `json:"unreadable_tasks" doc:"How many there are in all."`
	Keys            []KeyUse  `json:"keys" nullable:"false" doc:"What the records are sealed with."`
	Warnings        []string  `json:"warnings" nullable:"false" doc:"What in the set-up of its server puts tasks at risk."`
}

// A KeyUse is how many records are sealed with a key.
type KeyUse struct {
	Key     string `json:"key" doc:"Its id; plain for records that are not sealed."`
	Records int    `json:"records"`
	Sealing bool   `json:"sealing" doc:"New records are sealed with it."`
}
