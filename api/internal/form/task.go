// Package form describes, for the OpenAPI document, the JSON that package asyncz
// reads and writes. Its types hold no data: a test holds every answer against them.
package form

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A Task is how a task is shown. One that can't be read has its id, its store, its
// state and its error.
type Task struct {
	ID            string     `json:"id" doc:"Unique in its store: 1 to 255 bytes of UTF-8 without NUL." example:"nightly"`
	Store         string     `json:"store" doc:"The alias of the store that keeps it." example:"default"`
	ScheduleState string     `json:"schedule_state" enum:"scheduled,pending,paused,unreadable" doc:"Whether it is going to fire. pending: it has no next run time, because it waits for a shutdown or for its last run to end."`
	NextRunTime   *time.Time `json:"next_run_time" doc:"When it fires next; null: not at a time that is known."`
	Version       string     `json:"version,omitempty" doc:"Of the definition and the pause; runs do not change it. It is the ETag."`
	Anchor        time.Time  `json:"anchor,omitempty" doc:"From when on its fires are counted."`
	Error         string     `json:"error,omitempty" doc:"Why the task can't be read."`
	Definition
	Runs    []Run    `json:"runs,omitempty" nullable:"false" doc:"In flight."`
	LastRun *LastRun `json:"last_run,omitempty" doc:"How the last run ended."`
}

// A Definition is what a task is, as it is shown: defaults included, durations in seconds.
type Definition struct {
	Name         string            `json:"name,omitempty" doc:"A title for people."`
	Function     string            `json:"function,omitempty" doc:"The name of the function that it calls." example:"report"`
	Kwargs       json.RawMessage   `json:"kwargs,omitempty" doc:"The arguments of the function."`
	Trigger      *Trigger          `json:"trigger,omitempty" doc:"When it fires."`
	Executor     string            `json:"executor,omitempty" doc:"The alias of the executor that carries it out."`
	Grace        float64           `json:"mistrigger_grace_time,omitempty" minimum:"0" doc:"Seconds that a fire may be late and still run. Left out: no limit."`
	Coalesce     bool              `json:"coalesce,omitempty" doc:"Several fires due at once become one run."`
	CatchUp      int               `json:"catch_up,omitempty" doc:"Without coalesce: how many fires that are due at once may run."`
	MaxInstances int               `json:"max_instances,omitempty" doc:"How many runs may be in flight at a time."`
	Timeout      float64           `json:"timeout,omitempty" minimum:"0" doc:"Seconds that an attempt may take. Left out: no limit."`
	Retry        *Retry            `json:"retry,omitempty" doc:"Whether a failed run is tried again."`
	OnLost       string            `json:"on_lost,omitempty" enum:"rerun,skip" doc:"What becomes of a run whose node has died."`
	Metadata     map[string]string `json:"metadata,omitempty" doc:"Words of the user's own."`
}

// A Retry is how a failed run is tried again, as it is shown.
type Retry struct {
	Attempts int     `json:"attempts" doc:"In all."`
	Delay    float64 `json:"delay,omitempty" doc:"Seconds before another attempt."`
	Backoff  string  `json:"backoff,omitempty" enum:"constant,exponential"`
	MaxDelay float64 `json:"max_delay,omitempty" doc:"Seconds that an exponential delay grows to; left out: no bound."`
}

// A Change is the fields of a definition that are to change, or to be said.
type Change struct {
	ID           string            `json:"id,omitempty" maxLength:"255" doc:"Where the path has one, it must be the same."`
	Name         string            `json:"name,omitempty" doc:"A title for people."`
	Function     string            `json:"function,omitempty" doc:"The name of a registered function." example:"report"`
	Kwargs       json.RawMessage   `json:"kwargs,omitempty" doc:"The arguments of the function, an object. They replace all that there were."`
	Trigger      *Trigger          `json:"trigger,omitempty" doc:"When it fires. It replaces the one that there was."`
	Executor     string            `json:"executor,omitempty" doc:"The alias of an executor."`
	Grace        *Duration         `json:"mistrigger_grace_time,omitempty" doc:"How late a fire may be and still run; 0: no limit."`
	Coalesce     bool              `json:"coalesce,omitempty" doc:"Whether several fires due at once become one run."`
	CatchUp      int               `json:"catch_up,omitempty" minimum:"1" maximum:"1000" doc:"Without coalesce: how many fires that are due at once may run."`
	MaxInstances int               `json:"max_instances,omitempty" minimum:"1" maximum:"1000" doc:"How many runs may be in flight at a time."`
	Timeout      *Duration         `json:"timeout,omitempty" doc:"How long an attempt may take; 0: no limit."`
	Retry        *RetryChange      `json:"retry,omitempty" doc:"Whether a failed run is tried again. It replaces what there was."`
	OnLost       string            `json:"on_lost,omitempty" enum:"rerun,skip" doc:"What becomes of a run whose node has died."`
	Metadata     map[string]string `json:"metadata,omitempty" doc:"Words of the user's own."`
}

// A RetryChange is how a failed run is to be tried again.
type RetryChange struct {
	Attempts int       `json:"attempts" minimum:"0" doc:"In all."`
	Delay    *Duration `json:"delay,omitempty" doc:"How long to wait before another attempt."`
	Backoff  string    `json:"backoff,omitempty" enum:"constant,exponential" doc:"constant, the default, or doubling from attempt to attempt."`
	MaxDelay *Duration `json:"max_delay,omitempty" doc:"Up to where an exponential delay grows; 0: no bound."`
}

// A Description is a task that is to be.
type Description struct {
	Change
	Store  string `json:"store,omitempty" doc:"The alias of the store that is to keep it."`
	Paused bool   `json:"paused,omitempty" doc:"Add it paused."`
}

// A Trigger is the JSON form of a trigger.
type Trigger struct{}

// Schema implements huma.SchemaProvider. Programs can register triggers of their
// own, so that the keys beside type are not closed here; they are where they are read.
func (Trigger) Schema(r huma.Registry) *huma.Schema {
	return named(r, "Trigger", &huma.Schema{
		Type: huma.TypeObject, Required: []string{"type"}, AdditionalProperties: true,
		Properties:  map[string]*huma.Schema{"type": {Type: huma.TypeString, Description: "date, interval, cron, and, or, shutdown, or one that the program has registered."}},
		Description: "When a task fires; docs/triggers.md has all keys. An unknown one is an error.",
		Examples:    []any{map[string]any{"type": "cron", "expression": "0 9 * * mon-fri", "timezone": "Europe/Zurich"}, map[string]any{"type": "interval", "minutes": 5}},
	})
}

// A Duration is a time span as it is read.
type Duration struct{}

// Schema implements huma.SchemaProvider.
func (Duration) Schema(r huma.Registry) *huma.Schema {
	return named(r, "Duration", &huma.Schema{
		OneOf:       []*huma.Schema{{Type: huma.TypeNumber, Description: "Seconds."}, {Type: huma.TypeString, Description: "Such as 1m30s.", Pattern: `^\+?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$`}},
		Description: "A number of seconds, or a text such as 1m30s.",
	})
}

// named puts a schema among the components, once, and returns a reference to it.
func named(r huma.Registry, name string, s *huma.Schema) *huma.Schema {
	if _, there := r.Map()[name]; !there {
		s.PrecomputeMessages()
		r.Map()[name] = s
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}
