package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
)

// loginIssuer checks the issuer at which people log in on the docs page.
func (d *doctor) loginIssuer(ctx context.Context) Finding {
	if d.LoginIssuer == "" {
		return skip("the docs page has no login")
	}
	found, err := oidc.Find(ctx, d.LoginIssuer)
	if err != nil {
		return fail("correct DOCS_OIDC_ISSUER, or look at the issuer: the docs page has no login", "%v", err)
	}
	switch methods := found.ChallengeMethods; {
	case len(methods) == 0:
		return warn("try a login on the docs page, which requires PKCE with S256", "the issuer does not state which methods of PKCE it supports")
	case !slices.Contains(methods, "S256"):
		return fail("turn on PKCE with S256 for the client DOCS_OIDC_CLIENT_ID at the issuer", "it supports PKCE with %s alone",
			strings.Join(methods, ", "))
	}
	return pass("it supports PKCE with S256; tokens come from %s", found.TokenOrigin)
}
