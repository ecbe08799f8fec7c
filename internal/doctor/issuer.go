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
	issuerTimeout = 10 * time.Second
	maxKeySet     = 1 << 20
)

// issuerKeys checks the keys that verify callers' tokens.
func (d *doctor) issuerKeys(ctx context.Context) Finding {
	if d.Open {
		return warn("set AUTH_MODE=jwt, or let only trusted networks reach LISTEN_ADDR", "AUTH_MODE=none: every caller has full access")
	}
	if d.KeysURL == "" {
		return skip("AUTH_JWKS_URL is not set")
	}
	usable, err := fetchKeys(ctx, d.KeysURL)
	switch {
	case err != nil:
		return fail("correct AUTH_JWKS_URL, or look at the issuer: until its keys are read the gateway refuses every caller", "%v", err)
	case usable == 0:
		return fail("correct AUTH_JWKS_URL: it must lead to the issuer's key set", "there is no key that signs with RSA, EC or Ed25519")
	}
	return pass("%s", count(usable, "key", "keys"))
}

// fetchKeys fetches a JSON Web Key Set (RFC 7517) and counts the keys that can verify tokens.
func fetchKeys(ctx context.Context, url string) (usable int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, errors.New("it is no URL")
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, errors.Unwrap(err) // without the URL, which may contain more than a host
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the issuer responds with status %d", resp.StatusCode)
	}
	var set struct{ Keys []struct{ Kty, Use string } }
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
	if err != nil || json.Unmarshal(body, &set) != nil {
		return 0, errors.New("the issuer's response is no JSON Web Key Set")
	}
	for _, k := range set.Keys {
		if slices.Contains([]string{"RSA", "EC", "OKP"}, k.Kty) && (k.Use == "" || k.Use == "sig") {
			usable++
		}
	}
	return usable, nil
}
