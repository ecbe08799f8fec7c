package config

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"
)

// Accounts are the service accounts at Rocket, and the rules that pick one of them for a query.
type Accounts struct {
	List    []Account // ROCKET_USERNAME's first, if it is set
	Rules   []Rule    // the first that matches decides
	Default string    // the account for queries that no rule matches; empty: they are refused
}

// Account is a service account.
type Account struct {
	Name     string
	Base     *url.URL // of /api/v4
	OAuth    *url.URL // of /oauth2/token; nil: the v4 login
	Username string
	Password Secret
	Currency string // ISO 4217; empty: not known
}

// Format prints the name, whatever the verb: behind a pointer in a struct, fmt would print the password for some verbs.
func (a Account) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, a.Name) }

// Rule is an account and the conditions for its use, all of which must hold: a query or the claim has one of these texts. A set that is
// nil is no condition.
type Rule struct {
	Account                            string
	Providers, Distributors, Resellers map[string]bool
	Claim                              string // empty: no condition
	Values                             map[string]bool
}

const (
	defaultAccount = "default" // the name of ROCKET_USERNAME's account
	noAccount      = "none"    // as the default refuses queries that no rule matches

	maxAccountsFile = 1 << 20 // bytes
)

var accountName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// accountsFile is the content of ROCKET_ACCOUNTS_FILE.
type accountsFile struct {
	At       mapping
	Accounts []accountEntry `yaml:"accounts" most:"100" required:"a list of service accounts"`
	Rules    []ruleEntry    `yaml:"rules" most:"1000"`
	Default  value          `yaml:"default"`
}

type accountEntry struct {
	At           mapping
	Name         value `yaml:"name" required:"the name of the account in rules"`
	URL          value `yaml:"url"`
	Method       value `yaml:"method"`
	OAuthURL     value `yaml:"oauth_url"`
	Username     value `yaml:"username" required:"the service account at Rocket"`
	PasswordFile value `yaml:"password_file"`
	PasswordEnv  value `yaml:"password_env"`
	Currency     value `yaml:"currency"`
}

// accountsReader turns an accountsFile into Accounts. One mistake must not look like several: if the name of an account could not be
// read, references to accounts are not checked; if a reference could not be read, neither is the use of accounts.
type accountsReader struct {
	decoder
	config *Config
	file   accountsFile
	getenv func(string) string

	lines      map[string]int    // of the names of accounts; 0 for ROCKET_USERNAME's
	identities map[string]string // of the accounts, by what makes two accounts one to Rocket and the cache
	unsure     bool              // the name of an account could not be read
	used       map[string]bool   // accounts that the rules or the default refer to
	lost       bool              // a reference could not be read
	ids        int               // read so far
}

// loadAccounts sets Accounts from the accounts file, if there is one, and ROCKET_USERNAME.
func (c *Config) loadAccounts(getenv func(string) string) (faults Faults) {
	path := c.RocketAccountsFile
	r := &accountsReader{config: c, getenv: getenv, lines: map[string]int{}, identities: map[string]string{}, used: map[string]bool{}}
	if path == "" || c.RocketUsername != "" || c.RocketPassword != "" {
		own := Account{
			Name: defaultAccount, Base: c.RocketURL, Username: c.RocketUsername, Password: c.RocketPassword, Currency: c.BillingCurrency,
		}
		if c.RocketAuth == RocketOAuth {
			own.OAuth = c.RocketOAuthURL
		}
		r.lines[defaultAccount], r.identities[own.identity()] = 0, "ROCKET_USERNAME's account"
		c.Accounts = Accounts{List: []Account{own}, Default: defaultAccount}
	}
	if path == "" {
		return nil
	}
	content, err := readFile(path, maxAccountsFile)
	if err != nil {
		return Faults{"ROCKET_ACCOUNTS_FILE: " + path + " " + err.Error()}
	}
	c.Files = append(c.Files, path)
	if r.document([]byte(content), &r.file) {
		r.read(&c.Accounts)
	}
	c.Warnings = append(c.Warnings, report("ROCKET_ACCOUNTS_FILE: "+path, r.warnings)...)
	return report("ROCKET_ACCOUNTS_FILE: "+path, r.faults)
}

func (r *accountsReader) read(a *Accounts) {
	r.unsure = r.file.Accounts == nil
	for i := range r.file.Accounts {
		r.account(&r.file.Accounts[i], a)
	}
	r.lost = r.file.At.keys["rules"] != 0 && r.file.Rules == nil
	closed := 0 // the line of a last rule without conditions, which matches every query
	for i := range r.file.Rules {
		e := &r.file.Rules[i]
		a.Rules = append(a.Rules, r.rule(e))
		keys := len(e.At.keys)
		switch {
		case e.At.line == 0 || keys > 1 || keys == 1 && e.At.keys["account"] == 0:
		case i == len(r.file.Rules)-1:
			closed = e.At.line
		default:
			r.fault(e.At.line, "a rule without conditions matches every query and hides those below; add one, or move the rule to the end")
		}
	}
	a.Default = r.defaultName(closed)
	r.checkUse()
}

