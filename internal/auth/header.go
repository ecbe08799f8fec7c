package auth

import (
	"encoding/base64"
	"strings"
)

// header is what of a token's header (RFC 7515, section 4) is acted on. Where it says that its key may be found is not.
type header struct {
	alg string
	kid string // empty where the token does not name its key
}

// readHeader reads it from the token. golang-jwt reads it again, and would take the last of two members with one name.
func readHeader(token string) (header, error) {
	segment, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return header{}, refuse(reasonMalformed, "The token is malformed: its header is not base64url.")
	}
	members, err := readObject(text)
	if err != nil {
		return header{}, refuse(reasonMalformed, "The token is malformed: its header "+err.Error()+".")
	}
	if _, critical := members.get("crit"); critical {
		return header{}, refuse(reasonMalformed,
			"The token's header has extensions that must be understood (crit); none is understood here.")
	}
	var h header
	if h.alg, err = members.text("alg"); err != nil {
		return header{}, refuse(reasonMalformed, "The token is malformed: alg in its header "+err.Error()+".")
	}
	if h.kid, err = members.text("kid"); err != nil {
		return header{}, refuse(reasonMalformed, "The token is malformed: kid in its header "+err.Error()+".")
	}
	return h, nil
}
