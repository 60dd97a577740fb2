package promtelemetry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/executor"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

// takes is a function that takes so long.
func takes(d time.Duration) asyncz.Call {
	return asyncz.Do(func(context.Context) error {
		time.Sleep(d)
		return nil
	})
}

func TestEachFireIsCountedByItsOutcome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := open(t, m)
		add := func(c asyncz.Call, when trigger.Trigger, opts ...asyncz.TaskOption) {
			t.Helper()
			_, err := s.Add(t.Context(), c, when, opts...)
			must(t, err)
		}
		now := time.Now()
		add(takes(0), trigger.At(now))
		add(takes(0), trigger.At(now), asyncz.GraceTime(time.Second))                                              // missed
		add(takes(0), trigger.MustEvery(time.Second, trigger.StartAt(now), trigger.EndAt(now.Add(9*time.Second)))) // ten fires, one run
		add(asyncz.Do(func(context.Context) error { return errors.New("no") }), trigger.At(now))
		add(asyncz.Do(func(context.Context) error { panic("a bug") }), trigger.At(now))
		time.Sleep(time.Minute)
		must(t, s.Start(t.Context()))
		scrape(t, m).expect(t, map[string]float64{
			`asyncz_fires_total{outcome=executed,store=default}`:      2,
			`asyncz_fires_total{outcome=failed,store=default}`:        2,
			`asyncz_fires_total{outcome=missed,store=default}`:        1,
			`asyncz_fires_total{outcome=coalesced,store=default}`:     9,
			`asyncz_fires_total{outcome=max_instances,store=default}`: 0,
			`asyncz_fires_total{outcome=abandoned,store=default}`:     0,
			`asyncz_fires_total{outcome=cancelled,store=default}`:     0,

			`asyncz_attempts_total{executor=default,source=scheduled,store=default}`: 4,
			`asyncz_runs_in_flight{executor=default,store=default}`:                  0, // the one that panicked included
			`asyncz_run_duration_seconds_count{executor=default,store=default}`:      4,
			`asyncz_task_changes_total{change=added,store=default}`:                  5,
			`asyncz_task_changes_total{change=exhausted,store=default}`:              5,
		})
	})
}

func TestLatenessQueueAndDurationAreMeasured(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := open(t, m, asyncz.WithExecutor("pool", executor.NewPool(1, 10)))
		for range 3 {
			_, err := s.Add(t.Context(), takes(20*time.Second), trigger.At(time.Now()), asyncz.OnExecutor("pool"))
			must(t, err)
		}
		time.Sleep(10 * time.Second)
		must(t, s.Start(t.Context()))
		time.Sleep(5 * time.Second)                // a node tells of its executors once a heartbeat
		scrape(t, m).expect(t, map[string]float64{ // one runs, and two wait for it
			`asyncz_runs_in_flight{executor=pool,store=default}`: 1,
			`asyncz_executor_places{executor=pool}`:              11,
			`asyncz_executor_places_taken{executor=pool}`:        3,
		})
		time.Sleep(time.Minute)
		scrape(t, m).expect(t, map[string]float64{
			`asyncz_run_lateness_seconds_sum{executor=pool,store=default}`:     10 + 30 + 50,
			`asyncz_run_lateness_seconds_count{executor=pool,store=default}`:   3,
			`asyncz_run_queue_wait_seconds_sum{executor=pool,store=default}`:   0 + 20 + 40,
			`asyncz_run_queue_wait_seconds_count{executor=pool,store=default}`: 3,
			`asyncz_run_duration_seconds_sum{executor=pool,store=default}`:     60,
			`asyncz_runs_in_flight{executor=pool,store=default}`:               0,
			`asyncz_executor_places_taken{executor=pool}`:                      0,
		})
	})
}

func TestRetriesAreCountedAndAreNotLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := running(t, m)
		attempt := 0
		_, err := s.Add(t.Context(), asyncz.Do(func(context.Context) error {
			if attempt++; attempt < 3 {
				return errors.New("not yet")
			}
			return nil
		}), trigger.At(time.Now()), asyncz.Retry(5, asyncz.Constant(time.Minute)))
		must(t, err)
		time.Sleep(5 * time.Minute)
		scrape(t, m).expect(t, map[string]float64{
			`asyncz_attempts_total{executor=default,source=scheduled,store=default}`: 1,
			`asyncz_attempts_total{executor=default,source=retry,store=default}`:     2,
			`asyncz_retries_total{store=default}`:                                    2,
			`asyncz_fires_total{outcome=executed,store=default}`:                     1,
			`asyncz_fires_total{outcome=failed,store=default}`:                       0,
			`asyncz_run_lateness_seconds_count{executor=default,store=default}`:      1,
			`asyncz_run_lateness_seconds_sum{executor=default,store=default}`:        0,
			`asyncz_run_duration_seconds_count{executor=default,store=default}`:      3,
		})
	})
}

func TestTasksHaveSeriesOfTheirOwnOnlyWhereThatIsAskedForAndUpToTheBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m, by := promtelemetry.New(), promtelemetry.New(promtelemetry.ByTask(2))
		s := running(t, m, by.Options()...)
		t.Cleanup(by.Attach(s))
		for _, id := range []string{"a", "b", "c", "d", "a"} {
			_, err := s.Add(t.Context(), takes(0), trigger.At(time.Now()), asyncz.ID(id))
			must(t, err)
			time.Sleep(time.Second)
		}
		scrape(t, m).expect(t, map[string]float64{`asyncz_fires_total{outcome=executed,store=default}`: 5})
		p := scrape(t, by)
		p.expect(t, map[string]float64{
			`asyncz_fires_total{outcome=executed,store=default,task=a}`:                            2,
			`asyncz_fires_total{outcome=executed,store=default,task=b}`:                            1,
			`asyncz_fires_total{outcome=executed,store=default,task=(others)}`:                     2,
			`asyncz_attempts_total{executor=default,source=scheduled,store=default,task=(others)}`: 2,
			`asyncz_run_duration_seconds_count{executor=default,store=default,task=b}`:             1,
			`asyncz_run_lateness_seconds_count{executor=default,store=default,task=(others)}`:      2,
			`asyncz_run_queue_wait_seconds_count{executor=default,store=default}`:                  5,
		})
		p.never(t, `asyncz_fires_total{outcome=executed,store=default,task=c}`)
	})
}
