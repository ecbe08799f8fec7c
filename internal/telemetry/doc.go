// Package telemetry sets up logger, registry and traces. They are passed to the packages that use them; only OpenTelemetry's error handler
// is global. It imports nothing of the gateway.
package telemetry
