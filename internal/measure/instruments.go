package measure

// Bounds of histograms, in seconds. A run may take a millisecond or a night; a
// call on a store that takes seconds is an outage already.
var (
	runBuckets   = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}
	delayBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600}
	callBuckets  = []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
)

// What is counted when it happens.
var (
	fires = &Instrument{
		Name: "asyncz.fires", Kind: Counter, Unit: "{fire}", Labels: []string{"store", "outcome"}, ByTask: true,
		Help: "Fires that ended on this node, by outcome: executed, failed, missed, coalesced, max_instances, abandoned or cancelled.",
	}
	attempts = &Instrument{
		Name: "asyncz.attempts", Kind: Counter, Unit: "{attempt}", Labels: []string{"store", "executor", "source"}, ByTask: true,
		Help: "Attempts that began on this node, by source: scheduled, manual, retry, or recovered from a node that died.",
	}
	retries = &Instrument{
		Name: "asyncz.retries", Kind: Counter, Unit: "{attempt}", Labels: []string{"store"}, ByTask: true,
		Help: "Attempts that failed or were broken off, after which another follows.",
	}
	lateness = &Instrument{
		Name: "asyncz.run.lateness", Kind: Histogram, Unit: "s", Labels: []string{"store", "executor"}, ByTask: true, Buckets: delayBuckets,
		Help: "From the scheduled time of a run to the beginning of its first attempt, jitter included, by the store's clock.",
	}
	queueWait = &Instrument{
		Name: "asyncz.run.queue_wait", Kind: Histogram, Unit: "s", Labels: []string{"store", "executor"}, Buckets: delayBuckets,
		Help: "From the moment an attempt was handed to its executor to its beginning.",
	}
	duration = &Instrument{
		Name: "asyncz.run.duration", Kind: Histogram, Unit: "s", Labels: []string{"store", "executor"}, ByTask: true, Buckets: runBuckets,
		Help: "How long attempts took, whatever they came to.",
	}
	inFlight = &Instrument{
		Name: "asyncz.runs.in_flight", Kind: UpDown, Unit: "{run}", Labels: []string{"store", "executor"},
		Help: "Attempts that are being carried out on this node.",
	}
	runsLost = &Instrument{
		Name: "asyncz.runs.lost", Kind: Counter, Unit: "{run}", Labels: []string{"store"},
		Help: "Runs of nodes that died, which this node found and which start again.",
	}
	leasesLost = &Instrument{
		Name: "asyncz.leases.lost", Kind: Counter, Unit: "{lease}", Labels: []string{"store"},
		Help: "Attempts that ended on this node after their lease had gone to another, so that their result changed nothing.",
	}
	unreadable = &Instrument{
		Name: "asyncz.unreadable", Kind: Counter, Unit: "{task}", Labels: []string{"store"},
		Help: "Times that a task was met that can't be read or run on this node; each is told once a minute at most.",
	}
	changes = &Instrument{
		Name: "asyncz.task.changes", Kind: Counter, Unit: "{change}", Labels: []string{"store", "change"},
		Help: "Tasks that this process added, updated, paused, resumed or removed, and those that were removed because they were exhausted.",
	}
	claims = &Instrument{
		Name: "asyncz.claims", Kind: Counter, Unit: "{claim}", Labels: []string{"store"},
		Help: "Calls by which this node took, or tried to take, what was due.",
	}
	claimed = &Instrument{
		Name: "asyncz.claimed.records", Kind: Counter, Unit: "{record}", Labels: []string{"store"},
		Help: "Records that this node took so.",
	}
	conflicts = &Instrument{
		Name: "asyncz.store.conflicts", Kind: Counter, Unit: "{record}", Labels: []string{"store", "op"},
		Help: "Conditional writes that lost to a write of another node.",
	}
	storeErrors = &Instrument{
		Name: "asyncz.store.errors", Kind: Counter, Unit: "{call}", Labels: []string{"store", "op"},
		Help: "Calls on a store that failed, conflicts aside.",
	}
	callDuration = &Instrument{
		Name: "asyncz.store.call.duration", Kind: Histogram, Unit: "s", Labels: []string{"store", "op"}, Buckets: callBuckets,
		Help: "How long calls on a store took, those that failed included.",
	}
	storeOutages = &Instrument{
		Name: "asyncz.store.outages", Kind: Counter, Unit: "{outage}", Labels: []string{"store"},
		Help: "Times that a store stopped to answer.",
	}
	eventsLost = &Instrument{
		Name: "asyncz.events.lost", Kind: Counter, Unit: "{event}",
		Help: "Events that were left out because the metrics could not keep up; what is counted by events is too low by these.",
	}
	historyLost = &Instrument{
		Name: "asyncz.history.lost", Kind: Counter, Unit: "{row}", Labels: []string{"store"},
		Help: "Rows of the run history that could not be kept.",
	}
)

// What is read when somebody asks.
var (
	schedulerState = &Instrument{
		Name: "asyncz.scheduler.state", Kind: Gauge, Labels: []string{"state"},
		Help: "1 for the state that the scheduler is in, 0 for the others: not_started, running, paused, stopped.",
	}
	schedulerInfo = &Instrument{
		Name: "asyncz.scheduler.info", Kind: Gauge, Labels: []string{"node", "version"},
		Help: "Always 1; the labels tell the node's name and the program's version.",
	}
	storeUp = &Instrument{
		Name: "asyncz.store.up", Kind: Gauge, Labels: []string{"store"},
		Help: "1 while the store answers the scheduler, 0 while it does not.",
	}
	tasks = &Instrument{
		Name: "asyncz.tasks", Kind: Gauge, Unit: "{task}", Labels: []string{"store", "state"},
		Help: "Tasks in the store by schedule state: scheduled, pending, paused, unreadable. All nodes on a store tell the same.",
	}
	overdue = &Instrument{
		Name: "asyncz.overdue", Kind: Gauge, Unit: "s", Labels: []string{"store"},
		Help: "How long the most overdue task of the store was due, with nobody to start it, when the tasks were last read; 0: none was.",
	}
	nodes = &Instrument{
		Name: "asyncz.nodes", Kind: Gauge, Unit: "{node}", Labels: []string{"store", "state"},
		Help: "Nodes on the store that are alive, and stale ones, which did not shut down and are not seen any more.",
	}
	clockSkew = &Instrument{
		Name: "asyncz.clock_skew", Kind: Gauge, Unit: "s", Labels: []string{"store"},
		Help: "How far this node's clock is certainly ahead of the store's, or, negative, behind.",
	}
	places = &Instrument{
		Name: "asyncz.executor.places", Kind: Gauge, Unit: "{place}", Labels: []string{"executor"},
		Help: "Attempts that an executor of this node can have at a time, those that queue included; absent if it does not tell.",
	}
	placesTaken = &Instrument{
		Name: "asyncz.executor.places_taken", Kind: Gauge, Unit: "{place}", Labels: []string{"executor"},
		Help: "Attempts that it has, those that queue included.",
	}
)

// Instruments returns all metrics, in the order in which they are documented.
func Instruments() []*Instrument {
	return []*Instrument{
		fires, attempts, retries, lateness, queueWait, duration, inFlight, runsLost, leasesLost, unreadable, changes,
		claims, claimed, conflicts, storeErrors, callDuration, storeOutages, eventsLost, historyLost,
		schedulerState, schedulerInfo, storeUp, tasks, overdue, nodes, clockSkew, places, placesTaken,
	}
}
