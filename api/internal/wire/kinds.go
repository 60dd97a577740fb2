package wire

import "github.com/go-asyncz/asyncz"

// Kinds are the kinds of all events.
var Kinds = kinds(
	asyncz.SchedulerStarted{}, asyncz.SchedulerPaused{}, asyncz.SchedulerResumed{}, asyncz.SchedulerStopped{},
	asyncz.TaskAdded{}, asyncz.TaskUpdated{}, asyncz.TaskPaused{}, asyncz.TaskResumed{}, asyncz.TaskRemoved{}, asyncz.TaskUnreadable{},
	asyncz.RunStarted{}, asyncz.RunEnded{}, asyncz.RunRetrying{}, asyncz.RunLost{}, asyncz.LeaseLost{},
	asyncz.StoreFailed{}, asyncz.StoreRecovered{}, asyncz.EventsLost{}, asyncz.HistoryLost{},
)

func kinds(events ...asyncz.Event) []string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.Kind()
	}
	return names
}
