package upstream

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The reason names what Failing goes by, and since when.
func TestOutage(t *testing.T) {
	for want, story := range map[string]func(c *Client){
		"": func(*Client) {},
		"Rocket has been failing since 2000-01-01T00:01:00Z": func(c *Client) {
			time.Sleep(time.Minute)
			failEvery(c.host, 5, time.Second)
		},
		"Rocket has been failing since 2000-01-01T00:00:05Z": func(c *Client) { // a request hangs
			time.Sleep(5 * time.Second)
			c.host.begin()
			time.Sleep(4 * time.Second)
		},
		"Rocket has refused this account since 2000-01-01T00:00:00Z": func(c *Client) { failEvery(c.account, 5, time.Second) },
		"Rocket asks this account to send nothing until 2000-01-01T00:00:30Z": func(c *Client) {
			for range cooldownAfter {
				c.record(c.account.begin(), status(fault.UpstreamUnavailable, 429, 30*time.Second))
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			quiet := slog.New(slog.DiscardHandler)
			c := &Client{Options: Options{Transport: &Transport{TransportOptions: TransportOptions{Now: time.Now}}}}
			c.host, c.account = newBreaker(30*time.Second, time.Now, quiet), newBreaker(0, time.Now, quiet)
			story(c)
			failing, _ := c.Failing()
			if got := outage(c); got != want || failing != (want != "") {
				t.Errorf("%q, failing %t; want %q", got, failing, want)
			}
		})
	}
	pool := &Pool{}
	pool.current.Store(&accountSet{})
	if got := pool.Outage(&query.Query{Account: "gone"}); got != "" {
		t.Errorf("of an account that is gone: %q", got)
	}
}
