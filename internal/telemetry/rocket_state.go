package telemetry

import "time"

// Lane is one of the lines for places among the questions in flight.
type Lane struct {
	Name           string
	Taken, Waiting int
}

// Account is how a service account at Rocket stands.
type Account struct {
	Name              string
	Breaker           string    // the state of the breaker between it and its host
	Opened            uint64    // how often that has opened
	Obtained, Expires time.Time // of its token; zero where there is none
}

// RocketState is how the way to Rocket stands.
type RocketState struct {
	Places        int
	Lanes         func() []Lane
	Accounts      func() []Account
	BreakerStates []string // all that an Account's may be
}

// RocketState registers what is read of it.
func (m *Metrics) RocketState(s RocketState) {
	m.gauge("upstream_places", "Questions that may be in flight to Rocket at once from this replica (ROCKET_MAX_CONCURRENT).", nil,
		func(tell Tell) { tell(float64(s.Places)) })
	m.lanes("upstream_places_taken",
		"Questions in flight to Rocket, by lane: those that callers wait for, and refreshes in the background.", s.Lanes,
		func(l Lane) int { return l.Taken })
	m.lanes("upstream_places_waiting", "Questions that wait for a place among those in flight to Rocket, by lane.", s.Lanes,
		func(l Lane) int { return l.Waiting })
	m.gauge("upstream_breaker_state",
		"1 for the state of the circuit breaker between an account and its host, 0 for the other states; accounts of one host share it.",
		[]string{"account", "state"}, func(tell Tell) {
			for _, a := range s.Accounts() {
				for _, state := range s.BreakerStates {
					tell(flag(state == a.Breaker), a.Name, state)
				}
			}
		})
	m.count("upstream_breaker_openings_total",
		"Times that the circuit breaker between an account and its host has opened; accounts of one host share it.", []string{"account"},
		func(tell Tell) {
			for _, a := range s.Accounts() {
				tell(float64(a.Opened), a.Name)
			}
		})
	m.instants("token_obtained_timestamp_seconds",
		"When the account's token came to this replica, by a login or from another replica, as Unix time in seconds; "+
			"no series without one.",
		s.Accounts, func(a Account) time.Time { return a.Obtained })
	m.instants("token_expiry_timestamp_seconds",
		"When the account's token expires, by this replica's clock, as Unix time in seconds; no series without one.",
		s.Accounts, func(a Account) time.Time { return a.Expires })
}

func (m *Metrics) lanes(name, help string, read func() []Lane, value func(Lane) int) {
	m.gauge(name, help, []string{"lane"}, func(tell Tell) {
		for _, l := range read() {
			tell(float64(value(l)), l.Name)
		}
	})
}

func (m *Metrics) instants(name, help string, read func() []Account, value func(Account) time.Time) {
	m.gauge(name, help, []string{"account"}, func(tell Tell) {
		for _, a := range read() {
			if at := value(a); !at.IsZero() {
				tell(seconds(at), a.Name)
			}
		}
	})
}
