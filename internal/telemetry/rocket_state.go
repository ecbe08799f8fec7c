package telemetry

import "time"

// Lane is one of the lines for places among the questions in flight.
type Lane struct {
	Name           string
	Taken, Waiting int
}

// Host is a server of Rocket's.
type Host struct {
	Name    string
	Breaker string // its state
	Opened  uint64 // how often it has opened
}

// Token is what an account is logged in with.
type Token struct {
	Account           string
	Obtained, Expires time.Time // zero where there is none
}

// RocketState is how the way to Rocket stands.
type RocketState struct {
	Places        int
	Lanes         func() []Lane
	Hosts         func() []Host
	BreakerStates []string // all that a Host's may be
	Tokens        func() []Token
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
		"1 for the state that the circuit breaker of a host of Rocket's is in, 0 for the others.", []string{"host", "state"},
		func(tell Tell) {
			for _, h := range s.Hosts() {
				for _, state := range s.BreakerStates {
					tell(flag(state == h.Breaker), h.Name, state)
				}
			}
		})
	m.count("upstream_breaker_openings_total", "Times that the circuit breaker of a host of Rocket's has opened.", []string{"host"},
		func(tell Tell) {
			for _, h := range s.Hosts() {
				tell(float64(h.Opened), h.Name)
			}
		})
	m.instants("token_obtained_timestamp_seconds",
		"When the account's token came to this replica, by a login or from another replica, as Unix time in seconds; "+
			"no series without one.",
		s.Tokens, func(t Token) time.Time { return t.Obtained })
	m.instants("token_expiry_timestamp_seconds",
		"When the account's token expires, by this replica's clock, as Unix time in seconds; no series without one.",
		s.Tokens, func(t Token) time.Time { return t.Expires })
}

func (m *Metrics) lanes(name, help string, read func() []Lane, value func(Lane) int) {
	m.gauge(name, help, []string{"lane"}, func(tell Tell) {
		for _, l := range read() {
			tell(float64(value(l)), l.Name)
		}
	})
}

func (m *Metrics) instants(name, help string, read func() []Token, value func(Token) time.Time) {
	m.gauge(name, help, []string{"account"}, func(tell Tell) {
		for _, t := range read() {
			if at := value(t); !at.IsZero() {
				tell(seconds(at), t.Account)
			}
		}
	})
}
