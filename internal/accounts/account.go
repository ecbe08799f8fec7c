package accounts

import (
	"fmt"
	"regexp"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
)

var (
	accountKeys = []string{"name", "url", "method", "oauth_url", "username", "password_file", "password_env"}
	nameForm    = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
)

// accounts reads the list, with the environment's account in front.
func (r *reader) accounts(m mapping) (all []Account) {
	if r.defaults.Account != nil {
		all = append(all, *r.defaults.Account)
	}
	var elements []field
	if f, ok := r.need(m, "accounts", "a list of service accounts"); ok {
		elements = r.list(f, maxAccounts)
	}
	r.names.unsure = elements == nil
	for _, e := range elements {
		before := len(r.faults)
		a := r.account(e)
		if len(r.faults) == before {
			r.distinct(&a, e, all)
			all = append(all, a)
		}
	}
	return all
}

// need gives a field that must be there.
func (r *reader) need(m mapping, key, what string) (f field, ok bool) {
	f, ok = m.fields[key]
	if !ok && !m.meant[key] {
		r.add(m.line, key+" is required: "+what)
	}
	return f, ok
}

func (r *reader) account(f field) (a Account) {
	m, ok := r.mapping(f, accountKeys)
	if !ok {
		r.names.unsure = true
		return a
	}
	a.Name = r.name(m)
	a.URL = r.defaults.URL
	if f, ok := m.fields["url"]; ok {
		a.URL = r.base(f, baseurl.Rocket)
	}
	a.OAuthURL = r.login(m)
	if f, ok := r.need(m, "username", "the service account at Rocket"); ok {
		a.Username, _ = r.text(f)
	}
	a.Password = r.password(m)
	return a
}

// name reads an account's name, and notes it for those that refer to it, even where it is not allowed.
func (r *reader) name(m mapping) string {
	f, ok := r.need(m, "name", "what rules call the account")
	name := ""
	if ok {
		name, ok = r.text(f)
	}
	if !ok {
		r.names.unsure = true
		return ""
	}
	earlier, doubled := r.names.lines[name]
	switch {
	case name == Default || name == none:
		r.wrong(f, "must not be "+name+": default is ROCKET_USERNAME's account, and none is no account")
		r.names.unsure = true
		return ""
	case !nameForm.MatchString(name):
		r.wrong(f, "must be 1 to 32 of a-z, 0-9 and '-', as in latam")
	case doubled:
		r.wrong(f, fmt.Sprintf("must be another than that in line %d", earlier))
		return name
	}
	r.names.lines[name] = f.line
	return name
}
