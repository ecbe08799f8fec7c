package query_test

import (
	"fmt"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func ExampleNew() {
	now := time.Date(2025, 6, 18, 9, 0, 0, 0, time.UTC)
	q, err := query.New(query.Usages, query.Azure, query.Params{Period: "previous", CustomerID: "c-1"}, now)
	if err != nil {
		panic(err)
	}
	q = q.Complete()
	fmt.Println(q.Start, "to", q.End, "view", q.View)
	// Output: 2025-05-01 to 2025-05-31 view subscriptions
}

func ExampleNew_faults() {
	_, err := query.New(query.Usages, query.Azure, query.Params{Start: "2025-06-31", View: "Customers"}, time.Now())
	for _, p := range fault.Of(err).Params {
		fmt.Println(p.Name, p.Message)
	}
	// Output:
	// end_time is missing; start_time and end_time go together
	// start_time must be a day of the calendar as YYYY-MM-DD
	// view must be 1 to 64 of a-z, 0-9, '_' and '-', with a letter first, as in customers
}
