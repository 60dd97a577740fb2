package oteltelemetry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-asyncz/asyncz"
)

// trace makes a span of each attempt. It is the root of a trace of its own, since
// a task may run a thousand times, and years after it was added; it links to the
// trace that added the task.
func (t *Telemetry) trace(next asyncz.Handler) asyncz.Handler {
	return func(ctx context.Context) (value any, err error) {
		run, ok := asyncz.RunFrom(ctx)
		if !ok {
			return next(ctx)
		}
		task, _ := asyncz.TaskFrom(ctx)
		start := []trace.SpanStartOption{
			trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(t.attributes(run, task)...),
		}
		if len(task.Metadata) > 0 {
			origin := t.settings.propagator.Extract(context.Background(), propagation.MapCarrier(task.Metadata))
			if link := trace.LinkFromContext(origin); link.SpanContext.IsValid() {
				start = append(start, trace.WithLinks(link))
			}
			if b := baggage.FromContext(origin); b.Len() > 0 {
				ctx = baggage.ContextWithBaggage(ctx, b)
			}
		}
		ctx, span := t.tracer.Start(ctx, spanName(task), start...)
		returned := false
		defer func() {
			if !returned {
				broken(span, recover())
			}
		}()
		value, err = next(ctx)
		returned = true
		finish(ctx, span, err)
		return value, err
	}
}

// spanName says what is run, not which task: there may be millions of those.
func spanName(t asyncz.Task) string {
	if t.Function == "" {
		return "run"
	}
	return "run " + t.Function
}

func (t *Telemetry) attributes(r asyncz.Run, task asyncz.Task) []attribute.KeyValue {
	a := []attribute.KeyValue{
		semconv.MessagingSystemKey.String("asyncz"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingOperationName("run"),
		semconv.MessagingDestinationName(r.Store),
		semconv.MessagingMessageID(r.ID()),
		semconv.MessagingClientID(r.Node),
		attribute.String("asyncz.scheduler", t.settings.scheduler),
		attribute.String("asyncz.store", r.Store),
		attribute.String("asyncz.task", r.Task),
		attribute.String("asyncz.run", r.ID()),
		attribute.String("asyncz.scheduled", r.Scheduled.UTC().Format(time.RFC3339Nano)),
		attribute.String("asyncz.source", string(r.Source)),
		attribute.String("asyncz.node", r.Node),
		attribute.String("asyncz.executor", task.Executor),
		attribute.Int("asyncz.attempt", r.Attempt),
		attribute.Int("asyncz.attempts", task.Attempts),
	}
	if task.Function != "" {
		a = append(a, attribute.String("asyncz.function", task.Function))
	}
	if r.Coalesced > 0 {
		a = append(a, attribute.Int("asyncz.coalesced", r.Coalesced))
	}
	return a
}

const outcome = attribute.Key("asyncz.outcome")

// finish ends the span of an attempt that returned.
func finish(ctx context.Context, span trace.Span, err error) {
	defer span.End()
	if err == nil {
		span.SetAttributes(outcome.String(string(asyncz.Executed)))
		return
	}
	what, kind := asyncz.Failed, semconv.ErrorType(err)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, asyncz.ErrShutdown):
		what, kind = asyncz.Cancelled, semconv.ErrorTypeKey.String("shutdown")
	case errors.Is(cause, asyncz.ErrLeaseLost):
		what, kind = asyncz.Cancelled, semconv.ErrorTypeKey.String("lease_lost")
	case errors.Is(cause, asyncz.ErrTimeout):
		kind = semconv.ErrorTypeKey.String("timeout")
	}
	span.SetAttributes(outcome.String(string(what)), kind)
	span.RecordError(err)
	span.SetStatus(codes.Error, err.Error())
}

// broken ends the span of an attempt that did not return: it panicked with p, which
// goes on, or ended its goroutine.
func broken(span trace.Span, p any) {
	if p == nil {
		span.SetAttributes(outcome.String(string(asyncz.Failed)), semconv.ErrorTypeKey.String("goexit"))
		span.SetStatus(codes.Error, "the function ended its goroutine")
		span.End()
		return
	}
	err := fmt.Errorf("panic: %v", p)
	span.SetAttributes(outcome.String(string(asyncz.Failed)), semconv.ErrorTypeKey.String("panic"))
	span.RecordError(err, trace.WithStackTrace(true))
	span.SetStatus(codes.Error, err.Error())
	span.End() // not deferred: it would record the panic once more
	panic(p)
}

// traceCall makes a span of a call on a store, after the fact.
func (t *Telemetry) traceCall(ctx context.Context, c asyncz.StoreCall) {
	end := time.Now()
	_, span := t.tracer.Start(ctx, c.Op+" "+c.Store, trace.WithTimestamp(end.Add(-c.Took)), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("asyncz.scheduler", t.settings.scheduler), attribute.String("asyncz.store", c.Store),
			semconv.DBOperationName(c.Op), attribute.Int("asyncz.items", c.Items), attribute.Int("asyncz.conflicts", c.Conflicts),
		))
	if c.Err != nil {
		span.SetAttributes(semconv.ErrorType(c.Err))
		span.RecordError(c.Err)
		span.SetStatus(codes.Error, c.Err.Error())
	}
	span.End(trace.WithTimestamp(end))
}
