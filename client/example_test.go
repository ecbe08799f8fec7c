package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/rocket-gateway/rocket-gateway/client"
)

var (
	ctx = context.Background()
	c   *client.Client
)

func Example() {
	tokens := clientcredentials.Config{
		ClientID: "billing", ClientSecret: os.Getenv("CLIENT_SECRET"), TokenURL: os.Getenv("TOKEN_URL"), Scopes: []string{"usage:read"},
	}
	c, err := client.New(os.Getenv("GATEWAY_URL"), client.WithTokenSource(tokens.TokenSource(ctx)))
	if err != nil {
		log.Fatal(err)
	}
	total, err := c.Indicators(ctx, client.Azure, client.IndicatorsParams{Period: "2025-06"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(total.Body.Actual, "in June, the month is", total.PeriodState)
	// Output:
	// 208836.274989101 in June, the month is closed
}

func ExampleNew_demo() {
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("TOKEN")})
	c, err := client.New("http://127.0.0.1:8080", client.WithTokenSource(token), client.WithRetries(1))
	if err != nil {
		log.Fatal(err)
	}
	total, err := c.Indicators(ctx, client.AWS, client.IndicatorsParams{Period: "previous"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(total.Body.Actual)
}

func ExampleWithTokenSource() {
	bounded := context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Timeout: 10 * time.Second})
	tokens := clientcredentials.Config{ClientID: "billing", ClientSecret: os.Getenv("CLIENT_SECRET"), TokenURL: os.Getenv("TOKEN_URL")}
	c, err := client.New(os.Getenv("GATEWAY_URL"), client.WithTokenSource(tokens.TokenSource(bounded)))
	if err != nil {
		log.Fatal(err)
	}
	me, err := c.Me(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(me.Body.Subject)
	// Output:
	// billing
}

func ExampleClient_Me() {
	me, err := c.Me(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range me.Body.Providers {
		if p.Denied == "" {
			fmt.Println(p.Provider, p.Level, p.Reach)
		}
	}
	// Output:
	// azure resellers [{resellers [1153013]}]
}

func ExampleClient_Usages() {
	customers, err := c.Usages(ctx, client.Azure, client.UsagesParams{Period: "2025-06", View: "customers", Sort: "-actual", Limit: 3})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range customers.Body {
		fmt.Printf("%-20s %s\n", row.Name, row.Actual)
	}
	fmt.Println("of", customers.TotalCount)
	// Output:
	// Farmácia Esperança   18367.728618689
	// Indústria Esperança  16586.025474129
	// Farmácia Boa Vista   15248.241097904
	// of 27
}

func ExampleClient_UsagesTop() {
	top, err := c.UsagesTop(ctx, client.Azure, client.UsagesTopParams{Period: "2025-06", N: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range top.Body.Rows {
		fmt.Printf("%-20s %s\n", row.Name, row.Actual)
	}
	fmt.Printf("%d others: %s\n", top.Body.Others.Count, top.Body.Others.Actual)
	// Output:
	// Farmácia Esperança   18367.728618689
	// Indústria Esperança  16586.025474129
	// 25 others: 173882.520896283
}

func ExampleAll() {
	sum := new(big.Rat)
	for row, err := range client.All(ctx, c.Usages, client.Azure, client.UsagesParams{Period: "2025-06", Limit: 10}) {
		if err != nil {
			log.Fatal(err)
		}
		sum.Add(sum, row.Actual.Rat())
	}
	fmt.Println(sum.FloatString(2))
	// Output:
	// 208836.27
}

func ExampleClient_Trend() {
	trend, err := c.Trend(ctx, client.Azure, client.TrendParams{Months: 3, Until: "2025-06", Limit: 2})
	if err != nil {
		log.Fatal(err)
	}
	for _, month := range trend.Body.Months {
		fmt.Println(month.Period, month.State)
	}
	for _, row := range trend.Body.Rows {
		fmt.Printf("%-20s %s, change %s, ratio %s\n", row.Name, row.Actual, row.Change, row.ChangeRatio)
	}
	// Output:
	// 2025-04 closed
	// 2025-05 closed
	// 2025-06 closed
	// Farmácia Esperança   [18290.746680365 18937.906796449 18367.728618689], change -570.17817776, ratio -0.0301
	// Indústria Esperança  [16374.13584813 17036.302154272 16586.025474129], change -450.276680143, ratio -0.0264
}

func ExampleClient_Trend_poll() {
	var tag string
	for range 2 {
		trend, err := c.Trend(ctx, client.Azure, client.TrendParams{Months: 2, Until: "2025-06", IfNoneMatch: tag})
		if err != nil {
			log.Fatal(err)
		}
		if trend.NotModified {
			fmt.Println("nothing was restated; ask again in", trend.FreshFor)
			continue
		}
		fmt.Println("new figures:", trend.Body.Total.Total)
		tag = trend.ETag
	}
	// Output:
	// new figures: 423460.698668654
	// nothing was restated; ask again in 1m0s
}

func ExampleCSV() {
	table, err := client.CSV(ctx, c, client.Azure, client.ByMonthParams{StartTime: "2025-05-01", EndTime: "2025-06-30"}, client.ExcelBR)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table.Header.Get("Content-Disposition"), len(table.Body), "bytes")
	// Output:
	// attachment; filename="azure-by-month-2025-05-01_2025-06-30.csv" 136 bytes
}

func ExampleProblem() {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // for all attempts together
	defer cancel()
	_, err := c.Usages(ctx, client.Azure, client.UsagesParams{Period: "June", StartTime: "2025-06-01"})

	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && problem.Type == client.ProblemInvalidRequest:
		for _, fault := range problem.Errors {
			fmt.Println(fault.Parameter, fault.Message)
		}
	case errors.As(err, &problem) && problem.RetryAfter > 0:
		fmt.Println("busy, try again in", problem.RetryAfter)
	case err != nil:
		fmt.Println(err)
	}
	// Output:
	// period cannot be combined with start_time and end_time; send one or the other
	// start_time cannot be combined with period; send one or the other
	// end_time is missing; start_time and end_time go together
}

func ExampleMetadata() {
	total, err := c.Indicators(ctx, client.Azure, client.IndicatorsParams{Period: "2025-06"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Rocket sent it", total.Age, "ago; use it for another", total.FreshFor)
	fmt.Println("hit:", total.CacheStatus.Hit, "from", total.CacheStatus.Detail, "with", total.CacheStatus.TTL, "to go")
	// Output:
	// Rocket sent it 12s ago; use it for another 1m0s
	// hit: true from memory with 23h59m48s to go
}
