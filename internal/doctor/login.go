package doctor

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

const (
	login    = "login" // the check that all queries need
	maxSkew  = 5 * time.Second
	maxKinds = 12 // of profiles in the report
)

// accountChecks returns the checks of the account; it logs in at a server.
func (d *doctor) accountChecks(at server) []check {
	return []check{
		{name: login, needs: []string{"TLS" + at.suffix}, timeout: d.Rocket.Transport.Timeout, run: d.logIn},
		{name: "clock", needs: []string{login}, run: d.clock},
		{name: "account", needs: []string{login}, run: d.account},
	}
}

func (d *doctor) logIn(ctx context.Context) Finding {
	deprecated := d.Rocket.Account.OAuth != nil
	var err error
	d.session, err = d.Rocket.Login(ctx)
	d.received = d.Now()
	lifetime := d.session.Expires.Sub(d.session.Sent).Round(2 * time.Second) // both ends are whole seconds
	switch {
	case err != nil && deprecated:
		return loginFailed(err, "ROCKET_OAUTH_URL")
	case err != nil:
		return loginFailed(err, "ROCKET_URL")
	case deprecated:
		return warn("set ROCKET_AUTH=login, if the account can", "the token is valid for %s; the vendor has deprecated oauth_v1", lifetime)
	}
	return pass("the token is valid for %s", lifetime)
}

// loginFailed returns the finding for a login at the URL of a setting that failed.
func loginFailed(err error, variable string) Finding {
	f := fault.Of(err)
	advice := retryAdvice
	switch {
	case f.Kind == fault.UpstreamCredentials && f.Status == http.StatusForbidden:
		advice = "have the account unlocked or given access at Rocket"
	case f.Kind == fault.UpstreamCredentials:
		return fail("correct ROCKET_USERNAME and ROCKET_PASSWORD, or have the account unlocked",
			"Rocket refuses the account with status %d", f.Status)
	case f.Status == http.StatusNotFound, f.Status == http.StatusMethodNotAllowed,
		f.Status >= 300 && f.Status < 400 && f.Status != http.StatusNotModified:
		advice = "correct " + variable + ": Rocket's login is not at this URL"
	case f.Kind == fault.UpstreamInvalidResponse:
		advice = "look whether " + variable + " leads to Rocket itself, and at proxies on the way; if it does, tell Rocket's operator"
	case f.Status == 0:
		advice = fmt.Sprintf(networkAdvice, variable)
	}
	return fail(advice, "%s", explain(err))
}

// clock compares Rocket's clock with ours in the middle of the login. Rocket reports whole seconds: the mean is half a second more.
func (d *doctor) clock(context.Context) Finding {
	s := d.session
	middle := s.Sent.Add(d.received.Sub(s.Sent) / 2)
	var skew time.Duration
	for _, at := range []time.Time{s.Date, s.IssuedAt} {
		if ahead := at.Add(time.Second / 2).Sub(middle); !at.IsZero() && ahead.Abs() > skew.Abs() {
			skew = ahead
		}
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	switch {
	case s.Date.IsZero() && s.IssuedAt.IsZero():
		return skip("Rocket does not report the time")
	case skew.Abs() <= maxSkew:
		return pass("within %s of Rocket's", maxSkew)
	}
	return warn("set this machine's clock by a time server, or tell Rocket's operator",
		"Rocket's is %s %s this machine's", skew.Abs().Round(time.Second), direction)
}

// account reads from the token which providers the account has access to; only those are queried.
func (d *doctor) account(context.Context) Finding {
	all := []query.Provider{query.Azure, query.AWS, query.GCP}
	var missing []string
	for _, p := range all {
		if slices.ContainsFunc(d.session.Profiles, func(of upstream.Profile) bool { return of.Provider == string(p) }) {
			d.providers = append(d.providers, p)
		} else {
			missing = append(missing, string(p))
		}
	}
	profiles := summary(d.session.Profiles)
	switch {
	case profiles == "":
		d.providers = all
		return skip("its token names no profiles; all providers are queried")
	case len(d.providers) == 0:
		d.providers = all
		return warn("have the account given profiles of azure, aws or gcp", "%s; none of a provider: all are queried", profiles)
	case len(missing) > 0:
		return pass("%s; not %s", profiles, strings.Join(missing, ", "))
	}
	return pass("%s", profiles)
}

// word matches names of providers and types. The report replaces anything else.
var word = regexp.MustCompile(`^[a-z][a-z0-9_/-]{0,31}$`)

// summary lists profiles by provider and type, with the number of ids.
func summary(profiles []upstream.Profile) string {
	var kinds []string
	ids := map[string]int{}
	for _, p := range profiles {
		kind := known(p.Provider)
		if p.ResourceType != "" {
			kind += " " + known(p.ResourceType)
		}
		if _, seen := ids[kind]; !seen {
			kinds = append(kinds, kind)
		}
		ids[kind] += len(p.Resources)
	}
	more := len(kinds) - maxKinds
	kinds = kinds[:min(len(kinds), maxKinds)]
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s (%d)", kind, ids[kind])
	}
	if more > 0 {
		kinds = append(kinds, fmt.Sprintf("%d more", more))
	}
	return strings.Join(kinds, ", ")
}

func known(name string) string {
	if word.MatchString(name) {
		return name
	}
	return "?"
}
