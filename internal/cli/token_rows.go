package cli

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

var providers = [...]query.Provider{query.Azure, query.AWS, query.GCP}

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
	for _, provider := range providers {
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
