// Package docs has those pages of the documentation that programs read: it lets
// the tests of other modules see when they change.
package docs

import _ "embed"

// Dashboard is the dashboard for Grafana, as JSON.
//
//go:embed grafana/asyncz.json
var Dashboard []byte

// Alerts are the alert rules for Prometheus, as YAML.
//
//go:embed prometheus/alerts.yaml
var Alerts []byte
