package oteltelemetry

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/go-asyncz/asyncz"
)

// Carry puts the trace context of ctx, baggage included, into the metadata of the
// task, with the global propagator, or that of W3C if none is set. The runs of the
// task link to that trace, and their contexts have the baggage. It is what
// [Telemetry.Carry] is, for programs that add tasks and run none.
//
// A program that adds its tasks anew at each start should not Carry then: it would
// change the task each time.
func Carry(ctx context.Context) asyncz.TaskOption { return carry(ctx, global{}) }

// Carry is the function Carry with the propagator of t.
func (t *Telemetry) Carry(ctx context.Context) asyncz.TaskOption {
	return carry(ctx, t.settings.propagator)
}

func carry(ctx context.Context, p propagation.TextMapPropagator) asyncz.TaskOption {
	words := propagation.MapCarrier{}
	p.Inject(ctx, words)
	return asyncz.Metadata(words)
}

// global is the global propagator as it is set when it is used. Without one
// OpenTelemetry carries nothing, which nobody who asks for it means.
type global struct{}

var w3c = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

func (global) now() propagation.TextMapPropagator {
	if p := otel.GetTextMapPropagator(); len(p.Fields()) > 0 {
		return p
	}
	return w3c
}

func (g global) Inject(ctx context.Context, c propagation.TextMapCarrier) { g.now().Inject(ctx, c) }
func (g global) Extract(ctx context.Context, c propagation.TextMapCarrier) context.Context {
	return g.now().Extract(ctx, c)
}
func (g global) Fields() []string { return g.now().Fields() }
