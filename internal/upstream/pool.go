package upstream

import (
	"context"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// Accounts are the service accounts, and the rules that pick one of them for a query.
type Accounts struct {
	List    []Account
	Rules   []Rule         // the first that matches decides
	Default string         // the account for queries that no rule matches; empty: they are refused
	Keys    []secret.Value // seal tokens in Redis, the newest first; none: tokens are not shared
}

// Rule is an account and the conditions for its use, all of which must hold: a query or the claim has one of these texts. A set that is
// nil is no condition.
type Rule struct {
	Account                            string
	Providers, Distributors, Resellers map[string]bool
	Claim                              string // empty: no condition
	Values                             map[string]bool
}

// Pool is the service accounts with their clients. It picks an account for a query, and fetches with the account of a query. Apply
// replaces accounts and rules at any time. It is safe for concurrent use, except that one goroutine at a time may call Apply.
type Pool struct {
	shared  Options // of all clients
	current atomic.Pointer[accountSet]
}

// accountSet is what Apply replaces. It never changes.
type accountSet struct {
	Accounts
	clients map[string]*Client // by identity
	names   map[string]*Client
}

// NewPool returns a pool of these accounts. Their clients share the options, whose Account and Seal are ignored. Nothing is sent before the
// first fetch.
func NewPool(shared Options, a Accounts) (*Pool, error) {
	p := &Pool{shared: shared}
	p.current.Store(&accountSet{})
	_, _, err := p.Apply(a)
	return p, err
}

// Apply replaces the accounts and the rules, or nothing if it returns an error. An account that is the same as before keeps its client,
// and with it its token. changed names the accounts that are new, changed or removed, and the rules if others apply. The caller closes
// the replaced clients once no fetch can use them.
func (p *Pool) Apply(a Accounts) (changed []string, replaced []*Client, err error) {
	seal, err := sealWith(a.Keys)
	if err != nil {
		return nil, nil, err
	}
	before, next := p.current.Load(), &accountSet{a, map[string]*Client{}, map[string]*Client{}}
	for _, account := range a.List {
		client := before.clients[account.identity()]
		if client == nil || client.Account.Name != account.Name || client.Account.Password != account.Password ||
			client.Account.Currency != account.Currency || !slices.Equal(a.Keys, before.Keys) {
			o := p.shared
			o.Account, o.Seal = account, seal
			client = New(o)
		}
		next.clients[client.Identity()], next.names[account.Name] = client, client
	}
	p.current.Store(next)
	replaced = before.without(next)
	for _, client := range slices.Concat(next.without(before), replaced) {
		changed = append(changed, "account "+client.Account.Name)
	}
	slices.Sort(changed)
	changed = slices.Compact(changed)
	if a.Default != before.Default || !reflect.DeepEqual(a.Rules, before.Rules) {
		changed = append(changed, "rules of accounts")
	}
	return changed, replaced, nil
}

// sealWith returns nil without keys.
func sealWith(keys []secret.Value) (*Seal, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var plain [][]byte
	for _, k := range keys {
		plain = append(plain, []byte(k.Reveal()))
	}
	seal, err := NewSeal(plain...)
	if err != nil {
		return nil, fmt.Errorf("TOKEN_ENCRYPTION_KEYS: %w", err)
	}
	return seal, nil
}

// without returns the clients of s that other does not have.
func (s *accountSet) without(other *accountSet) []*Client {
	return slices.DeleteFunc(slices.Collect(maps.Values(s.clients)), func(c *Client) bool { return other.clients[c.Identity()] == c })
}

// Pick returns the identity of the account for a query: that of the first rule that matches. The query has been narrowed already and has
// no key yet, since the account is part of the key. claim returns the values of a claim of the caller, none if there is no such claim; it
// is nil if callers have no claims. ok is false if no account may fetch the query.
func (p *Pool) Pick(q *query.Query, claim func(name string) []string) (identity string, ok bool) {
	s := p.current.Load()
	name := s.Default
	caller := claimReader{read: claim}
	for i := range s.Rules {
		if r := &s.Rules[i]; r.matches(q) && caller.fulfils(r) {
			name = r.Account
			break
		}
	}
	if client := s.names[name]; client != nil {
		return client.Identity(), true
	}
	return "", false
}

// matches reports whether the conditions hold that are about the query.
func (r *Rule) matches(q *query.Query) bool {
	return (r.Providers == nil || r.Providers[string(q.Provider)]) && (r.Distributors == nil || r.Distributors[q.DistributorID]) &&
		(r.Resellers == nil || r.Resellers[q.ResellerID])
}

// claimReader reads the claims of a caller that rules compare.
type claimReader struct {
	read   func(name string) []string // nil: the caller has no claims
	latest string                     // the claim that was read last: most rules compare the same one
	values []string                   // of latest
}

// fulfils reports whether the condition holds that is about a claim.
func (c *claimReader) fulfils(r *Rule) bool {
	if c.read != nil && r.Claim != c.latest && r.Claim != "" {
		c.latest, c.values = r.Claim, c.read(r.Claim)
	}
	return r.Claim == "" || slices.ContainsFunc(c.values, func(v string) bool { return r.Values[v] })
}

// Fetch fetches with the account of the query. requested is closed as soon as a caller waits for it.
func (p *Pool) Fetch(ctx context.Context, q *query.Query, requested <-chan struct{}) ([]byte, error) {
	if client := p.current.Load().clients[q.Account]; client != nil {
		return client.Fetch(ctx, q, requested)
	}
	return nil, &fault.Error{
		Kind: fault.UpstreamUnavailable, RetryAfter: time.Second,
		Detail: "The service account for this query has just been removed from the settings. Send the request again.",
	}
}

// Failing returns what Client.Failing returns for the account of the query.
func (p *Pool) Failing(q *query.Query) (failing, probe bool) {
	if client := p.current.Load().clients[q.Account]; client != nil {
		return client.Failing()
	}
	return false, false
}

// Client returns the client of the account of that name, or nil.
func (p *Pool) Client(name string) *Client { return p.current.Load().names[name] }

// Clients returns the clients of all accounts, in no order.
func (p *Pool) Clients() []*Client { return slices.Collect(maps.Values(p.current.Load().clients)) }

// Names returns the names of all accounts, sorted.
func (p *Pool) Names() []string { return slices.Sorted(maps.Keys(p.current.Load().names)) }

// Name returns the name of the account with that identity, or the identity if it is no longer among the accounts.
func (p *Pool) Name(identity string) string {
	if client := p.current.Load().clients[identity]; client != nil {
		return client.Account.Name
	}
	return identity
}

// Close ends the logins under way. No Fetch may follow.
func (p *Pool) Close() {
	for _, client := range p.Clients() {
		client.Close()
	}
}

// Format prints the names of the accounts, whatever the verb: fmt would print the passwords in unexported fields.
func (p *Pool) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, fmt.Sprint(p.Names())) }
