package doctor

import (
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// ends compares a day of the month by-day with what the day alone has: were one of its ends left out, it would be empty.
// The day is the month's last, where that has any costs.
func (s *site) ends(ctx context.Context) result {
	days, ok, err := costsByDay(s.answers[query.ByDay])
	last, length := s.lastDay()
	day := last
	for d := range days {
		if days[last] <= 0 && days[d] > days[day] {
			day = d
		}
	}
	_, counted := days[last]
	switch {
	case err != nil:
		return unanswered(err)
	case !ok:
		return skip("the labels of by-day are no days as YYYY-MM-DD")
	case !counted && len(days) == length-1:
		return fail(endsAdvice, "of the previous month the last day is missing, and no other")
	case days[day] <= 0:
		return skip("there are no costs in the previous month")
	}
	body, err := s.ask(ctx, query.ByDay, query.Params{Start: day, End: day})
	if err != nil {
		return unanswered(err)
	}
	alone, _, err := costsByDay(body)
	switch {
	case err != nil:
		return unanswered(err)
	case len(alone) == 0 || alone[day] == 0:
		return fail(endsAdvice, "%s alone has no costs, but has some within its month", day)
	case len(alone) > 1 || !same(alone[day], days[day]):
		return fail(endsAdvice, "%s alone has other costs than within its month", day)
	}
	return good("%s alone has the same costs as within its month", day)
}

const endsAdvice = "report this: months lack a day, or have one too many"

// costsByDay adds up the rows of each day. ok says whether all labels are days, whatever comes after them.
func costsByDay(body []byte) (days map[query.Day]float64, ok bool, err error) {
	var rows []amount
	if err := decode(body, &rows); err != nil {
		return nil, false, err
	}
	days = map[query.Day]float64{}
	for _, row := range rows {
		day := row.Label[:min(len(row.Label), len(time.DateOnly))]
		if !isDay(day) {
			return nil, false, nil
		}
		days[query.Day(day)] += row.Value
	}
	return days, true, nil
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// lastDay is that of the previous month, and its number.
func (s *site) lastDay() (last query.Day, number int) {
	now := s.Now().In(s.Location)
	t := time.Date(now.Year(), now.Month(), 0, 0, 0, 0, 0, time.UTC)
	return query.Day(t.Format(time.DateOnly)), t.Day()
}
