package promtelemetry_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/telemetry/promtelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestTheStateOfTheStoreAndOfTheSchedulerIsShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := open(t, m, asyncz.WithVersion("1.2.3"))
		at := time.Now().Add(time.Hour)
		for _, opts := range [][]asyncz.TaskOption{nil, nil, {asyncz.Paused()}} {
			_, err := s.Add(t.Context(), takes(0), trigger.At(at), opts...)
			must(t, err)
			at = at.Add(time.Hour)
		}
		_, err := s.Add(t.Context(), takes(0), trigger.Shutdown())
		must(t, err)
		p := scrape(t, m)
		p.expect(t, map[string]float64{
			`asyncz_scheduler_state{state=not_started}`:    1,
			`asyncz_scheduler_state{state=running}`:        0,
			`asyncz_nodes{state=alive,store=default}`:      0,
			`asyncz_tasks{state=scheduled,store=default}`:  2,
			`asyncz_tasks{state=paused,store=default}`:     1,
			`asyncz_tasks{state=pending,store=default}`:    1,
			`asyncz_tasks{state=unreadable,store=default}`: 0,
			`asyncz_overdue_seconds{store=default}`:        0,
		})
		must(t, s.Start(t.Context()))
		time.Sleep(time.Minute)
		scrape(t, m).expect(t, map[string]float64{
			`asyncz_scheduler_state{state=running}`:                      1,
			`asyncz_nodes{state=alive,store=default}`:                    1,
			`asyncz_nodes{state=stale,store=default}`:                    0,
			`asyncz_executor_places{executor=default}`:                   1000,
			`asyncz_scheduler_info{node=` + s.Node() + `,version=1.2.3}`: 1,
		})
		s.Pause()
		scrape(t, m).expect(t, map[string]float64{`asyncz_scheduler_state{state=paused}`: 1, `asyncz_scheduler_state{state=running}`: 0})
		must(t, s.Shutdown(t.Context()))
		p = scrape(t, m)
		p.expect(t, map[string]float64{
			`asyncz_scheduler_state{state=stopped}`:              1,
			`asyncz_fires_total{outcome=executed,store=default}`: 1, // that of the shutdown
		})
		p.never(t, "asyncz_tasks{", "asyncz_store_up", "asyncz_nodes") // nobody knows any more
	})
}

func TestSchedulersInOneRegistryAreToldApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := prometheus.NewPedanticRegistry()
		for name, n := range map[string]int{"billing": 1, "mail": 2} {
			m := promtelemetry.New(promtelemetry.Scheduler(name))
			s := running(t, m)
			must(t, r.Register(m))
			for range n {
				_, err := s.Add(t.Context(), takes(0), trigger.At(time.Now()))
				must(t, err)
			}
		}
		time.Sleep(time.Second)
		families, err := r.Gather()
		must(t, err)
		pageOf(families).expect(t, map[string]float64{
			`asyncz_fires_total{outcome=executed,scheduler=billing,store=default}`: 1,
			`asyncz_fires_total{outcome=executed,scheduler=mail,store=default}`:    2,
			`asyncz_scheduler_state{scheduler=billing,state=running}`:              1,
			`asyncz_tasks{scheduler=mail,state=scheduled,store=default}`:           0,
		})
		if err := r.Register(promtelemetry.New(promtelemetry.Scheduler("mail"))); err == nil {
			t.Error("two of one name are not told apart")
		}
	})
}

func TestMetricsCountFromWhenTheyAreAttached(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := bare(t, m)
		must(t, s.Start(t.Context()))
		fire := func() {
			_, err := s.Add(t.Context(), takes(time.Second), trigger.At(time.Now()))
			must(t, err)
			time.Sleep(time.Minute)
		}
		fire()
		scrape(t, m).never(t, "asyncz_scheduler_state", "asyncz_fires_total")
		stop := m.Attach(s)
		fire()
		stop()
		fire()
		p := scrape(t, m)
		p.expect(t, map[string]float64{
			`asyncz_fires_total{outcome=executed,store=default}`:                1,
			`asyncz_run_duration_seconds_count{executor=default,store=default}`: 3, // what needs no Attach
		})
		p.never(t, "asyncz_scheduler_state")
	})
}

func TestMetricsBelongToOneSchedulerAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		first, second := open(t, m), bare(t, m)
		for _, s := range []*asyncz.Scheduler{first, second} {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("it was attached twice")
					}
				}()
				m.Attach(s)
			}()
		}
		must(t, first.Shutdown(t.Context()))
		t.Cleanup(m.Attach(second)) // after the first, as in a program that makes its scheduler anew
		scrape(t, m).expect(t, map[string]float64{`asyncz_scheduler_state{state=not_started}`: 1})
	})
}

