// Package openapi is generated from api/openapi.yaml: the routes, the server interface and the models.
//
// Three of the generator's templates are replaced (templates). The stock wrapper parses the query string once for each parameter,
// drops malformed pairs silently and stops at the first fault. Here all data routes are one operation, and query.Bind reads their
// parameters by its table. overlay.yaml has what the Go code needs of the contract and callers do not. Nothing in openapi.gen.go is
// edited by hand.
package openapi

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config cfg.yaml ../../api/openapi.yaml
