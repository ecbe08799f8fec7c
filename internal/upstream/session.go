package upstream

import (
	"context"
	"encoding/json"
	"time"
)

// Session is what a login tells, but for the token itself.
type Session struct {
	Sent     time.Time // when the login was sent, by our clock
	Expires  time.Time // until when the token is good, by our clock
	Date     time.Time // when the reply was made, by Rocket's clock; zero where it does not tell
	IssuedAt time.Time // when the token was issued, by Rocket's clock; zero where it does not tell
	Profiles []Profile // none where the token cannot be read
}

// Profile is what the account reaches at a provider, as its token says. Nothing of it is verified.
type Profile struct {
	Provider     string // Rocket has others than ours
	ResourceType string
	Resources    int // how many ids
}

// Login logs in anew, for this process alone, and says what Rocket told. The questions that follow use the new token.
func (c *Client) Login(ctx context.Context) (Session, error) {
	t, err := c.tokens.login(ctx)
	if err != nil {
		return Session{}, err
	}
	c.tokens.keep(t)
	issuedAt, _ := claims(t.value)
	return Session{Sent: t.sent, Expires: t.expires, Date: t.date, IssuedAt: issuedAt, Profiles: profiles(t.value)}, nil
}

func profiles(token string) (all []Profile) {
	var claims struct {
		Profiles []struct {
			Provider     string            `json:"provider"`
			ResourceType string            `json:"resource_type"`
			Resources    []json.RawMessage `json:"resources"`
		} `json:"profiles"`
	}
	if json.Unmarshal(payload(token), &claims) != nil {
		return nil
	}
	for _, p := range claims.Profiles {
		all = append(all, Profile{p.Provider, p.ResourceType, len(p.Resources)})
	}
	return all
}
