package doctor

import (
	"context"
	"encoding/json"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const mostQuestions = 3 // of one assumption

// assumptions are those of docs/rocket.md that can be tried, each after the question of the contract that it begins with.
func (s *site) assumptions() (checks []check) {
	add := func(name string, begins *query.Endpoint, run func(context.Context) result) {
		within := mostQuestions * s.Rocket.Transport.Timeout
		checks = append(checks, check{s.name(name), "", within, s.whileAnswering(func(ctx context.Context) result {
			if s.answers[begins] == nil {
				return skip("needs %s", s.name(begins.Name))
			}
			return run(ctx)
		})})
	}
	add("filters together", query.Usages, s.filters)
	add("cost levels", query.Indicators, s.costs)
	add("views", query.Usages, s.views)
	add("inclusive ends", query.ByDay, s.ends)
	add("unknown id", query.Usages, s.unknownID)
	add("same answer", query.Usages, s.repeat)
	return checks
}

// rows asks for usages and reads them.
func (s *site) rows(ctx context.Context, p query.Params) (rows []usage, err error) {
	body, err := s.ask(ctx, query.Usages, p)
	if err == nil {
		err = decode(body, &rows)
	}
	return rows, err
}

func decode(body []byte, into any) error {
	if json.Unmarshal(body, into) != nil {
		return &fault.Error{Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's answer has not the members that the vendor's page has."}
	}
	return nil
}

// declined says whether Rocket has understood a question and will not answer it.
func declined(err error) bool {
	kind := fault.Of(err).Kind
	return err != nil && (kind == fault.UpstreamRejected || kind == fault.UpstreamCredentials)
}

// Ids that nobody has, in the forms that ids have.
const (
	nobodysGUID   = "00000000-0000-4000-8000-00000000d0c7"
	nobodysNumber = "999999999999"
)

// unknownID asks for a customer that does not exist.
func (s *site) unknownID(ctx context.Context) result {
	nobody := nobodysNumber
	if s.provider == query.Azure {
		nobody = nobodysGUID
	}
	rows, err := s.rows(ctx, query.Params{View: "customers", CustomerID: nobody})
	switch {
	case declined(err):
		return warn("nothing; callers who name such an id get an error", "Rocket refuses it with status %d", fault.Of(err).Status)
	case err != nil:
		return unanswered(err)
	case len(rows) > 0:
		return fail(narrowAdvice, "a customer that does not exist gives %s", count(len(rows), "row", "rows"))
	}
	return good("a customer that does not exist gives an empty answer")
}

// repeat asks the first question again. The month is over, so that its answer seldom changes.
func (s *site) repeat(ctx context.Context) result {
	body, err := s.ask(ctx, first, query.Params{})
	switch {
	case err != nil:
		return unanswered(err)
	case string(body) == string(s.answers[first]):
		return good("the same question has the same answer, byte for byte")
	case equal(body, s.answers[first]):
		return good("the same question has the same rows, in other words or order")
	}
	return warn("run doctor again; if it stays, answers must not be cached", "the same question has another answer a moment later")
}
