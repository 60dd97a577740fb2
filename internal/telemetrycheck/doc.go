// Package telemetrycheck holds what people are given to look at the metrics
// (the dashboard, the alert rules) and both telemetry modules against each other.
// It is all tests, and a module of its own because it needs Prometheus's parser.
package telemetrycheck
