package accounts

import (
	"net/url"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
)

// The ways to log in.
const (
	methodLogin = "login"
	methodOAuth = "oauth_v1"
)

// base reads a URL, and warns of one whose traffic others can read.
func (r *reader) base(f field, read func(string) (*url.URL, error)) *url.URL {
	text, ok := r.text(f)
	if !ok {
		return nil
	}
	u, err := read(text)
	if err != nil {
		r.wrong(f, err.Error())
		return nil
	}
	if baseurl.Unencrypted(u) {
		r.warn(f, "is plain http: the password and all answers cross the network unencrypted")
	}
	return u
}

func (r *reader) warn(f field, what string) {
	r.warnings = append(r.warnings, remark{f.line, f.name + " " + what})
}

// login gives the base of the deprecated login, or nil for the other one.
func (r *reader) login(m mapping) *url.URL {
	method := methodLogin
	f, ok := m.fields["method"]
	if ok {
		if method, ok = r.text(f); !ok {
			return nil
		}
	}
	switch method {
	case methodOAuth:
		r.warn(f, "oauth_v1 is deprecated by the vendor; use login where the account can")
		if f, ok = r.need(m, "oauth_url", "the base of /oauth2/token, since method is oauth_v1"); ok {
			return r.base(f, baseurl.OAuth)
		}
	case methodLogin:
		if f, ok = m.fields["oauth_url"]; ok {
			r.wrong(f, "has no effect without method: oauth_v1; leave it out")
		}
	default:
		r.wrong(f, "must be login or oauth_v1")
	}
	return nil
}
