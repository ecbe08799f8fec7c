package e2e_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// The sections of docs/api.md on issuers.
const (
	keycloak = "A token from Keycloak"
	entra    = "A token with Entra ID"
)

const clientSecret = "the secret of the job & more"

// issuer issues tokens with the claims of the pages, as Keycloak and Entra ID do, and publishes its key.
type issuer struct {
	t     *testing.T
	key   *rsa.PrivateKey
	hosts *strings.Replacer // from the hosts of the pages to its own
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	i := &issuer{t: t, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realms/costs/protocol/openid-connect/certs", i.keys)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", i.keys)
	mux.HandleFunc("POST /realms/costs/protocol/openid-connect/token", func(w http.ResponseWriter, r *http.Request) {
		i.issue(w, r, keycloak)
	})
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		claims := i.claims(entra)
		if scope := fmt.Sprintf("api://%s/.default", claims["aud"]); r.FormValue("scope") != scope || r.PathValue("tenant") != claims["tid"] {
			t.Errorf("%s asks for the scope %s, want %s", r.URL, r.FormValue("scope"), scope)
		}
		i.issue(w, r, entra)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.hosts = strings.NewReplacer("https://login.example.com", server.URL, "https://login.microsoftonline.com", server.URL)
	return i
}

func (i *issuer) keys(w http.ResponseWriter, _ *http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	_, _ = fmt.Fprintf(w, `{"keys": [{"kty": "RSA", "use": "sig", "kid": "k-1", "n": %q, "e": %q}]}`,
		encode(i.key.N.Bytes()), encode(big.NewInt(int64(i.key.E)).Bytes()))
}

// claims returns those of a section, issued now.
func (i *issuer) claims(section string) jwt.MapClaims {
	claims := jwt.MapClaims{}
	must(i.t, json.Unmarshal([]byte(theBlock(i.t, section, "json", `"iss"`).text), &claims))
	issued, _ := claims["iat"].(float64)
	for _, name := range []string{"iat", "nbf", "exp"} {
		if at, ok := claims[name].(float64); ok {
			claims[name] = float64(time.Now().Unix()) + at - issued
		}
	}
	return claims
}

// issue responds to a request for a token by the grant of client credentials, as the section shows.
func (i *issuer) issue(w http.ResponseWriter, r *http.Request, section string) {
	claims := i.claims(section)
	got := []string{r.FormValue("grant_type"), r.FormValue("client_id"), r.FormValue("client_secret")}
	if diff := cmp.Diff([]string{"client_credentials", claims["azp"].(string), clientSecret}, got); diff != "" {
		i.t.Errorf("%s: -want +got:\n%s", r.URL, diff)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k-1"
	signed, err := token.SignedString(i.key)
	if err != nil {
		i.t.Error(err)
	}
	response := theBlock(i.t, section, "json", "access_token").text
	_, _ = w.Write([]byte(strings.Replace(response, "eyJ…", signed, 1)))
}

// settings returns the settings of the gateway in a section, with the issuer's own URL of its keys.
func (i *issuer) settings(section string) (all []string) {
	for _, line := range strings.Fields(theBlock(i.t, section, "properties", "AUTH_JWKS_URL").text) {
		if strings.HasPrefix(line, "AUTH_JWKS_URL=") {
			line = i.hosts.Replace(line)
		}
		all = append(all, line)
	}
	return append(all, "AUTH_MODE=jwt")
}

// theBlock returns the first block of a section with a text in it.
func theBlock(t *testing.T, section, language, text string) *block {
	t.Helper()
	all := blocksOf(t)
	n := slices.IndexFunc(all, func(b *block) bool {
		return b.section == section && b.language == language && strings.Contains(b.text, text)
	})
	if n < 0 {
		t.Fatalf("%s has no %s with %s", section, language, text)
	}
	return all[n]
}

// A gateway with the settings of the page accepts tokens with its claims, requested as the page shows.
func TestGuideTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	programs := newPrograms(t, i)
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers = 0 })
	requested := func(section string) string {
		var response struct {
			Token string `json:"access_token"`
		}
		must(t, json.Unmarshal([]byte(programs.run(t, theBlock(t, section, "sh", "grant_type"))), &response))
		return response.Token
	}
	t.Run("Keycloak", func(t *testing.T) {
		wantOneCustomer(t, serve(t, rocket, i.settings(keycloak)...), requested(keycloak))
	})
	t.Run("Entra ID", func(t *testing.T) {
		resp, text := ask(t, http.MethodGet, serve(t, rocket, i.settings(entra)...).api+"/v1/azure/usages", requested(entra))
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(resp.Header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("%d %v %s", resp.StatusCode, resp.Header, text)
		}
	})
	t.Run("a service between", func(t *testing.T) {
		token := programs.run(t, theBlock(t, entra, "python", "def token_for"), "SECRET="+authSecret)
		wantOneCustomer(t, guarded(t, rocket, "AUTH_ISSUER=https://costs.example.com", "AUTH_AUDIENCE=rocket-gateway"), strings.TrimSpace(token))
	})
}

// wantOneCustomer checks that a token grants one customer of azure, and no more.
func wantOneCustomer(t *testing.T, g *gateway, token string) {
	t.Helper()
	resp, text := ask(t, http.MethodGet, g.api+"/v1/azure/customers?period=previous", token)
	if want := `[{"label":"Laboratório d'Ávila","value":"a0421b86-7a75-4267-9208-cf1a1bb3eae5"}]`; resp.StatusCode != http.StatusOK ||
		strings.TrimSpace(text) != want {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, text := ask(t, http.MethodGet, g.api+"/v1/aws/customers", token); resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// The client of the page would have Keycloak issue the claims of the page.
func TestGuideKeycloakClient(t *testing.T) {
	t.Parallel()
	var client struct {
		ClientID            string
		DefaultClientScopes []string
		ProtocolMappers     []struct{ Config map[string]string }
	}
	must(t, json.Unmarshal([]byte(theBlock(t, keycloak, "json", "clientId").text), &client))
	claims := (&issuer{t: t}).claims(keycloak)
	var profiles any
	must(t, json.Unmarshal([]byte(client.ProtocolMappers[1].Config["claim.value"]), &profiles))
	got := []any{client.ClientID, client.DefaultClientScopes[1], client.ProtocolMappers[0].Config["included.custom.audience"], profiles}
	if diff := cmp.Diff([]any{claims["azp"], claims["scope"], claims["aud"], claims["profiles"]}, got); diff != "" {
		t.Errorf("-claims +client:\n%s", diff)
	}
}
