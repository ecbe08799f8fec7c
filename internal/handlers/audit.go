package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// audit logs caller, query and outcome of every request with a verified token.
func (s *Server) audit(ctx context.Context, r *http.Request, x *requestState) {
	if s.Audit == nil || !x.caller.Identified() {
		return
	}
	var line *slog.Logger
	if x.query != nil {
		line = x.query.line
	}
	if line == nil {
		line = s.auditor(x.caller, r, x.query)
	}
	line.LogAttrs(ctx, slog.LevelInfo, "audit",
		slog.String("request_id", x.id), slog.String("cache", x.cache), slog.Int("status", x.status))
}

// auditor returns a logger with the part of the line that is the same for every request of the caller for this query, which is nil if
// the request is not valid. It returns nil if there is no audit of the caller.
func (s *Server) auditor(caller *auth.Caller, r *http.Request, asked *question) *slog.Logger {
	if s.Audit == nil || !caller.Identified() {
		return nil
	}
	attributes := []any{callerGroup(caller), slog.String("path", auditedPath(r))}
	if asked != nil {
		attributes = append(attributes, slog.Any("question", audited{&asked.query}))
	}
	return s.Audit.With(attributes...)
}

// auditedPath is the path, or its pattern where the provider is none: that may be anything, of any length.
func auditedPath(r *http.Request) string {
	if p, ok := askedProvider(r); ok && !p.Valid() {
		return chi.RouteContext(r.Context()).RoutePattern()
	}
	return r.URL.Path
}

func callerGroup(c *auth.Caller) slog.Attr {
	return slog.Group("caller", slog.String("issuer", c.Issuer), slog.String("subject", c.Subject), slog.String("client", c.Client),
		slog.String("scopes", strings.Join(c.Scopes, " ")))
}

// audited writes what Rocket would be asked, without what is empty.
type audited struct{ *query.Query }

// LogValue is a group of the parameters.
func (q audited) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("start_time", string(q.Start)), slog.String("end_time", string(q.End))}
	for _, p := range [...][2]string{
		{"distributor_id", q.DistributorID}, {"reseller_id", q.ResellerID}, {"customer_id", q.CustomerID},
		{"subscription_id", q.SubscriptionID}, {"resource_group", q.ResourceGroup}, {"resource_id", q.ResourceID},
		{"view", q.View}, {"invoice_type", q.InvoiceType}, {"cost", q.Cost},
	} {
		if p[1] != "" {
			attributes = append(attributes, slog.String(p[0], p[1]))
		}
	}
	return slog.GroupValue(append(attributes, slog.Any("catalog", q.Catalog))...)
}
