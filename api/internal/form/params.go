package form

import "time"

// TaskPath are the parameters that say which task is meant.
type TaskPath struct {
	ID    string `path:"id" minLength:"1" doc:"The id of the task, with / and the like escaped."`
	Store string `query:"store" doc:"The alias of its store. Needed only if several stores have a task of this id."`
}

// IfMatch is the parameter that says which version of a task is meant.
type IfMatch struct {
	Version string `header:"If-Match" doc:"Do it only while the ETag of the task is this one; else 412." example:"\"0123456789abcdef\""`
}

// Count is the parameter that says how many fire times are wanted.
type Count struct {
	N int `query:"n" default:"10" minimum:"1" maximum:"1000" doc:"How many fire times."`
}

// Paging are the parameters of lists that have pages.
type Paging struct {
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"How many at most."`
	After string `query:"after" doc:"next of the page before."`
}

// Span are the parameters of lists that go over a time.
type Span struct {
	Since time.Time `query:"since" doc:"Not before."`
	Until time.Time `query:"until" doc:"Before."`
}
