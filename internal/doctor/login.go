package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

const (
	login      = "login" // the check that all of Rocket's lean on
	clockLimit = 5 * time.Second
	maxGroups  = 12 // kinds of profiles that are shown
)

// loggingIn gets a token, and looks at what came with it.
func (d *doctor) loggingIn() []check {
	last := d.servers()[len(d.servers())-1] // the one that logs in
	return []check{
		{login, "TLS" + last.suffix, d.Rocket.Transport.Timeout, d.logIn},
		{"clock", login, 0, d.clock},
		{"account", login, 0, d.account},
	}
}

func (d *doctor) logIn(ctx context.Context) (r result) {
	deprecated := d.Rocket.Account.OAuth != nil
	var err error
	d.session, err = d.Rocket.Login(ctx)
	d.received = d.Now()
	life := d.session.Expires.Sub(d.session.Sent).Round(2 * time.Second) // both ends are in whole seconds
	switch {
	case err != nil && deprecated:
		return refusedLogin(err, "ROCKET_OAUTH_URL")
	case err != nil:
		return refusedLogin(err, "ROCKET_URL")
	case deprecated:
		return warn("set ROCKET_AUTH=login, if the account can", "the token is good for %s; the vendor has deprecated oauth_v1", life)
	}
	return good("the token is good for %s", life)
}

// clock compares Rocket's with ours in the middle of the login. Rocket tells whole seconds, of which the half is added.
func (d *doctor) clock(context.Context) result {
	s := d.session
	middle := s.Sent.Add(d.received.Sub(s.Sent) / 2)
	var off time.Duration
	told := false
	for _, at := range []time.Time{s.Date, s.IssuedAt} {
		if !at.IsZero() {
			told = true
			if ahead := at.Add(time.Second / 2).Sub(middle); ahead.Abs() > off.Abs() {
				off = ahead
			}
		}
	}
	direction := "ahead of"
	if off < 0 {
		direction = "behind"
	}
	switch {
	case !told:
		return skip("Rocket does not tell the time")
	case off.Abs() <= clockLimit:
		return good("within %s of Rocket's", clockLimit)
	}
	return warn("set this machine's clock by a time server, or tell Rocket's operator",
		"Rocket's is %s %s this machine's", off.Abs().Round(time.Second), direction)
}

// account says what the account reaches, by its token, and so which providers are asked.
func (d *doctor) account(context.Context) result {
	all := []query.Provider{query.Azure, query.AWS, query.GCP}
	var missing []string
	for _, p := range all {
		if slices.ContainsFunc(d.session.Profiles, func(of upstream.Profile) bool { return of.Provider == string(p) }) {
			d.providers = append(d.providers, p)
		} else {
			missing = append(missing, string(p))
		}
	}
	switch {
	case len(d.session.Profiles) == 0:
		d.providers = all
		return skip("its token names no profiles; all providers are asked")
	case len(d.providers) == 0:
		d.providers = all
		return warn("have the account given profiles of azure, aws or gcp", "%s; none of a provider: all are asked", d.profiles())
	case len(missing) > 0:
		return good("%s; not %s", d.profiles(), strings.Join(missing, ", "))
	}
	return good("%s", d.profiles())
}

// word is what providers and types look like. Anything else in their place is not shown.
var word = regexp.MustCompile(`^[a-z][a-z0-9_/-]{0,31}$`)

// profiles are those of the token by provider and type, with the number of ids.
func (d *doctor) profiles() string {
	var kinds []string
	ids := map[string]int{}
	for _, p := range d.session.Profiles {
		kind := known(p.Provider)
		if p.ResourceType != "" {
			kind += " " + known(p.ResourceType)
		}
		if _, met := ids[kind]; !met {
			kinds = append(kinds, kind)
		}
		ids[kind] += len(p.Resources)
	}
	var shown []string
	for _, kind := range kinds[:min(len(kinds), maxGroups)] {
		shown = append(shown, fmt.Sprintf("%s (%d)", kind, ids[kind]))
	}
	if more := len(kinds) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return strings.Join(shown, ", ")
}

func known(name string) string {
	if word.MatchString(name) {
		return name
	}
	return "?"
}
