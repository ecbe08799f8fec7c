package e2e_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

const tokenSecret = "AUTH_HS256_SECRET=a-secret-of-more-than-thirty-two-bytes"

// makeToken returns the claims of the token that the command prints, and the token.
func makeToken(t *testing.T, env []string, args ...string) (claims map[string]any, token string) {
	t.Helper()
	status, text := output(t, env, append([]string{"token"}, args...)...)
	token, rest, _ := strings.Cut(text, "\n")
	parts := strings.Split(token, ".")
	if status != 0 || rest != "" || len(parts) != 3 {
		t.Fatalf("exit status %d, %s", status, text)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims, token
}

func TestTokenDefaults(t *testing.T) {
	t.Parallel()
	before := float64(time.Now().Unix())
	claims, _ := makeToken(t, []string{tokenSecret})
	after := float64(time.Now().Unix())
	exp, _ := claims["exp"].(float64)
	if exp < before+3600 || exp > after+3600 || claims["iat"] != claims["nbf"] || claims["jti"] == "" {
		t.Errorf("got %v", claims)
	}
	for _, name := range []string{"exp", "iat", "nbf", "jti"} {
		delete(claims, name)
	}
	if diff := cmp.Diff(map[string]any{"sub": "developer", "scope": "usage:read"}, claims); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTokenFlags(t *testing.T) {
	t.Parallel()
	env := []string{tokenSecret, "AUTH_ISSUER=https://login.example.com", "AUTH_AUDIENCE=gateway", "AUTH_PROFILES_CLAIM=reach"}
	claims, token := makeToken(t, env, "--scope", "usage:read", "--scope", "cache:purge", "--subject", "ana", "--lifetime", "90s",
		"--profile", "azure:customers:a,b:c", "--profile", "aws:resellers:*")
	if claims["exp"].(float64)-claims["iat"].(float64) != 90 {
		t.Errorf("it lives from %v to %v", claims["iat"], claims["exp"])
	}
	want := []any{
		map[string]any{"provider": "azure", "resource_type": "customers", "resources": []any{"a", "b:c"}},
		map[string]any{"provider": "aws", "resource_type": "resellers", "resources": []any{"*"}},
	}
	if diff := cmp.Diff(want, claims["reach"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got := []any{claims["sub"], claims["scope"], claims["iss"], claims["aud"]}
	if diff := cmp.Diff([]any{"ana", "usage:read cache:purge", "https://login.example.com", "gateway"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	explained(t, 0, env, token, `accepted here +yes`, `profile of azure +customers \["a","b:c"\]`, `profile of aws +resellers \["\*"\]`,
		`access to azure +customers a, b:c; views customers, subscriptions; costs customers`,
		`access to aws +resellers all; views resellers, customers, subscriptions; costs resellers, customers`,
		`access to gcp +Your token has no profile for gcp.*`)
	claims, _ = makeToken(t, env, "--issuer", "other", "--audience", "another")
	if claims["iss"] != "other" || claims["aud"] != "another" {
		t.Errorf("got %v", claims)
	}
}

func TestTokensThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env, args string
		status    int
		want      string
	}{
		{"", "", 1, `^gateway: AUTH_HS256_SECRET: is required \(or AUTH_HS256_SECRET_FILE\)`},
		{"AUTH_HS256_SECRET=short", "", 1, `^gateway: AUTH_HS256_SECRET: must have at least 32 bytes`},
		{tokenSecret, "--lifetime 0s", 1, `--lifetime must be at least 1s`},
		{tokenSecret, "--lifetime soon", 2, `--lifetime`},
		{tokenSecret, "--profile gpc:customers:a", 2, `"gpc" is no provider`},
		{tokenSecret, "--profile azure:customer:a", 2, `"customer" is no type`},
		{tokenSecret, "--profile azure:customers", 2, `an id is missing`},
		{tokenSecret, "--profile azure:customers:a,,b", 2, `an id is missing`},
		{tokenSecret, "--profile azure:customers:a,*", 2, `name no ids with it`},
		{tokenSecret, "--secret x", 2, `--secret`},
	} {
		status, text := output(t, []string{tt.env}, append([]string{"token"}, strings.Fields(tt.args)...)...)
		if status != tt.status || !regexp.MustCompile(tt.want).MatchString(text) {
			t.Errorf("%s: exit status %d, %s", tt.args, status, text)
		}
	}
}

// explained checks what explain prints of a token, line by line. The exit status is 0 only for a token that is accepted.
func explained(t *testing.T, want int, env []string, token string, patterns ...string) {
	t.Helper()
	status, text := output(t, env, "token", "explain", token)
	if status != want || strings.Contains(text, "gateway:") {
		t.Fatalf("exit status %d, want %d: %s", status, want, text)
	}
	for _, p := range patterns {
		if !regexp.MustCompile(`(?m)^` + p + `$`).MatchString(text) {
			t.Errorf("no line %s in\n%s", p, text)
		}
	}
}

// aProfile are flags for a token that the API accepts.
var aProfile = []string{"--profile", "aws:customers:a"}

func TestExplain(t *testing.T) {
	t.Parallel()
	_, token := makeToken(t, []string{tokenSecret}, aProfile...)
	explained(t, 0, []string{tokenSecret}, token,
		`accepted here +yes`, `algorithm +HS256`, `key id +-`, `issuer +-`, `subject +developer`, `scopes +usage:read`,
		`issued +20\S+Z, (\S+ ago|in 0s)`, `expires +20\S+Z, in (1h0m0s|5\dm\d+s)`, `profile of aws +customers \["a"\]`)
	explained(t, 1, nil, token, `accepted here +signature not checked: no AUTH_HS256_SECRET.*`)
	explained(t, 1, []string{tokenSecret + "-another"}, token, `accepted here +no: The token's signature is not that of its issuer\.`)
	explained(t, 1, []string{tokenSecret, "AUTH_ISSUER=me"}, token, `accepted here +no: .*\(iss\)\.`)
	explained(t, 0, []string{tokenSecret, "AUTH_MODE=none"}, "bearer  "+token, `accepted here +yes`)
	for _, bad := range []string{"x", "a.b.c", token + "."} {
		status, text := output(t, nil, "token", "explain", bad)
		if status != 1 || !strings.Contains(text, "gateway: The token is malformed") {
			t.Errorf("%s: exit status %d, %s", bad, status, text)
		}
	}
}

// A token that is verified, and that the API refuses whatever is asked.
func TestExplainTokensThatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serve(t, rocket, "AUTH_MODE=jwt", tokenSecret)
	const noScope = `The token lacks the scope usage:read, which the API needs\.`
	for _, c := range []struct {
		args         []string
		lines        []string
		status, data int // exit status, status of a query for azure
	}{
		{nil, []string{`accepted here +no: The token's profiles grant access to no provider\.`, `profiles +-`}, 1, 403},
		{[]string{"--scope", "cache:purge", "--profile", "azure:customers:a"}, []string{`accepted here +no: ` + noScope}, 1, 403},
		{[]string{"--profile", "azure:customers:a"}, []string{`accepted here +yes`}, 0, 200},
	} {
		_, token := makeToken(t, []string{tokenSecret}, c.args...)
		explained(t, c.status, []string{tokenSecret}, token, c.lines...)
		if resp, _ := ask(t, http.MethodGet, g.api+"/v1/azure/customers?period=2025-06", token); resp.StatusCode != c.data {
			t.Errorf("%v: the API responds with %d, want %d", c.args, resp.StatusCode, c.data)
		}
	}
}

func TestExplainReadsStandardInput(t *testing.T) {
	t.Parallel()
	_, token := makeToken(t, []string{tokenSecret}, aProfile...)
	for _, args := range [][]string{{"token", "explain"}, {"token", "explain", "-"}} {
		command := exec.Command(filepath.Join(binaries, "gateway"), args...)
		command.Env, command.Stdin = []string{quickExit, tokenSecret}, strings.NewReader("\n "+token+" \n")
		if out, err := command.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("yes")) {
			t.Errorf("%v %s", err, out)
		}
	}
}

// A token is untrusted text: it must not reach the terminal as commands.
func TestExplainShowsWhatATokenHasAsText(t *testing.T) {
	t.Parallel()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"exp": 1, "sub": "ana\x1b[2J", "scope": "a\u202eb",
		"profiles": []any{map[string]any{"provider": "azure\u009b", "resources": 7}},
	}).SignedString([]byte("unknown"))
	if err != nil {
		t.Fatal(err)
	}
	explained(t, 1, nil, token, `subject +"ana\\x1b\[2J"`, `scopes +"a\\u202eb"`, `profile of "azure\\u009b" +7`,
		`expires +1970-01-01T00:00:01Z, \S+ ago`)
	claims := jwt.MapClaims{"exp": 1, "profiles": "all"}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("unknown"))
	if err != nil {
		t.Fatal(err)
	}
	explained(t, 1, nil, token, `profiles +no array of profiles: "all"`)
}

