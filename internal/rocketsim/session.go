package rocketsim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// sessions issues and verifies tokens.
type sessions struct {
	Options
	profiles []profile

	mu     sync.Mutex
	key    []byte // guarded by mu: of the tokens' signatures
	latest string // guarded by mu: id of the newest token
}

// profile is the access of an account to a provider, as in the vendor's tokens.
type profile struct {
	ID           string   `json:"id"`
	Provider     string   `json:"provider"`
	Root         string   `json:"root"`
	ResourceType string   `json:"resource_type"`
	Resources    []string `json:"resources"`
}

func newSessions(o Options, profiles []profile) *sessions {
	key := hmac.New(sha256.New, []byte(o.Password))
	key.Write([]byte("rocketsim/" + o.Username))
	return &sessions{Options: o, profiles: profiles, key: key.Sum(nil)}
}

func (s *sessions) known(username, password string) bool {
	user := subtle.ConstantTimeCompare([]byte(username), []byte(s.Username))
	pass := subtle.ConstantTimeCompare([]byte(password), []byte(s.Password))
	return user&pass == 1
}

// open starts a session.
func (s *sessions) open() (token string, expires time.Time) {
	now := s.Now()
	expires = now.Add(s.TokenLifetime)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = rand.Text()
	token, _ = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{ // cannot fail: the claims can be encoded
		"sub": "00000000-0000-0000-0000-000000000000", "jti": s.latest,
		"exp": expires.Unix(), "nbf": now.Unix(), "iat": now.Unix(),
		"roles": []string{"admin"}, "permissions": nil, "profiles": s.profiles,
	}).SignedString(s.key)
	return token, expires
}

// EndSessions ends all sessions: every token issued so far gets a 401, as after a restart of Rocket that loses its sessions.
func (s *Server) EndSessions() {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	s.sessions.key = []byte(rand.Text())
}

// check returns an error unless a request has a valid bearer token.
func (s *sessions) check(r *http.Request) error {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return errors.New("a bearer token is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Now))
	if err == nil && s.SingleSession && claims["jti"] != s.latest {
		err = errors.New("another login has ended this session")
	}
	return err
}

// login is the v4 login. The case of the member names does not matter, as encoding/json reads them.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	s.count(func(c *Counts) { c.Logins++ })
	var body struct{ Username, Password string }
	switch {
	case !isJSON(r):
		refuse(w, http.StatusUnsupportedMediaType, "the body must be application/json")
	case json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body) != nil:
		refuse(w, http.StatusBadRequest, "the body is not {\"Username\",\"Password\"}")
	case !s.sessions.known(body.Username, body.Password):
		refuse(w, http.StatusUnauthorized, "username or password is wrong")
	default:
		token, expires := s.sessions.open()
		reply(w, http.StatusOK, map[string]any{
			"expiresAt": expires.Unix(), "refreshExpiresAt": expires.Add(6 * s.options.TokenLifetime).UTC(),
			"refreshToken": rand.Text(), "token": token,
		})
	}
}

// oauthV1 is the deprecated login: basic authentication, and an expires_in that is a Unix time.
func (s *Server) oauthV1(w http.ResponseWriter, r *http.Request) {
	s.count(func(c *Counts) { c.Logins++ })
	username, password, ok := r.BasicAuth()
	if !ok || !s.sessions.known(username, password) {
		refuse(w, http.StatusUnauthorized, "username or password is wrong")
		return
	}
	token, expires := s.sessions.open()
	reply(w, http.StatusOK, map[string]any{"access_token": token, "expires_in": expires.Unix(), "token_type": "Bearer"})
}
