package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	issuerTime = 10 * time.Second
	maxKeySet  = 1 << 20
)

// issuer looks at the keys that callers' tokens are checked with.
func (d *doctor) issuer() []check {
	return []check{{name: "issuer's keys", within: issuerTime, run: func(ctx context.Context) result {
		if d.Open {
			return warn("set AUTH_MODE=jwt, or let trusted networks alone reach LISTEN_ADDR", "AUTH_MODE=none: everybody may ask everything")
		}
		if d.KeysURL == "" {
			return skip("AUTH_JWKS_URL is not set")
		}
		usable, err := d.Keys(ctx, d.KeysURL)
		switch {
		case err != nil:
			return fail("correct AUTH_JWKS_URL, or look at the issuer: until its keys are read no caller is let in", "%v", err)
		case usable == 0:
			return fail("correct AUTH_JWKS_URL: it must lead to the issuer's key set", "there is no key that signs with RSA, EC or Ed25519")
		}
		return good("%s", count(usable, "key", "keys"))
	}}}
}

// IssuerKeys fetches a JSON Web Key Set (RFC 7517) and counts the keys that a token may be signed with.
func IssuerKeys(ctx context.Context, url string) (usable int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, errors.New("it is no URL")
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, errors.Unwrap(err) // without the URL, which may hold more than a host
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the issuer answers with status %d", resp.StatusCode)
	}
	var set struct {
		Keys []struct {
			Type string `json:"kty"`
			Use  string `json:"use"`
		} `json:"keys"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
	if err == nil {
		err = json.Unmarshal(body, &set)
	}
	if err != nil {
		return 0, errors.New("the issuer's answer is no JSON Web Key Set")
	}
	for _, k := range set.Keys {
		if slices.Contains([]string{"RSA", "EC", "OKP"}, k.Type) && (k.Use == "" || k.Use == "sig") {
			usable++
		}
	}
	return usable, nil
}
