package doctor

import (
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const endsAdvice = "report this: months lack a day, or have one too many"

// inclusiveEnds compares the costs of a day within its month with those of the day alone, which would be empty if one of its ends did not
// count. The day is the last of the month, or the most expensive one if the last has no costs.
func inclusiveEnds(ctx context.Context, p *provider) Finding {
	now := p.Now().In(p.Location)
	last := time.Date(now.Year(), now.Month(), 0, 0, 0, 0, 0, time.UTC)
	day := last.Format(time.DateOnly)
	days, err := costsByDay(p.responses[query.ByDay], nil)
	_, complete := days[day]
	if days[day] <= 0 {
		for d := range days {
			if days[d] > days[day] {
				day = d
			}
		}
	}
	switch {
	case err != nil:
		return queryFailed(err)
	case days == nil:
		return skip("the labels of by-day are no days as YYYY-MM-DD")
	case !complete && len(days) == last.Day()-1:
		return fail(endsAdvice, "of the previous month the last day is missing, and no other")
	case days[day] <= 0:
		return skip(noCosts)
	}
	alone, err := costsByDay(p.query(ctx, query.ByDay, query.Params{Start: query.Day(day), End: query.Day(day)}))
	switch {
	case err != nil:
		return queryFailed(err)
	case len(alone) == 0 || alone[day] == 0:
		return fail(endsAdvice, "%s alone has no costs, but has some within its month", day)
	case len(alone) > 1 || !same(alone[day], days[day]):
		return fail(endsAdvice, "%s alone has other costs than within its month", day)
	}
	return pass("%s alone has the same costs as within its month", day)
}

// costsByDay adds up the rows of each day. It returns nil unless all labels begin with a day.
func costsByDay(body []byte, err error) (map[string]float64, error) {
	rows, err := decode[[]struct {
		Label string
		Value float64
	}](body, err)
	days := map[string]float64{}
	for _, row := range rows {
		day := row.Label[:min(len(row.Label), len(time.DateOnly))]
		if _, invalid := time.Parse(time.DateOnly, day); invalid != nil {
			return nil, err
		}
		days[day] += row.Value
	}
	return days, err
}

// beginningOfDays looks for costs of tomorrow: then Rocket's days begin before those of BILLING_TIMEZONE. Days that begin later cannot be
// told from costs that arrive late.
func beginningOfDays(ctx context.Context, p *provider) Finding {
	day := func(days int) query.Day {
		return query.Day(p.Now().In(p.Location).AddDate(0, 0, days).Format(time.DateOnly))
	}
	days, err := costsByDay(p.query(ctx, query.ByDay, query.Params{Start: day(-6), End: day(1)}))
	tomorrow := day(1) // after the response, in case that a day has begun meanwhile
	switch {
	case err != nil:
		return queryFailed(err)
	case len(days) == 0:
		return skip("there are no costs of this week, or the labels of by-day are no days")
	case days[string(tomorrow)] > 0:
		return fail("set BILLING_TIMEZONE to the time zone of Rocket's days",
			"there are costs of %s, which has not begun in BILLING_TIMEZONE", tomorrow)
	}
	return pass("no day has costs before it begins in BILLING_TIMEZONE")
}
