package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	reachAdvice = "look at %s, and at firewalls and proxies on the way"
	againAdvice = "try again; if it stays, tell Rocket's operator"
)

// unconnected says why there is no connection that can be trusted.
func (d *doctor) unconnected(s server, err error) result {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	advice := fmt.Sprintf(reachAdvice, s.variable)
	switch {
	case errors.As(err, &unknown) && d.Rocket.Transport.CAFile != "":
		advice = "add the root that has signed it to the file of ROCKET_CA_FILE"
	case errors.As(err, &unknown):
		advice = "name the root that has signed it in ROCKET_CA_FILE"
	case errors.As(err, &name):
		advice = "correct the host in " + s.variable + ": the certificate is another's"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		advice = "have the certificate renewed, or set this machine's clock"
	case errors.As(err, &record):
		advice = "correct scheme or port in " + s.variable + ": the server does not speak TLS there"
	}
	return fail(advice, "%s", seen(err))
}

// seen is a failure as an operator may read it: the cause too, which for callers is kept back.
func seen(err error) string {
	f := fault.Of(err)
	switch {
	case f.Kind == fault.Internal:
		return "the gateway itself failed: " + err.Error()
	case f.Cause == nil:
		return f.Detail
	}
	return f.Detail + " (" + f.Cause.Error() + ")"
}

// unanswered says why a question has no answer.
func unanswered(err error) result {
	f := fault.Of(err)
	var advice string
	switch f.Kind {
	case fault.UpstreamCredentials:
		advice = "have the account's permissions extended"
	case fault.UpstreamRejected:
		advice = "report this: Rocket does not understand a question of the contract"
	case fault.UpstreamInvalidResponse:
		advice = "look whether ROCKET_URL leads to Rocket itself, and at proxies on the way; if it does, report this"
	case fault.UpstreamTimeout:
		advice = "raise ROCKET_TIMEOUT, or tell Rocket's operator"
	case fault.InvalidRequest:
		return fail("report this", "a question with what Rocket calls an id is not valid here")
	default:
		advice = againAdvice
		if f.Kind == fault.UpstreamError && f.Status == 0 {
			advice = fmt.Sprintf(reachAdvice, "ROCKET_URL")
		}
	}
	return fail(advice, "%s", seen(err))
}

// refusedLogin says why there is no token.
func refusedLogin(err error, variable string) result {
	f := fault.Of(err)
	switch {
	case f.Kind == fault.UpstreamCredentials && f.Status == http.StatusForbidden:
		return fail("have the account unlocked or given access at Rocket", "%s", seen(err))
	case f.Kind == fault.UpstreamCredentials:
		return fail("correct ROCKET_USERNAME and ROCKET_PASSWORD, or have the account unlocked",
			"Rocket refuses the account with status %d", f.Status)
	case f.Status == http.StatusNotFound, f.Status == http.StatusMethodNotAllowed, isRedirect(f.Status):
		return fail("correct "+variable+": there is no login of Rocket's behind it", "%s", seen(err))
	case f.Kind == fault.UpstreamInvalidResponse:
		return fail("look whether "+variable+" leads to Rocket itself, and at proxies on the way; if it does, tell Rocket's operator",
			"%s", seen(err))
	case f.Status == 0:
		return fail(fmt.Sprintf(reachAdvice, variable), "%s", seen(err))
	}
	return fail(againAdvice, "%s", seen(err))
}

func isRedirect(status int) bool {
	return status >= 300 && status < 400 && status != http.StatusNotModified
}
