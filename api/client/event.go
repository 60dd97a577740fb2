package client

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-asyncz/asyncz"
)

// An UnknownEvent is one of a kind that this client does not know.
type UnknownEvent struct {
	asyncz.Header
	Name string
	Text json.RawMessage // the whole event, in JSON
}

// Kind implements [asyncz.Event].
func (e UnknownEvent) Kind() string { return e.Name }

// When implements [asyncz.Event].
func (e UnknownEvent) When() time.Time { return e.Time }

// MarshalJSON writes what the server has sent.
func (e UnknownEvent) MarshalJSON() ([]byte, error) { return e.Text, nil }

// decoders read the events by their kinds.
var decoders = map[string]func(data []byte, cause error) (asyncz.Event, error){
	asyncz.SchedulerStarted{}.Kind(): plain[asyncz.SchedulerStarted],
	asyncz.SchedulerPaused{}.Kind():  plain[asyncz.SchedulerPaused],
	asyncz.SchedulerResumed{}.Kind(): plain[asyncz.SchedulerResumed],
	asyncz.SchedulerStopped{}.Kind(): plain[asyncz.SchedulerStopped],
	asyncz.TaskAdded{}.Kind():        plain[asyncz.TaskAdded],
	asyncz.TaskUpdated{}.Kind():      plain[asyncz.TaskUpdated],
	asyncz.TaskPaused{}.Kind():       plain[asyncz.TaskPaused],
	asyncz.TaskResumed{}.Kind():      plain[asyncz.TaskResumed],
	asyncz.TaskRemoved{}.Kind():      plain[asyncz.TaskRemoved],
	asyncz.TaskUnreadable{}.Kind():   with(func(e *asyncz.TaskUnreadable, err error) { e.Err = err }),
	asyncz.RunStarted{}.Kind():       plain[asyncz.RunStarted],
	asyncz.RunEnded{}.Kind():         with(func(e *asyncz.RunEnded, err error) { e.Err = err }),
	asyncz.RunRetrying{}.Kind():      with(func(e *asyncz.RunRetrying, err error) { e.Err = err }),
	asyncz.RunLost{}.Kind():          plain[asyncz.RunLost],
	asyncz.LeaseLost{}.Kind():        with(func(e *asyncz.LeaseLost, err error) { e.Err = err }),
	asyncz.StoreFailed{}.Kind():      with(func(e *asyncz.StoreFailed, err error) { e.Err = err }),
	asyncz.StoreRecovered{}.Kind():   plain[asyncz.StoreRecovered],
	asyncz.EventsLost{}.Kind():       plain[asyncz.EventsLost],
	asyncz.HistoryLost{}.Kind():      with(func(e *asyncz.HistoryLost, err error) { e.Err = err }),
}

// plain reads an event that carries no error.
func plain[E asyncz.Event](data []byte, _ error) (asyncz.Event, error) {
	var e E
	err := json.Unmarshal(data, &e)
	return e, err
}

// with reads one that does.
func with[E asyncz.Event](set func(*E, error)) func([]byte, error) (asyncz.Event, error) {
	return func(data []byte, cause error) (asyncz.Event, error) {
		var e E
		err := json.Unmarshal(data, &e)
		set(&e, cause)
		return e, err
	}
}

// decodeEvent reads what asyncz.MarshalEvent has written.
func decodeEvent(kind string, data []byte) (asyncz.Event, error) {
	var all struct {
		asyncz.Header
		Error string `json:"error"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	var cause error
	if all.Error != "" {
		cause = errors.New(all.Error)
	}
	if decode, known := decoders[kind]; known {
		return decode(data, cause)
	}
	return UnknownEvent{Header: all.Header, Name: kind, Text: data}, nil
}
