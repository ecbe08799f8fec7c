package admin

import (
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// purgeScope is what a token needs for purging.
const purgeScope = "cache:purge"

// authorize says who orders a purge, or refuses it. Without tokens it takes callers on this machine alone: there is no other proof
// of who asks. The content type is then one that a page in a browser cannot send here unasked.
func (o Options) authorize(w http.ResponseWriter, r *http.Request) (by slog.Attr, ok bool) {
	if o.Auth != nil {
		return o.byToken(w, r)
	}
	if !fromHere(r) {
		refuse(w, http.StatusForbidden, "Purging is for callers on this machine.")
		return by, false
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "The body must be application/json.")
		return by, false
	}
	return slog.String("address", r.RemoteAddr), true
}

func (o Options) byToken(w http.ResponseWriter, r *http.Request) (by slog.Attr, ok bool) {
	caller, err := o.Auth.Verify(r.Context(), r.Header["Authorization"])
	if err == nil && !caller.HasScope(purgeScope) {
		err = auth.InsufficientScope(purgeScope, "purging")
	}
	if err != nil {
		refuseToken(w, fault.Of(err))
		return by, false
	}
	return slog.Group("caller", slog.String("issuer", caller.Issuer), slog.String("subject", caller.Subject),
		slog.String("client", caller.Client)), true
}

func refuseToken(w http.ResponseWriter, f *fault.Error) {
	if c := auth.Challenge(f); c != "" {
		w.Header().Set("WWW-Authenticate", c)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	switch f.Kind {
	case fault.Unauthorized:
		refuse(w, http.StatusUnauthorized, f.Detail)
	case fault.Forbidden:
		refuse(w, http.StatusForbidden, f.Detail)
	case fault.AuthUnavailable:
		refuse(w, http.StatusServiceUnavailable, f.Detail)
	default:
		refuse(w, http.StatusInternalServerError, f.Detail)
	}
}

// fromHere says whether the request comes from this machine, and not for a page that has its own name lead here (DNS rebinding):
// a browser sends that name as Host.
func fromHere(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(peer)
	return err == nil && ip != nil && ip.IsLoopback() && !named(r.Host)
}

// named says whether a Host is a name that others can give out: no address, and more than one word.
func named(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Contains(host, ".") && net.ParseIP(strings.Trim(host, "[]")) == nil
}
