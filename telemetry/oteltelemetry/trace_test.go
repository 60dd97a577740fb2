package oteltelemetry_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

func soon(c *scene, t *testing.T, f func(ctx context.Context) error, opts ...asyncz.TaskOption) {
	t.Helper()
	_, err := c.s.Add(t.Context(), asyncz.Do(f), trigger.At(time.Now()), opts...)
	must(t, err)
	time.Sleep(10 * time.Minute)
}

func TestARunHasASpanThatTellsWhatItWas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		functions := &asyncz.Functions{}
		nap := asyncz.RegisterIn(functions, "nap", func(ctx context.Context, _ struct{}) (struct{}, error) {
			time.Sleep(time.Minute)
			if !trace.SpanFromContext(ctx).IsRecording() {
				t.Error("the function does not run within the span")
			}
			return struct{}{}, nil
		})
		c := open(t, []oteltelemetry.Option{oteltelemetry.Scheduler("night")}, asyncz.WithFunctions(functions))
		at := time.Now()
		_, err := c.s.Add(t.Context(), nap.With(struct{}{}), trigger.At(at), asyncz.ID("a"), asyncz.Retry(3, asyncz.Constant(0)))
		must(t, err)
		time.Sleep(10 * time.Minute)
		spans := c.ended()
		if len(spans) != 1 {
			t.Fatalf("there are %d spans", len(spans))
		}
		s := spans[0]
		if s.Name() != "run nap" || s.SpanKind() != trace.SpanKindConsumer || s.EndTime().Sub(s.StartTime()) != time.Minute || s.Status().Code != codes.Unset {
			t.Errorf("%s, %v, %v, %v", s.Name(), s.SpanKind(), s.EndTime().Sub(s.StartTime()), s.Status())
		}
		id := "a@" + at.UTC().Format(time.RFC3339)
		got := attributes(s)
		for name, want := range map[string]any{
			"messaging.system": "asyncz", "messaging.operation.name": "run", "messaging.operation.type": "process",
			"messaging.destination.name": "default", "messaging.message.id": id, "messaging.client.id": c.s.Node() + "/default",
			"asyncz.scheduler": "night", "asyncz.store": "default", "asyncz.task": "a", "asyncz.run": id, "asyncz.function": "nap",
			"asyncz.executor": "default", "asyncz.source": "scheduled", "asyncz.attempt": int64(1), "asyncz.attempts": int64(3),
			"asyncz.node": c.s.Node() + "/default", "asyncz.scheduled": at.UTC().Format(time.RFC3339), "asyncz.outcome": "executed",
		} {
			if got[name] != want {
				t.Errorf("%s is %v, want %v", name, got[name], want)
			}
		}
	})
}

func TestTheSpanOfARunLinksToTheTraceThatAddedItsTask(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := open(t, nil)
		member, err := baggage.NewMember("tenant", "acme")
		must(t, err)
		bag, err := baggage.New(member)
		must(t, err)
		ctx, request := c.traces.Tracer("test").Start(baggage.ContextWithBaggage(t.Context(), bag), "request")
		heard := ""
		_, err = c.s.Add(ctx, asyncz.Do(func(ctx context.Context) error {
			heard = baggage.FromContext(ctx).Member("tenant").Value()
			return nil
		}), trigger.MustEvery(time.Minute), asyncz.ID("a"), c.t.Carry(ctx))
		must(t, err)
		request.End()
		time.Sleep(2*time.Minute + time.Second)
		spans := c.ended()
		if len(spans) != 3 {
			t.Fatalf("there are %d spans, want that of the request and those of two runs", len(spans))
		}
		traces := map[trace.TraceID]bool{}
		for _, s := range spans {
			traces[s.SpanContext().TraceID()] = true
		}
		if len(traces) != 3 {
			t.Errorf("they are in %d traces, want one each", len(traces))
		}
		for _, s := range spans[1:] {
			if links := s.Links(); len(links) != 1 || links[0].SpanContext.TraceID() != request.SpanContext().TraceID() ||
				links[0].SpanContext.SpanID() != request.SpanContext().SpanID() {
				t.Errorf("a run links to %v", links)
			}
		}
		if heard != "acme" {
			t.Errorf("the baggage of the run says %q", heard)
		}
	})
}

// bytesStore is a memory store that keeps bytes, as one on a disk does.
type bytesStore struct{ store.Store }

// traced returns a context that belongs to a trace.
func traced(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled,
	}))
}

func TestTheTraceOfATaskSurvivesARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		functions := &asyncz.Functions{}
		f := asyncz.RegisterIn(functions, "f", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
		on := []asyncz.Option{
			asyncz.WithFunctions(functions), asyncz.WithEncryptionKey("a key of some length, for a test"),
			asyncz.WithStore("default", bytesStore{memstore.New()}, asyncz.KeepOpen()),
		}
		adder, err := asyncz.New(t.Context(), on...)
		must(t, err)
		ctx := traced(t.Context())
		_, err = adder.Add(ctx, f.With(struct{}{}), trigger.At(time.Now()), oteltelemetry.Carry(ctx))
		must(t, err)
		must(t, adder.Shutdown(t.Context()))

		c := open(t, nil, on...)
		time.Sleep(time.Minute)
		spans := c.ended()
		if len(spans) != 1 || len(spans[0].Links()) != 1 || spans[0].Links()[0].SpanContext.TraceID() != (trace.TraceID{1}) {
			t.Errorf("%d spans: %v", len(spans), spans)
		}
	})
}

