// Package telemetry sets up the logger, the traces and the registry of metrics. Nothing in it is global: whatever logs or counts gets them
// injected. It imports nothing of the gateway.
package telemetry
