package cli

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

type tokenCommand struct {
	Make    makeTokenCommand    `cmd:"" default:"withargs" help:"Print a token, signed with AUTH_HS256_SECRET. The default."`
	Explain explainTokenCommand `cmd:"" help:"Print a token's content, and whether this gateway accepts it (exit status 0) or why not (1)."`
}

type makeTokenCommand struct {
	Scope    []string      `default:"usage:read" sep:"none" help:"A scope: usage:read, cache:purge or cache:inspect; repeatable."`
	Profile  []profile     `sep:"none" placeholder:"P:TYPE:IDS" help:"As in azure:customers:a,b or 'aws:resellers:*'; repeatable."`
	Subject  string        `default:"developer" help:"The token's subject."`
	Lifetime time.Duration `default:"1h" help:"The token's lifetime."`
	Issuer   string        `help:"Default: AUTH_ISSUER."`
	Audience string        `help:"Default: AUTH_AUDIENCE."`
}

// Run prints only the token, so that a shell can use it.
func (m makeTokenCommand) Run(p process) error {
	c, err := config.LoadOnly(p.environ, "AUTH_")
	switch {
	case err != nil:
		return err
	case c.AuthHS256Secret == "":
		return errors.New("AUTH_HS256_SECRET: is required (or AUTH_HS256_SECRET_FILE): it signs development tokens")
	case m.Lifetime < time.Second:
		return errors.New("--lifetime must be at least 1s")
	}
	token, err := m.sign(c, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

func (m makeTokenCommand) sign(c *config.Config, now time.Time) (string, error) {
	claims := jwt.MapClaims{
		"sub": m.Subject, "jti": rand.Text(), "scope": strings.Join(m.Scope, " "),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(m.Lifetime).Unix(),
	}
	if issuer := cmp.Or(m.Issuer, c.AuthIssuer); issuer != "" {
		claims["iss"] = issuer
	}
	if audience := cmp.Or(m.Audience, c.AuthAudience); audience != "" {
		claims["aud"] = audience
	}
	if len(m.Profile) > 0 {
		claims[c.AuthProfilesClaim] = m.Profile
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(c.AuthHS256Secret.Reveal()))
}

// profile is the access of a caller to a provider, as in tokens.
type profile struct {
	Provider     string   `json:"provider"`
	ResourceType string   `json:"resource_type"`
	Resources    []string `json:"resources"`
}

// UnmarshalText parses the flag.
func (f *profile) UnmarshalText(text []byte) error {
	provider, rest, _ := strings.Cut(string(text), ":")
	resourceType, ids, _ := strings.Cut(rest, ":")
	*f = profile{provider, resourceType, strings.Split(ids, ",")}
	switch {
	case !query.Provider(provider).Valid():
		return fmt.Errorf("%q is no provider: use azure, aws or gcp, as in azure:customers:id-1", provider)
	case !slices.Contains([]string{"distributors", "resellers", "customers"}, resourceType):
		return fmt.Errorf("%q is no type: use distributors, resellers or customers, as in azure:customers:id-1", resourceType)
	case slices.Contains(f.Resources, ""):
		return errors.New("an id is missing: name some, as in azure:customers:id-1,id-2, or all with '*'")
	case slices.Contains(f.Resources, "*") && len(f.Resources) > 1:
		return errors.New("'*' means all; name no ids with it")
	}
	return nil
}
