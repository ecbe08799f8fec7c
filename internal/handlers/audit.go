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

// audit logs who asked what, and what came of it: a line for every request of a caller who was told by a token.
func (s *Server) audit(ctx context.Context, r *http.Request, x *exchange) {
	if s.Audit == nil || x.caller == nil {
		return
	}
	attributes := make([]slog.Attr, 0, 8)
	attributes = append(attributes, slog.String("request_id", x.id), callerGroup(x.caller), slog.String("path", auditedPath(r)))
	if x.asked != nil {
		attributes = append(attributes, slog.Any("question", question{x.asked}))
	}
	attributes = append(attributes, slog.String("cache", x.cache), slog.Int("status", x.status))
	s.Audit.LogAttrs(ctx, slog.LevelInfo, "audit", attributes...)
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

// question writes what Rocket would be asked, without what is empty.
type question struct{ *query.Query }

// LogValue is a group of the parameters.
func (q question) LogValue() slog.Value {
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
