// Package conformance tests the client against the gateway in process. It is a separate module, so that the client does not depend on the
// gateway. Its go.work joins the three, so that no module has a replace directive, which go install refuses.
//
// The versions of what it imports are those that the gateway and the client require. Its go.mod has only what neither does, and is edited
// by hand: go mod tidy looks for published versions of the two.
package conformance