// account adds an account without faults.
func (r *accountsReader) account(e *accountEntry, a *Accounts) {
	before := len(r.faults)
	if e.Name.line == 0 || !r.name(e.Name) {
		r.unsure = true
	}
	if e.At.line == 0 {
		return
	}
	account := Account{Base: r.config.RocketURL, OAuth: r.oauth(e), Password: r.password(e), Currency: r.currency(e.Currency)}
	if e.URL.line > 0 {
		account.Base = r.url(e.URL, rocketURL)
	}
	if e.At.faults || len(r.faults) > before || account.Base == nil {
		return
	}
	account.Name, account.Username = e.Name.text, e.Username.text
	if twin := r.identities[account.identity()]; twin != "" {
		r.fault(e.At.line, "url, method and username are those of "+twin+": it would be one account, with one cache")
		return
	}
	r.identities[account.identity()] = fmt.Sprintf("the account named in line %d", e.Name.line)
	a.List = append(a.List, account)
}

// identity is the same for accounts that are one to Rocket, and so to the cache, whose entries have no names of accounts.
func (a *Account) identity() string { return fmt.Sprintf("%v %v %s", a.Base, a.OAuth, a.Username) }

// name records the name of an account, even if it is not allowed, for the references to it. It reports whether there can be any.
func (r *accountsReader) name(v value) bool {
	line, taken := r.lines[v.text]
	switch {
	case v.text == defaultAccount || v.text == noAccount:
		r.wrong(v, "must not be "+v.text+": default is ROCKET_USERNAME's account, and none is no account")
		return false
	case !accountName.MatchString(v.text):
		r.wrong(v, "must be 1 to 32 of a-z, 0-9 and '-', as in latam")
	case taken:
		r.wrong(v, fmt.Sprintf("must be another than that in line %d", line))
		return true
	}
	r.lines[v.text] = v.line
	return true
}

func (r *accountsReader) url(v value, parse func(string) (*url.URL, error)) *url.URL {
	u, err := parse(v.text)
	switch {
	case err != nil:
		r.wrong(v, err.Error())
	case unencrypted(u):
		r.warn(v, unencryptedWarning)
	}
	return u
}

// oauth returns the base of the deprecated login, or nil for the v4 login.
func (r *accountsReader) oauth(e *accountEntry) *url.URL {
	switch {
	case e.Method.line == 0 && e.At.keys["method"] != 0:
	case e.Method.line == 0 || e.Method.text == RocketLogin:
		if e.OAuthURL.line > 0 {
			r.wrong(e.OAuthURL, "has no effect without method: oauth_v1; leave it out")
		}
	case e.Method.text != RocketOAuth:
		r.wrong(e.Method, "must be login or oauth_v1")
	default:
		r.warn(e.Method, "oauth_v1 is deprecated by the vendor; use login if the account can")
		if e.OAuthURL.line > 0 {
			return r.url(e.OAuthURL, oauthURL)
		}
		if e.At.keys["oauth_url"] == 0 {
			r.fault(e.At.line, "oauth_url is required: the base of /oauth2/token, since method is oauth_v1")
		}
	}
	return nil
}

// currency returns the currency of an account: that of all accounts if it has none.
func (r *accountsReader) currency(v value) string {
	if v.line == 0 {
		return r.config.BillingCurrency
	}
	code, err := currency(v.text)
	if err != nil {
		r.wrong(v, err.Error())
	}
	return code
}

// password reads the password. No fault repeats the path or the variable's name: some operators set the password itself in its place.
func (r *accountsReader) password(e *accountEntry) (password Secret) {
	switch file, env := e.PasswordFile, e.PasswordEnv; {
	case file.line > 0 && env.line > 0:
		r.wrong(env, fmt.Sprintf("cannot stand beside the password_file in line %d; keep one", file.line))
	case file.line > 0:
		path := file.text
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(r.config.RocketAccountsFile), path)
		}
		r.config.Files = append(r.config.Files, path)
		var err error
		if password, err = readSecret(path); err != nil {
			r.wrong(file, err.Error())
		}
	case env.line > 0:
		if password = Secret(r.getenv(env.text)); password == "" {
			r.wrong(env, "must name a variable that is set")
		}
	case e.At.keys["password_file"] == 0 && e.At.keys["password_env"] == 0 && e.At.keys["password"] == 0:
		r.fault(e.At.line, "password_file or password_env is required: where the password is")
	}
	return password
}
