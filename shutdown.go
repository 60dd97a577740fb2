package asyncz

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// goodbye is how long listeners have to take in the last events.
const goodbye = time.Second

// Shutdown stops the scheduler: it takes no new work, runs the tasks that have
// a shutdown trigger, waits until all runs have ended, and closes the stores.
//
// When ctx ends first, the contexts of the runs end with [ErrShutdown] as their
// cause, and runs that then return are given back at once, for another node to
// start them, unless their task says OnLost(Skip). One that does not return
// within six seconds is left alone; its lease ends by itself. Shutdown returns
// ctx's error in this case.
//
// After Shutdown the scheduler can't be used any more. A second call does nothing.
func (s *Scheduler) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	was := s.state
	s.state = stopped
	s.mu.Unlock()
	if was == stopped {
		return nil
	}
	var errs []error
	if was == started {
		errs = s.stopEngines(ctx)
		for alias, x := range s.settings.executors {
			if err := x.Shutdown(ctx); err != nil && len(errs) == 0 {
				errs = append(errs, fmt.Errorf("executor %q: %w", alias, err))
			}
		}
		s.tell(SchedulerStopped{s.header("", "")})
		s.settings.logger.Debug("scheduler stopped", "node", s.node)
	}
	s.stopHistories(ctx)
	patience := make(chan struct{})
	timer := time.AfterFunc(goodbye, func() { close(patience) })
	s.hub.close(patience)
	timer.Stop()
	return errors.Join(append(errs, s.closeStores())...)
}

// lastRows is how long the rest of the history may take to be written, whatever
// else the time of a shutdown was spent on.
const lastRows = 5 * time.Second

func (s *Scheduler) stopHistories(ctx context.Context) {
	brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRows)
	defer cancel()
	for _, alias := range s.aliases {
		s.parts[alias].history.stop(brief)
	}
}

// stopEngines stops all at a time, because they share the time that ctx gives.
func (s *Scheduler) stopEngines(ctx context.Context) []error {
	var wg sync.WaitGroup
	errs := make([]error, len(s.aliases))
	for i, alias := range s.aliases {
		wg.Go(func() { errs[i] = s.parts[alias].engine.Shutdown(ctx) })
	}
	wg.Wait()
	var kept []error
	for _, err := range errs {
		if err != nil {
			kept = append(kept, err)
		}
	}
	return kept
}

func (s *Scheduler) closeStores() error {
	var errs []error
	for _, alias := range s.aliases {
		if p := s.parts[alias]; !p.keepOpen {
			if err := p.store.Close(); err != nil {
				errs = append(errs, fmt.Errorf("store %q: %w", alias, err))
			}
		}
	}
	return errors.Join(errs...)
}