// moody is a memory store that fails, or does not answer, when it is told to.
type moody struct {
	store.Store
	down   atomic.Bool
	silent atomic.Pointer[chan struct{}] // nothing is answered before it is closed
}

func (s *moody) fault(ctx context.Context) error {
	if silence := s.silent.Load(); silence != nil {
		select {
		case <-*silence:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.down.Load() {
		return errors.New("connection refused")
	}
	return nil
}

func (s *moody) Due(ctx context.Context, q store.DueQuery) ([]store.Record, error) {
	if err := s.fault(ctx); err != nil {
		return nil, err
	}
	return s.Store.Due(ctx, q)
}

func (s *moody) NextDue(ctx context.Context, executors []string) (time.Time, error) {
	if err := s.fault(ctx); err != nil {
		return time.Time{}, err
	}
	return s.Store.NextDue(ctx, executors)
}

func (s *moody) All(ctx context.Context) iter.Seq2[store.Record, error] {
	if err := s.fault(ctx); err != nil {
		return func(yield func(store.Record, error) bool) { yield(store.Record{}, err) }
	}
	return s.Store.All(ctx)
}

func TestAStoreThatDoesNotAnswerHoldsThePageUpForFiveSecondsAtMost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		st := &moody{Store: memstore.New()}
		s := open(t, m, asyncz.WithStore("default", st))
		silence := make(chan struct{})
		st.silent.Store(&silence)
		began := time.Now()
		p := scrape(t, m)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		p.expect(t, map[string]float64{`asyncz_scheduler_state{state=not_started}`: 1})
		p.never(t, "asyncz_tasks{")
		st.silent.Store(nil)
		close(silence)
		must(t, s.Start(t.Context()))
		time.Sleep(time.Minute)
		scrape(t, m).expect(t, map[string]float64{`asyncz_tasks{state=scheduled,store=default}`: 0, `asyncz_store_up{store=default}`: 1})
	})
}

func TestATaskThatNobodyStartsIsOverdue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		s := running(t, m)
		s.Pause()
		for _, in := range []time.Duration{time.Minute, time.Hour} {
			_, err := s.Add(t.Context(), takes(0), trigger.At(time.Now().Add(in)))
			must(t, err)
		}
		scrape(t, m).expect(t, map[string]float64{`asyncz_overdue_seconds{store=default}`: 0})
		time.Sleep(5 * time.Minute)
		scrape(t, m).expect(t, map[string]float64{`asyncz_overdue_seconds{store=default}`: 240})
		s.Resume()
		time.Sleep(time.Minute)
		scrape(t, m)
		time.Sleep(time.Minute)
		scrape(t, m).expect(t, map[string]float64{`asyncz_overdue_seconds{store=default}`: 0})
	})
}

func TestTasksAreNotReadWhereThatIsNotWanted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New(promtelemetry.WithoutTasks())
		running(t, m)
		p := scrape(t, m)
		p.never(t, "asyncz_tasks{", "asyncz_overdue_seconds")
		p.expect(t, map[string]float64{`asyncz_nodes{state=alive,store=default}`: 1})
	})
}

func TestAnOutageOfAStoreIsSeen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := promtelemetry.New()
		st := &moody{Store: memstore.New()}
		running(t, m, asyncz.WithStore("default", st))
		time.Sleep(time.Minute)
		p := scrape(t, m)
		p.expect(t, map[string]float64{
			`asyncz_store_up{store=default}`: 1, `asyncz_store_outages_total{store=default}`: 0,
			`asyncz_store_errors_total{op=due,store=default}`: 0,
		})
		if p[`asyncz_claims_total{store=default}`] < 50 || p[`asyncz_store_call_duration_seconds_count{op=due,store=default}`] < 50 {
			t.Errorf("polled %v times in a minute, %v of them counted", p[`asyncz_claims_total{store=default}`], p[`asyncz_store_call_duration_seconds_count{op=due,store=default}`])
		}
		st.down.Store(true)
		time.Sleep(3 * time.Minute) // what was read before is shown for a minute
		p = scrape(t, m)
		p.expect(t, map[string]float64{`asyncz_store_up{store=default}`: 0, `asyncz_store_outages_total{store=default}`: 1})
		p.never(t, "asyncz_tasks{")
		if p[`asyncz_store_errors_total{op=due,store=default}`]+p[`asyncz_store_errors_total{op=next_due,store=default}`] == 0 {
			t.Error("no error was counted")
		}
		st.down.Store(false)
		time.Sleep(time.Minute)
		scrape(t, m).expect(t, map[string]float64{
			`asyncz_store_up{store=default}`: 1, `asyncz_store_outages_total{store=default}`: 1, `asyncz_tasks{state=scheduled,store=default}`: 0,
		})
	})
}
