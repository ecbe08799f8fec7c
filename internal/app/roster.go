package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// roster is the service accounts that there are, each with its client. It never changes: other settings are another roster.
type roster struct {
	book       *accounts.Book
	keys       []config.Secret   // that tokens are sealed with
	clients    upstream.Clients  // by identity
	identities map[string]string // by name
}

// newRoster makes one of the settings. An account that is what it was keeps its client, and so its token.
func (g *App) newRoster(c *config.Config, before *roster) (*roster, error) {
	seal, err := newSeal(c.TokenEncryptionKeys)
	if err != nil {
		return nil, err
	}
	r := &roster{book: c.Accounts, keys: c.TokenEncryptionKeys, clients: upstream.Clients{}, identities: map[string]string{}}
	for _, a := range c.Accounts.Accounts {
		account := upstream.Account{Name: a.Name, Base: a.URL, OAuth: a.OAuthURL, Username: a.Username, Password: a.Password}
		client := upstream.New(upstream.Options{Account: account, Transport: g.rocket, Fleet: g.redis, Seal: seal})
		if old := before.like(client, r.keys); old != nil {
			client = old
		}
		r.clients[client.Identity()] = client
		r.identities[a.Name] = client.Identity()
	}
	return r, nil
}

// like gives the client that has all that the new one was made of; nil where there is none.
func (r *roster) like(client *upstream.Client, keys []config.Secret) *upstream.Client {
	if r == nil || !slices.Equal(r.keys, keys) {
		return nil
	}
	old := r.clients[client.Identity()]
	if old == nil || old.Account.Name != client.Account.Name || old.Account.Password != client.Account.Password {
		return nil
	}
	return old
}

// without gives the clients of r that other has not.
func (r *roster) without(other *roster) upstream.Clients {
	left := maps.Clone(r.clients)
	maps.DeleteFunc(left, func(identity string, client *upstream.Client) bool { return other.clients[identity] == client })
	return left
}

func (r *roster) clientOf(account string) *upstream.Client { return r.clients[r.identities[account]] }

// nameOf gives the name that the settings have for an identity; the identity itself where they know it no more.
func (r *roster) nameOf(identity string) string {
	if client := r.clients[identity]; client != nil {
		return client.Account.Name
	}
	return identity
}

func (r *roster) names() []string { return slices.Sorted(maps.Keys(r.identities)) }

// newSeal gives nil without keys: tokens then stay out of Redis.
func newSeal(keys []config.Secret) (*upstream.Seal, error) {
	var plain [][]byte
	for _, k := range keys {
		plain = append(plain, []byte(k.Reveal()))
	}
	if len(plain) == 0 {
		return nil, nil
	}
	seal, err := upstream.NewSeal(plain...)
	if err != nil {
		return nil, fmt.Errorf("TOKEN_ENCRYPTION_KEYS: %w", err)
	}
	return seal, nil
}

// account gives the identity of the account that asks a question, where one may. claim gives the values of a caller's claim.
func (g *App) account(q *query.Query, claim func(name string) []string) (identity string, ok bool) {
	r := g.roster.Load()
	name, ok := r.book.Pick(q, claim)
	return r.identities[name], ok
}

// origin is Rocket as the cache sees it.
type origin struct{ *App }

// Fetch asks with the accounts of the moment.
func (o origin) Fetch(ctx context.Context, q *query.Query, awaited <-chan struct{}) ([]byte, error) {
	return o.roster.Load().clients.Fetch(ctx, q, awaited)
}

// Failing reports whether Rocket is known not to respond.
func (o origin) Failing(q *query.Query) (failing, probe bool) {
	return o.roster.Load().clients.Failing(q)
}