func TestErrorsPanicsAndTimeoutsAreRecorded(t *testing.T) {
	for name, c := range map[string]struct {
		f       func(ctx context.Context) error
		status  string
		kind    string
		stack   bool
		outcome string
	}{
		"error":   {func(context.Context) error { return errors.New("the disk is full") }, "the disk is full", "*errors.errorString", false, "failed"},
		"panic":   {func(context.Context) error { panic("a bug") }, "panic: a bug", "panic", true, "failed"},
		"timeout": {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "context deadline exceeded", "timeout", false, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				sc := open(t, nil)
				var ended []asyncz.RunEnded
				asyncz.On(sc.s, func(e asyncz.RunEnded) { ended = append(ended, e) })
				soon(sc, t, c.f, asyncz.Timeout(time.Minute))
				spans := sc.ended()
				if len(spans) != 1 {
					t.Fatalf("there are %d spans", len(spans))
				}
				s := spans[0]
				if s.Status().Code != codes.Error || s.Status().Description != c.status {
					t.Errorf("the status is %v", s.Status())
				}
				a := attributes(s)
				if a["error.type"] != c.kind || a["asyncz.outcome"] != c.outcome {
					t.Errorf("error.type %v, outcome %v", a["error.type"], a["asyncz.outcome"])
				}
				if len(s.Events()) != 1 || s.Events()[0].Name != "exception" || strings.Contains(fmt.Sprint(s.Events()[0].Attributes), "exception.stacktrace") != c.stack {
					t.Errorf("events %v", s.Events())
				}
				if len(ended) != 1 || ended[0].Outcome != asyncz.Failed || !strings.Contains(ended[0].Err.Error(), c.status) {
					t.Errorf("the scheduler saw %v", ended)
				}
				var p *asyncz.PanicError
				if c.stack && (!errors.As(ended[0].Err, &p) || !strings.Contains(string(p.Stack), "trace_test.go")) {
					t.Error("the scheduler's stack does not show where the function panicked")
				}
			})
		})
	}
}

func TestEachAttemptHasASpanOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := open(t, nil)
		attempt := 0
		soon(c, t, func(context.Context) error {
			if attempt++; attempt == 1 {
				return errors.New("not yet")
			}
			return nil
		}, asyncz.Retry(2, asyncz.Constant(time.Second)))
		var got []string
		run := map[any]bool{}
		for _, s := range c.ended() {
			a := attributes(s)
			run[a["asyncz.run"]] = true
			got = append(got, fmt.Sprintf("%v %v %v", a["asyncz.source"], a["asyncz.attempt"], a["asyncz.outcome"]))
		}
		if want := []string{"scheduled 1 failed", "retry 2 executed"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if len(run) != 1 {
			t.Errorf("the attempts are of the runs %v", run)
		}
	})
}

func TestARunThatAShutdownBreaksOffIsCancelled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := open(t, nil)
		_, err := c.s.Add(t.Context(), asyncz.Do(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }), trigger.At(time.Now()))
		must(t, err)
		time.Sleep(time.Second)
		at, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.s.Shutdown(at); err == nil {
			t.Error("the shutdown waited")
		}
		spans := c.ended()
		if len(spans) != 1 || attributes(spans[0])["asyncz.outcome"] != "cancelled" || attributes(spans[0])["error.type"] != "shutdown" {
			t.Errorf("%d spans, %v", len(spans), attributes(spans[0]))
		}
	})
}

func TestCallsOnStoresHaveSpansOnlyWhereThatIsAskedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, asked := range []bool{false, true} {
			var opts []oteltelemetry.Option
			if asked {
				opts = append(opts, oteltelemetry.StoreSpans())
			}
			c := open(t, opts)
			soon(c, t, func(context.Context) error { return nil })
			calls := 0
			for _, s := range c.ended() {
				if s.SpanKind() == trace.SpanKindClient {
					calls++
					if a := attributes(s); a["asyncz.store"] != "default" || a["db.operation.name"] == nil || !strings.HasSuffix(s.Name(), " default") {
						t.Errorf("%s %v", s.Name(), a)
					}
				}
			}
			if calls > 0 != asked {
				t.Errorf("asked for: %v, and there are %d", asked, calls)
			}
		}
	})
}

func TestCarryHasThePropagatorThatIsConfigured(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, c := range []struct {
			propagator propagation.TextMapPropagator
			want       map[string]string
		}{
			{nil, map[string]string{"traceparent": "00-01000000000000000000000000000000-0200000000000000-01", "baggage": "tenant=acme"}},
			{propagation.Baggage{}, map[string]string{"baggage": "tenant=acme"}},
		} {
			var opts []oteltelemetry.Option
			if c.propagator != nil {
				opts = append(opts, oteltelemetry.Propagator(c.propagator))
			}
			sc := open(t, opts)
			bag, err := baggage.Parse("tenant=acme")
			must(t, err)
			ctx := baggage.ContextWithBaggage(traced(t.Context()), bag)
			task, err := sc.s.Add(ctx, asyncz.Do(func(context.Context) error { return nil }), trigger.At(time.Now().Add(time.Hour)), sc.t.Carry(ctx))
			must(t, err)
			if !maps.Equal(task.Metadata, c.want) {
				t.Errorf("carried %v, want %v", task.Metadata, c.want)
			}
		}
	})
}
