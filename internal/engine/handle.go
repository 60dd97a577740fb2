package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/go-asyncz/asyncz/internal/journal"
	"github.com/go-asyncz/asyncz/internal/lifecycle"
)

// Reasons for which the context of a run ends early. They are its causes.
var (
	ErrTimeout   = errors.New("the run took longer than its timeout")
	ErrLeaseLost = errors.New("the run's lease was lost to another node")
	ErrShutdown  = errors.New("the scheduler shut down")
)

// How many bytes a result may have to be kept in the task's record, and in the
// history of runs.
const (
	longestResult = 4 << 10
	longestShown  = 64 << 10
)

// A handle is an attempt in the hands of this node.
type handle struct {
	engine *Engine
	of     *holding // the task, as the loop knows it
	def    *lifecycle.Definition
	run    lifecycle.Run
	fn     Function
	ctx    runContext
	lease  atomic.Int64                    // when it ends, in nanoseconds since 1970; 0: never
	told   bool                            // its start was reported
	said   atomic.Pointer[journal.Journal] // made when the run first says something
	handed time.Duration                   // when its executor got it, since the engine was made

	// What the run left behind; written before complete, read by the loop after.
	value  any
	text   json.RawMessage // value as JSON, if that is not too long
	err    error
	result lifecycle.Result
	noted  bool // the loop is done with it
}

// Run carries the attempt out and gives the handle back to the loop.
func (h *handle) Run() {
	if why := h.stale(); why != nil { // it has waited for its turn
		h.putBack(why)
		return
	}
	ctx := context.Context(&h.ctx)
	defer func() {
		if h.result.Outcome == "" { // runtime.Goexit, as a failed assertion of a test calls it
			h.err = errors.New("the function ended its goroutine")
			h.conclude(ctx)
		}
		h.ctx.cancel(nil)
		h.engine.complete(h)
	}()
	if h.def.Timeout > 0 {
		timed, stop := context.WithTimeoutCause(ctx, h.def.Timeout, ErrTimeout)
		defer stop()
		ctx = timed
	}
	h.value, h.err = h.call(ctx)
	h.conclude(ctx)
}

func (h *handle) call(ctx context.Context) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return h.engine.Around(ctx)
}

// Invoke calls the function of the run that a context belongs to.
func Invoke(ctx context.Context) (any, error) {
	h, ok := ctx.Value(runKey{}).(*handle)
	if !ok {
		return nil, errors.New("the context that middleware gave is not that of its run")
	}
	return h.fn.Call(ctx, h.def.Args)
}

// conclude decides what the attempt came to.
func (h *handle) conclude(ctx context.Context) {
	r := lifecycle.Result{
		Run: &h.run, Outcome: lifecycle.Executed, Ended: h.engine.disk.now().Round(0).UTC(),
	}
	if h.err != nil {
		cause := context.Cause(ctx)
		var permanent interface{ Permanent() bool }
		r.Outcome = lifecycle.Failed
		r.Final = errors.As(h.err, &permanent) && permanent.Permanent()
		switch {
		case errors.Is(cause, ErrShutdown), errors.Is(cause, ErrLeaseLost):
			r.Outcome, r.GiveBack = lifecycle.Cancelled, true
		case errors.Is(cause, ErrTimeout):
			h.err = fmt.Errorf("%w of %v: %w", ErrTimeout, h.def.Timeout, h.err)
		}
		r.Error = h.err.Error()
	}
	if h.value != nil {
		h.text = shown(h.value)
		if len(h.text) <= longestResult && !h.engine.Keeper.Live() {
			r.Value = h.text
		}
	}
	h.result = r
}

// shown returns what of a result is kept: all of it, or its summary if it is long
// and has one, or nothing.
func shown(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if s, ok := value.(interface{ Summary() any }); ok && len(text) > longestResult {
		text, err = json.Marshal(s.Summary())
	}
	if err != nil || len(text) > longestShown {
		return nil
	}
	return text
}

// left is what the attempt left behind.
func (h *handle) left() Left {
	return Left{Value: h.value, Result: h.text, Err: h.err, Said: h.said.Load()}
}

// A PanicError is the error of a run that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// complete hands an ended attempt to the loop.
func (e *Engine) complete(h *handle) {
	e.mu.Lock()
	e.completed = append(e.completed, h)
	first := len(e.completed) == 1
	e.mu.Unlock()
	if first {
		e.signal()
	}
}

// RunInfo is what a run may know of itself.
type RunInfo struct {
	Store string
	Def   *lifecycle.Definition
	Run   *lifecycle.Run // as it was started; not to be changed
}

// RunFrom returns the run that a context belongs to.
func RunFrom(ctx context.Context) (RunInfo, bool) {
	h, ok := ctx.Value(runKey{}).(*handle)
	if !ok {
		return RunInfo{}, false
	}
	return RunInfo{Store: h.engine.Alias, Def: h.def, Run: &h.run}, true
}

// Delays returns how long after its time the attempt is that a context belongs to,
// by the store's clock, and how long ago its executor got it.
func Delays(ctx context.Context) (late, waited time.Duration, ok bool) {
	h, ok := ctx.Value(runKey{}).(*handle)
	if !ok {
		return 0, 0, false
	}
	return max(0, h.engine.disk.now().Sub(h.run.Fire)), time.Since(h.engine.made) - h.handed, true
}

// holding is a task of which this node has runs in its hands. The loop owns it.
type holding struct {
	state   *lifecycle.State // as last written or read
	rev     uint64
	handles []*handle
	change  *change // what this cycle is about to write
	gone    bool    // the task was removed while its runs went on
}

// launched is what starting a run takes, in one piece of memory: most tasks have
// one run at a time, so that its handle and its task come and go together.
type launched struct {
	handle  handle
	holding holding
	first   [1]*handle
}

func (t *holding) drop(h *handle) {
	for i, x := range t.handles {
		if x == h {
			t.handles = append(t.handles[:i], t.handles[i+1:]...)
			return
		}
	}
}

// LoggerFrom returns the logger of the engine that carries out the run that a
// context belongs to.
func LoggerFrom(ctx context.Context) *slog.Logger {
	if h, ok := ctx.Value(runKey{}).(*handle); ok {
		return h.engine.Logger
	}
	return slog.Default()
}
