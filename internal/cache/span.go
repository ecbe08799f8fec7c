package cache

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// span begins a part of a trace, where there is somebody to take it. end ends it.
func (c *Cache) span(ctx context.Context, name string) (_ context.Context, end func()) {
	if c.Tracer == nil {
		return ctx, func() {}
	}
	ctx, span := c.Tracer.Start(ctx, name)
	return ctx, func() { span.End() }
}

// mark notes something that happened in the span of ctx.
func (c *Cache) mark(ctx context.Context, what string) {
	if c.Tracer != nil {
		trace.SpanFromContext(ctx).AddEvent(what)
	}
}
