// Package rocketsim is a stand-in for Rocket, the vendor's analytics service: real HTTP, the documented calls, and a
// reseller world whose numbers add up. The demo, the compose file and the tests ask it what they would ask Rocket.
//
// It is as strict as the vendor's page: a login in JSON, a bearer token on every question, application/json, a filters
// array of known keys. Where the page is silent it follows docs/rocket.md: all filters apply together, cost names the level
// whose price is shown, both ends of the period count, an unknown id gives an empty answer. Options turn some of that off.
//
// Everything is a pure function of the day: the cost of a resource on a date never changes, levels sum to one another to
// the last digit, and months to their days. The package imports nothing of the gateway.
package rocketsim
