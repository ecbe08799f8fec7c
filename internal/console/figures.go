package console

import (
	"fmt"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Names of metrics that several parts of the page show.
const (
	requests        = "requests_total"
	requestDuration = "request_duration_seconds"
	sent            = "upstream_requests_total"
	slots           = "upstream_places"
	slotsTaken      = "upstream_places_taken"
	slotsWaiting    = "upstream_places_waiting"
	breakerState    = "upstream_breaker_state"
	logins          = "logins_total"
	tokenExpiry     = "token_expiry_timestamp_seconds" //nolint:gosec // no secret
)

// newFigures returns the numbers at the top. Ratios are those of the alerts and the dashboard, since the start.
func newFigures(s snapshot) []figure {
	all := s.sum(requests)
	answers := s.answers()
	hits := s.sum(requests, "cache", "hit-memory") + s.sum(requests, "cache", "hit-redis") + s.sum(requests, "cache", "stale")
	saved := max(answers-s.sum(sent), 0)
	return []figure{
		ratio("Hit ratio", hits, answers, fmt.Sprintf("%s of %s", count(hits), plural(answers, "response"))),
		ratio("Requests to Rocket saved", saved, answers, fmt.Sprintf("%s saved, %s sent", count(saved), count(s.sum(sent)))),
		{
			Name: "Response time, p99", Value: latency(0.99, s.buckets(requestDuration, nil)),
			Detail: "median " + latency(0.5, s.buckets(requestDuration, nil)),
		},
		{Name: "Requests", Value: count(all), Detail: "on average " + perSecond(all, s.uptime())},
		slotsFigure(s),
		ratio("Failures", s.failures(), all, fmt.Sprintf("%s, of the gateway or Rocket", count(s.failures()))),
	}
}

// answers returns how many responses had data, from the cache or from Rocket.
func (s snapshot) answers() float64 { return s.sum(requests) - s.sum(requests, "cache", "none") }

func ratio(name string, part, whole float64, detail string) figure {
	f := figure{Name: name, Value: percent(part, whole), Detail: detail}
	if whole > 0 {
		f.HasBar, f.Bar = true, 100*part/whole
	}
	return f
}

func slotsFigure(s snapshot) figure {
	taken, of := s.sum(slotsTaken), s.sum(slots)
	f := ratio("In flight to Rocket", taken, of, fmt.Sprintf("of %s, %s in the queue", plural(of, "slot"), count(s.sum(slotsWaiting))))
	f.Value = count(taken)
	return f
}

// failures returns how many requests have failed for a reason that is not the caller's.
func (s snapshot) failures() (n float64) {
	for _, kind := range s.values("problems_total", "type") {
		if isFailure(kind) {
			n += s.sum("problems_total", "type", kind)
		}
	}
	return n
}

func isFailure(kind string) bool {
	switch fault.Kind(kind) {
	case fault.Internal, fault.AuthUnavailable:
		return true
	case fault.UpstreamRejected: // the caller's
		return false
	default:
		return strings.HasPrefix(kind, "upstream-")
	}
}
