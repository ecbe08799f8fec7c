package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

type explainTokenCommand struct {
	Token string `arg:"" optional:"" default:"-" help:"The token, or - for standard input."`
}

const (
	maxTokenInput = 64 << 10
	keysTimeout   = 6 * time.Second // to read an issuer's keys
	accepted      = "yes"
)

// Run prints a table. The exit status is 0 only if the configured keys verify the token: it is 1 also if they could not be read, or
// if there are none.
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

func rows(t *auth.Unverified, now time.Time, verdict string) [][2]string {
	return [][2]string{
		{"accepted here", verdict},
		{"algorithm", t.Algorithm}, {"key id", t.KeyID},
		{"issuer", t.Issuer}, {"subject", t.Subject}, {"client", t.Client}, {"audience", strings.Join(t.Audience, " ")},
		{"scopes", strings.Join(t.Scopes, " ")},
		{"issued", moment(t.IssuedAt, now)}, {"not before", moment(t.NotBefore, now)}, {"expires", moment(t.Expires, now)},
	}
}

func moment(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	text := t.UTC().Format(time.RFC3339)
	if distance := t.Sub(now).Round(time.Second); distance >= 0 {
		return text + ", in " + distance.String()
	}
	return text + ", " + now.Sub(t).Round(time.Second).String() + " ago"
}

// profileRows lists the profiles as they are in the token.
func profileRows(claim json.RawMessage) [][2]string {
	if claim == nil {
		return [][2]string{{"profiles", ""}}
	}
	var profiles []struct {
		Provider     string          `json:"provider"`
		ResourceType string          `json:"resource_type"`
		Resources    json.RawMessage `json:"resources"`
	}
	if err := json.Unmarshal(claim, &profiles); err != nil {
		return [][2]string{{"profiles", "no array of profiles: " + string(claim)}}
	}
	rows := make([][2]string, len(profiles))
	for i, p := range profiles {
		rows[i] = [2]string{"profile of " + printable(p.Provider), strings.TrimSpace(p.ResourceType + " " + string(p.Resources))}
	}
	return rows
}

// accessRows lists the access to each provider that the profiles grant, or why they grant none.
func accessRows(claim json.RawMessage) (rows [][2]string) {
	granted := tenancy.Parse(claim)
	for _, provider := range []query.Provider{query.Azure, query.AWS, query.GCP} {
		r := granted.Access(provider)
		text := r.Denied
		if text == "" {
			var bounds []string
			for _, b := range r.Bounds {
				bounds = append(bounds, b.Type+" "+some(b))
			}
			text = strings.Join(bounds, " and ") + "; views " + strings.Join(r.Views, ", ") + "; costs " + strings.Join(r.Costs, ", ")
		}
		rows = append(rows, [2]string{"access to " + string(provider), text})
	}
	return rows
}

const maxIDs = 5 // of a bound that are listed

func some(b tenancy.Bound) string {
	switch more := len(b.IDs) - maxIDs; {
	case b.All:
		return "all"
	case more > 0:
		return strings.Join(b.IDs[:maxIDs], ", ") + " and " + strconv.Itoa(more) + " more"
	default:
		return strings.Join(b.IDs, ", ")
	}
}

// printable quotes text that has control characters, which a terminal would execute. An empty text is a dash.
func printable(text string) string {
	switch {
	case text == "":
		return "-"
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return strconv.Quote(text)
	default:
		return text
	}
}
