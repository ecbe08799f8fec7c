package upstream

import (
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Clients are those of all service accounts, by identity. Every question goes to the one of its account.
type Clients map[string]*Client

// Fetch asks with the account that the question names.
func (c Clients) Fetch(ctx context.Context, q *query.Query, requested <-chan struct{}) ([]byte, error) {
	client := c[q.Account]
	if client == nil {
		return nil, &fault.Error{
			Kind: fault.UpstreamUnavailable, RetryAfter: time.Second,
			Detail: "The service account for this question has just been taken out of the settings. Ask again.",
		}
	}
	return client.Fetch(ctx, q, requested)
}

// Failing is Client.Failing for the account that the query names.
func (c Clients) Failing(q *query.Query) (failing, probe bool) {
	if client := c[q.Account]; client != nil {
		return client.Failing()
	}
	return false, false
}

// Close ends the logins under way. No Fetch may follow.
func (c Clients) Close() {
	for _, client := range c {
		client.Close()
	}
}
