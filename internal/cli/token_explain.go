package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

type explainTokenCommand struct {
	Token string `arg:"" optional:"" default:"-" help:"The token, or - for standard input."`
}

const (
	maxTokenInput = 64 << 10
	keysTimeout   = 6 * time.Second // to read an issuer's keys
	readScope     = "usage:read"    // of every token for the API
	accepted      = "yes"
)

// Run prints a table. The exit status is 0 only if the API would accept the token for any query: it is 1 also if the keys could not be
// read, or if there are none.
func (e explainTokenCommand) Run(ctx context.Context, p process) error {
	c, err := config.LoadOnly(p.environ, "AUTH_")
	if err != nil {
		return err
	}
	token, err := e.read(p.stdin)
	if err != nil {
		return err
	}
	content, err := auth.Inspect(token, c.AuthProfilesClaim)
	if err != nil {
		return errors.New(fault.Of(err).Detail)
	}
	verdict, err := verify(ctx, c, token, p.textLogger(slog.LevelWarn))
	if err != nil {
		return err
	}
	if verdict == accepted {
		verdict = judge(content)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range slices.Concat(rows(content, time.Now(), verdict), profileRows(content.Profiles), accessRows(content.Profiles)) {
		fmt.Fprintf(table, "%s\t%s\n", row[0], printable(row[1]))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if verdict != accepted {
		return errReported
	}
	return nil
}

// read returns the token without "Bearer" in front and white space around it.
func (e explainTokenCommand) read(stdin io.Reader) (string, error) {
	text := e.Token
	if text == "-" {
		content, err := io.ReadAll(io.LimitReader(stdin, maxTokenInput))
		if err != nil {
			return "", err
		}
		text = string(content)
	}
	words := strings.Fields(text)
	if len(words) > 1 && strings.EqualFold(words[0], "Bearer") {
		words = words[1:]
	}
	return strings.Join(words, " "), nil
}

// verify reports whether the configured keys verify the token, and if not, why.
func verify(ctx context.Context, c *config.Config, token string, log *slog.Logger) (string, error) {
	if c.AuthHS256Secret == "" && c.AuthJWKSURL == "" && c.AuthPublicKeyFile == "" {
		return "signature not checked: no AUTH_HS256_SECRET, AUTH_JWKS_URL or AUTH_PUBLIC_KEY_FILE is set", nil
	}
	o, err := app.VerifierOptions(c, log)
	if err != nil {
		return "", err
	}
	verifier, err := auth.New(o)
	if err != nil {
		return "", err
	}
	defer verifier.Close()
	patience, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	_ = verifier.AwaitReady(patience) // if it is not, Verify reports it
	_, err = verifier.Verify(ctx, []string{"Bearer " + token})
	switch f := fault.Of(err); {
	case err == nil:
		return accepted, nil
	case f.Kind == fault.AuthUnavailable:
		return "unknown: " + f.Detail, nil
	default:
		return "no: " + f.Detail, nil
	}
}

// judge reports whether the API would serve the caller of a verified token, and if not, why.
func judge(t *auth.Unverified) string {
	if !slices.Contains(t.Scopes, readScope) {
		return "no: " + fault.Of(auth.InsufficientScope(readScope, "the API")).Detail
	}
	granted := tenancy.Parse(t.Profiles)
	for _, provider := range providers {
		if granted.Access(provider).Denied == "" {
			return accepted
		}
	}
	return "no: The token's profiles grant access to no provider."
}
