package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

type explainCommand struct {
	Query   string `arg:"" help:"A path of the API with its parameters, preferably a Content-Location: '/v1/azure/usages?period=2025-06'."`
	Account string `help:"The service account, if several could serve the query."`
	JSON    bool   `short:"j" help:"The JSON document of GET /cache/entry. -json is the same."`
	Token   string `env:"GATEWAY_TOKEN" help:"A token with the scope cache:inspect, if the gateway requires tokens."`
	Admin   string `env:"ADMIN_ADDR" default:"127.0.0.1:9090" help:"The admin address of the replica."`
}

const explainTimeout = 10 * time.Second

// Validate requires a query, and has an example.
func (c explainCommand) Validate() error {
	if c.Query == "" {
		return errors.New("a query is required, as in gateway explain '/v1/azure/usages?period=previous'")
	}
	return nil
}

// Run prints what a running gateway would do with a request now, and why.
func (c explainCommand) Run(ctx context.Context, p process) error {
	parameters := url.Values{"query": {c.Query}}
	if c.Account != "" {
		parameters.Set("account", c.Account)
	}
	gateway := client{base: adminURL(c.Admin), setting: "--admin or ADMIN_ADDR", token: c.Token, Client: http.Client{Timeout: explainTimeout}}
	_, body, err := gateway.do(ctx, http.MethodGet, "/cache/entry?"+parameters.Encode(), nil, "Accept", "application/json")
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = p.stdout.Write(body)
		return err
	}
	var x admin.Explanation
	if err := json.Unmarshal(body, &x); err != nil {
		return fmt.Errorf("the response of %s cannot be read: %w", gateway.base, err)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range explanationRows(&x) {
		fmt.Fprintf(table, "%s\t%s\n", printable(row[0]), printable(row[1]))
	}
	return table.Flush()
}

// explanationRows returns the rows for an explanation; two for each part of a composed request.
func explanationRows(x *admin.Explanation) [][2]string {
	rows := [][2]string{
		{"query", x.ContentLocation}, {"would", string(x.Would)}, {"reason", x.Reason}, {"account", x.Account},
	}
	for _, part := range x.Parts {
		rows = append(rows, [2]string{part.Part, string(part.Would) + ": " + part.Reason}, [2]string{"  query", part.ContentLocation})
	}
	if x.Upstream == nil {
		return rows
	}
	rows = append(rows, [2]string{"request to Rocket", "POST " + x.Upstream.Path}, [2]string{"  body", string(x.Upstream.Body)})
	return append(append(rows, entryRows("memory", x.Memory)...), entryRows("redis", x.Redis)...)
}

// entryRows returns the rows for what a tier has. Times are relative to the gateway's clock.
func entryRows(tier string, e *cache.EntryInfo) [][2]string {
	if e == nil {
		return [][2]string{{tier, "nothing"}}
	}
	age := time.Duration(e.Age) * time.Second
	now, about := e.FetchedAt.Add(age), string(e.State)+", "+strconv.Itoa(e.Bytes)+" bytes, "+e.ETag
	if e.Purged {
		about += ", purged"
	}
	return [][2]string{
		{tier, about}, {"  fetched", e.FetchedAt.Format(time.RFC3339) + ", " + age.String() + " ago"},
		{"  fresh until", moment(e.FreshUntil, now)}, {"  usable until", moment(e.UsableUntil, now)},
	}
}
