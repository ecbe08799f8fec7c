package auth

import (
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// maxToken bounds what is read of a token; issuers keep theirs below the limits of web servers, which are about the same.
const maxToken = 8 << 10

// bearer gives the one token of the request's Authorization headers (RFC 6750, section 2.1).
func bearer(authorization []string) (string, error) {
	switch len(authorization) {
	case 0:
		return "", noToken()
	case 1:
	default:
		return "", &fault.Error{
			Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidRequest, Reason: reasonMalformed,
			Detail: "The request has more than one Authorization header. Send one.",
		}
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", noToken()
	}
	token = strings.TrimLeft(token, " ")
	return token, checkForm(token)
}

// checkForm lets nothing but base64url and dots go further: the decoder would skip line breaks.
func checkForm(token string) error {
	if len(token) > maxToken {
		return refuse(reasonMalformed, "The token is larger than 8 KiB.")
	}
	for i := range len(token) {
		if !plain(token[i]) {
			return refuse(reasonMalformed, "The token is malformed: it has characters that no JWT has.")
		}
	}
	if strings.Count(token, ".") != 2 {
		return refuse(reasonMalformed, "The token is malformed: a signed JWT has three parts.")
	}
	return nil
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}
