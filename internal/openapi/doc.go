// Package openapi is generated from api/openapi.yaml: the routes, the server interface and the models.
//
// Two of the generator's templates are replaced (templates/chi): the stock wrapper parses the query string once for each
// parameter, drops malformed pairs silently and stops at the first fault. Ours reads it once through package form and hands
// the operation every fault beside the parameters. Nothing here is edited by hand.
package openapi
