// Package handlers is the API over HTTP. A request walks forward through it:
//
//	routes.go      every middleware and route, in order
//	recall.go      a request that came before is not read again
//	endpoints.go   the operations of the contract
//	serve.go       parameters → query → cache
//	answer.go      304 or the body, with the headers of headers.go
//	problem.go     or a problem document: the only table from fault.Kind to a status
//
// It knows the cache by one method and Rocket not at all.
package handlers
