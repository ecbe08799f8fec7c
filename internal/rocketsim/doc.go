// Package rocketsim is a simulator of Rocket, the vendor's analytics service: real HTTP, the documented calls, and a reseller world whose
// numbers add up. The demo, the compose file and the tests send it what they would send Rocket.
//
// It is as strict as the vendor's page: a login in JSON, a bearer token with every query, application/json, a filters array of known keys.
// What the page does not document follows docs/rocket.md: all filters apply together, cost names the level whose price is shown, both ends
// of the period count, the response for an unknown id is empty. Options.Mutation breaks one of these assumptions.
//
// Everything is a pure function of the day: the cost of a resource on a date never changes; the levels add up to one another to the last
// digit, and the days to months. The package imports no other package of the gateway.
package rocketsim
