// Package oidc discovers the endpoints of an OpenID Connect issuer, for pages that log people in there. The gateway itself sends no
// request to these endpoints and sees no token of a login: browsers do.
package oidc
