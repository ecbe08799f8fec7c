// Package conformance tests the client against the gateway in process. It is a module of its own, so that the client does not depend on the
// gateway. Its go.work joins the three: no module has a replace directive, which go install refuses.
//
// The modules that it imports are required by the gateway and the client, so its go.mod requires none, and is not for go mod tidy.
package conformance
