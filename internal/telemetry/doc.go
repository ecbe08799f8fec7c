// Package telemetry sets up logs, metrics and traces. Nothing in it is global: the logger and the registry are handed to whoever
// writes to them. It imports nothing of the gateway.
package telemetry
