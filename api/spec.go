// Package api holds the gateway's public contract as it is served.
package api

import _ "embed"

// YAML is openapi.yaml, the source that the server and its models are generated from.
//
//go:embed openapi.yaml
var YAML []byte
