package app

import (
	"context"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// explainer explains queries.
type explainer struct {
	pool     *upstream.Pool
	cache    *cache.Cache
	claims   bool   // callers have claims
	basePath string // of the API
}

// explain returns what the gateway would do with a query now, which has no account yet. name is that of the account, which may be empty
// if one alone could serve the query.
func (e explainer) explain(ctx context.Context, q query.Query, name string) (admin.Explanation, error) {
	serving := e.pool.Serving(&q, e.claims)
	name, message := choose(serving, name)
	if message != "" {
		return admin.Explanation{}, &fault.Error{Kind: fault.InvalidRequest, Params: []fault.Param{{Name: "account", Message: message}}}
	}
	if client := e.pool.Client(name); client != nil { // else it has just been removed, and serves nothing
		q.Account = client.Identity()
	}
	path, body := upstream.Request(&q)
	return admin.Explanation{
		ContentLocation: handlers.Canonical(e.basePath, &q), Upstream: &admin.Request{Path: path, Body: body}, Account: name,
		Explanation: e.cache.Explain(ctx, &q, q.Key()),
	}, nil
}

// choose returns the account for a query that some accounts serve, or what is wrong with the wish for one.
func choose(serving []string, wish string) (name, message string) {
	for _, name := range serving {
		if name == wish || wish == "" && len(serving) == 1 {
			return name, ""
		}
	}
	switch {
	case len(serving) == 0:
		return "", "cannot be chosen: no service account of this gateway serves such queries"
	case wish == "":
		return "", "is required: which account serves this query depends on the caller's token; it is " + strings.Join(serving, " or ")
	default:
		return "", "does not serve this query; use " + strings.Join(serving, " or ")
	}
}