// The issuer's keys are asked for by way of the proxy that the environment names.
func TestExplainWithAnIssuersKeys(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"exp": time.Now().Add(time.Hour).Unix(), "sub": "ana", "scope": "usage:read",
		"profiles": []any{map[string]any{"provider": "gcp", "resource_type": "resellers", "resources": []string{"*"}}},
	})
	signed.Header["kid"] = "k-1"
	token, err := signed.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "http://login.example.com/keys" {
			t.Errorf("asked for %s", r.URL)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{
			"kty": "OKP", "crv": "Ed25519", "kid": "k-1", "x": base64.RawURLEncoding.EncodeToString(public),
		}}})
	}))
	defer proxy.Close()
	env := []string{"AUTH_JWKS_URL=http://login.example.com/keys", "HTTP_PROXY=" + proxy.URL}
	explained(t, 0, env, token, `accepted here +yes`, `key id +k-1`, `algorithm +EdDSA`)

	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	env = []string{"AUTH_PUBLIC_KEY_FILE=" + write(t, "issuer.pem", &pem.Block{Type: "PUBLIC KEY", Bytes: der})}
	explained(t, 0, env, token, `accepted here +yes`)
	env = []string{"AUTH_PUBLIC_KEY_FILE=" + write(t, "issuer.pem", &pem.Block{Type: "X", Bytes: der})}
	status, text := output(t, env, "token", "explain", token)
	if status != 1 || !strings.Contains(text, "gateway: AUTH_PUBLIC_KEY_FILE: holds no usable key") {
		t.Errorf("exit status %d, %s", status, text)
	}
}

func TestExplainWithoutTheIssuer(t *testing.T) {
	t.Parallel()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	explained(t, 1, []string{"AUTH_JWKS_URL=http://127.0.0.1:1/keys"}, token,
		`accepted here +unknown: The keys .* could not be read yet\.`)
}
