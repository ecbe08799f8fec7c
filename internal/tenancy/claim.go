package tenancy

import (
	"bytes"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	maxProfiles  = 64
	maxResources = 10_000 // in all profiles of a token
)

// Profiles are what a token grants, by provider. They never change, and may be used by any number of goroutines. The zero
// value grants nothing.
type Profiles struct {
	grants     map[query.Provider]*grant
	unreadable bool // there are profiles, but who they narrow cannot be told
}

// Parse reads the JSON of the profiles claim; no bytes stand for a token without the claim. It never fails: what cannot be
// understood grants nothing, and makes nothing else grant more.
func Parse(claim []byte) Profiles {
	if trimmed := bytes.TrimSpace(claim); len(trimmed) == 0 || string(trimmed) == "null" {
		return Profiles{}
	}
	r := reader{scanner: scanner{text: claim}}
	found := r.profiles()
	if !r.ended() || !utf8.Valid(claim) {
		return Profiles{unreadable: true}
	}
	p := Profiles{grants: map[query.Provider]*grant{}}
	for i := range found {
		p.add(&found[i])
	}
	for _, g := range p.grants {
		g.seal()
	}
	return p
}

// reader reads the claim.
type reader struct {
	scanner
	count int // resources so far
}

func (r *reader) profiles() (all []profile) {
	for range r.elements {
		if len(all) == maxProfiles || r.next() != '{' {
			r.fail()
			break
		}
		all = append(all, r.profile())
	}
	return all
}

// add takes up a profile. Other providers than ours are none of our business: the vendor's own tokens have some.
func (p *Profiles) add(one *profile) {
	provider := query.Provider(one.provider)
	if one.provider == "" {
		p.unreadable = true
	}
	if !provider.Valid() {
		return
	}
	if p.grants[provider] == nil {
		p.grants[provider] = &grant{provider: provider}
	}
	p.grants[provider].add(one)
}
