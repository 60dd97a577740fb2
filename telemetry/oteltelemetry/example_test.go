package oteltelemetry_test

import (
	"context"
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/telemetry/oteltelemetry"
	"github.com/go-asyncz/asyncz/trigger"
)

func Example() {
	ctx := context.Background()
	spans := tracetest.NewInMemoryExporter() // in a program that of OTLP, with WithBatcher
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	t := oteltelemetry.New(oteltelemetry.TracerProvider(provider)) // without it: the global one
	s, err := asyncz.New(ctx, t.Options()...)
	if err != nil {
		panic(err)
	}
	stop := t.Attach(s)
	defer stop()
	if err := s.Start(ctx); err != nil {
		panic(err)
	}

	// A request adds a task, and its trace goes with it.
	during, span := provider.Tracer("shop").Start(ctx, "POST /orders")
	done := make(chan struct{})
	mail := asyncz.Do(func(context.Context) error { close(done); return nil })
	if _, err := s.Add(during, mail, trigger.At(time.Now()), t.Carry(during)); err != nil {
		panic(err)
	}
	request := span.SpanContext().TraceID()
	span.End()
	<-done
	if err := s.Shutdown(ctx); err != nil {
		panic(err)
	}

	for _, span := range spans.GetSpans() {
		if span.Name == "run" {
			fmt.Println("linked to the request:", span.Links[0].SpanContext.TraceID() == request)
		}
	}
	// Output: linked to the request: true
}
