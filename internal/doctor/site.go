package doctor

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	previous    = "previous" // the month that all questions are about: its days are all there, and most of its costs
	maxSilences = 2          // after so many questions in a row without any answer nothing more is asked
)

// first is the question that shows whether an account has a provider at all.
var first = query.Usages

// site is a provider and what it has answered.
type site struct {
	*doctor
	provider query.Provider
	answers  map[*query.Endpoint][]byte // to each question of the contract
}

// at asks a provider each question of the contract once, then tries the assumptions.
func (d *doctor) at(ctx context.Context, p query.Provider) {
	s := &site{doctor: d, provider: p, answers: map[*query.Endpoint][]byte{}}
	d.one(ctx, s.question(first))
	if slices.Contains(d.denied, p) {
		return
	}
	for _, e := range query.Endpoints() {
		if e != first {
			d.one(ctx, s.question(e))
		}
	}
	d.all(ctx, s.assumptions())
}

func (s *site) name(of string) string { return string(s.provider) + ": " + of }

// question asks as the gateway does for a caller who gives nothing but the period.
func (s *site) question(e *query.Endpoint) check {
	within := s.Rocket.Transport.Timeout
	return check{name: s.name(e.Name), needs: "TLS", within: within, run: s.whileAnswering(func(ctx context.Context) result {
		body, err := s.ask(ctx, e, query.Params{})
		switch refused := err != nil && fault.Of(err).Kind == fault.UpstreamCredentials; {
		case refused && e == first:
			return s.refused()
		case refused:
			return warn("have the account's permissions extended, unless that is meant", "Rocket refuses the account this question")
		case err != nil:
			return unanswered(err)
		}
		s.answers[e] = body
		return good("%s", size(body, e.Shape))
	})}
}

// refused is the finding where an account has no access to a provider, which is as it may be, unless it has none to any.
func (s *site) refused() result {
	s.denied = append(s.denied, s.provider)
	if len(s.denied) == len(s.providers) {
		return fail("have the account given access", "the account has no %s, nor any other provider", s.provider)
	}
	return warn("have the account given access, unless that is meant", "the account has no %s; nothing else is asked there", s.provider)
}

// whileAnswering leaves out a check where Rocket has stopped answering: each would take as long as it may.
func (s *site) whileAnswering(run func(context.Context) result) func(context.Context) result {
	return func(ctx context.Context) result {
		if s.silent >= maxSilences {
			return skip("Rocket has stopped answering")
		}
		return run(ctx)
	}
}

// ask asks one question about the previous month, or the period given.
func (s *site) ask(ctx context.Context, e *query.Endpoint, p query.Params) ([]byte, error) {
	if p.Start == "" {
		p.Period = previous
	}
	q, err := query.New(e, s.provider, p, s.Now().In(s.Location))
	if err != nil {
		return nil, err
	}
	q = q.Complete()
	body, err := s.Rocket.Fetch(ctx, &q, nil)
	s.silent++
	if f := fault.Of(err); err == nil || f.Status != 0 {
		s.silent = 0
	}
	return body, err
}

// size describes an answer without its content.
func size(body []byte, shape query.Shape) string {
	bytes := count(len(body), "byte", "bytes")
	if shape == query.Object {
		return "an object of " + bytes
	}
	var rows []json.RawMessage
	_ = json.Unmarshal(body, &rows) // it is valid, or it were no answer
	return count(len(rows), "row", "rows") + ", " + bytes
}

// short is enough of an id to find it by, and too little to be one.
func short(id string) string {
	shown := []rune(id)
	return strings.TrimSpace(string(shown[:min(len(shown)/3, 4)])) + "…"
}
