package admin

import (
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// authorize returns the caller for the log, or a refusal if it lacks the scope that purpose needs. Without tokens only callers on this
// machine are served: nothing else proves who they are.
func (o Options) authorize(r *http.Request, scope, purpose string) (by slog.Attr, err error) {
	if o.Auth == nil {
		if !isLocal(r) {
			return by, refusal{http.StatusForbidden, strings.ToUpper(purpose[:1]) + purpose[1:] + " is for callers on this machine."}
		}
		return slog.String("address", r.RemoteAddr), nil
	}
	caller, err := o.Auth.Verify(r.Context(), r.Header["Authorization"])
	if err == nil && !caller.HasScope(scope) {
		err = auth.InsufficientScope(scope, purpose)
	}
	if err != nil {
		return by, err
	}
	return slog.Group("caller", slog.String("issuer", caller.Issuer), slog.String("subject", caller.Subject),
		slog.String("client", caller.Client)), nil
}

// isLocal reports whether the request comes from this machine, and not for a page whose own name resolves to it (DNS rebinding): a
// browser sends that name as Host.
func isLocal(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(peer)
	return err == nil && ip != nil && ip.IsLoopback() && !isDomain(r.Host)
}

// isDomain reports whether a Host is a name that others can register: no address, and more than one label.
func isDomain(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Contains(host, ".") && net.ParseIP(strings.Trim(host, "[]")) == nil
}
