package rocketsim

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"sync"
	"time"
)

const maxBody = 1 << 20

// Options sets the behaviour of the simulator. The zero value of each is the vendor's behaviour or a usual size.
type Options struct {
	Username, Password string
	TokenLifetime      time.Duration // 24h
	Latency            time.Duration // added to every query
	ErrorRate          float64       // share of queries that get a 503
	Customers          int           // of each provider; 300
	SingleSession      bool          // a login ends the session before it
	Deny               string        // provider whose queries get 401 with any token
	Lax                bool          // the most specific id wins, and the response has rows that the query does not select
	Mutation           string        // name of the one assumption to break; empty: none

	Now func() time.Time
	Log *slog.Logger
}

// Counts is the number of requests so far.
type Counts struct {
	Logins  int
	Queries map[string]int // by path below /api/v4/, whatever their outcome
}

// Total returns the number of queries.
func (c Counts) Total() int {
	sum := 0
	for _, n := range c.Queries {
		sum += n
	}
	return sum
}

// Server responds as Rocket would.
type Server struct {
	options  Options
	worlds   map[string]*world // by provider
	sessions *sessions
	mux      *http.ServeMux

	mu     sync.Mutex
	counts Counts // guarded by mu
}

// licenses is a profile like one that the vendor's page has: of something that is no provider, and without a resource type.
var licenses = profile{ID: "99ff53ed-5b5d-452e-b235-c65eac26ec71", Provider: "azure/licenses", Root: "br", Resources: []string{"br"}}

// New builds the worlds, which takes some milliseconds.
func New(o Options) *Server {
	o.TokenLifetime = cmp.Or(o.TokenLifetime, 24*time.Hour)
	o.Customers = cmp.Or(o.Customers, 300)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, worlds: map[string]*world{}, mux: http.NewServeMux(), counts: Counts{Queries: map[string]int{}}}
	var profiles []profile
	for _, provider := range []string{"azure", "aws", "gcp"} {
		w := newWorld(provider, o.Customers)
		s.worlds[provider] = w
		profiles = append(profiles, profile{
			ID: w.profile, Provider: provider, Root: w.roots[0], ResourceType: "distributors", Resources: w.roots,
		})
	}
	s.sessions = newSessions(o, append(profiles, licenses))
	s.route()
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Counts returns a copy of the counters.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counts{Logins: s.counts.Logins, Queries: maps.Clone(s.counts.Queries)}
}

func (s *Server) count(add func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counts)
}

// route registers every call below both bases that clients use: with and without /rocketsvc.
func (s *Server) route() {
	for _, base := range []string{"", "/rocketsvc"} {
		s.mux.HandleFunc("POST "+base+"/api/v4/auth/login", s.login)
		s.mux.HandleFunc("GET "+base+"/api/v1/oauth2/token", s.oauthV1)
		for endpoint, respond := range map[string]func(*selection) any{
			"usages":                (*selection).usages,
			"indicators":            (*selection).totals,
			"by-day":                func(s *selection) any { return s.byLabel(day.String) },
			"by-month":              func(s *selection) any { return s.byLabel(day.month) },
			"by-publisher":          (*selection).byPublisher,
			"by-category":           (*selection).byCategory,
			"by-tag":                (*selection).byTag,
			"resellers":             func(s *selection) any { return s.picker(resellers) },
			"filters/customers":     func(s *selection) any { return s.picker(customers) },
			"filters/subscriptions": func(s *selection) any { return s.picker(subscriptions) },
		} {
			s.mux.HandleFunc("POST "+base+"/api/v4/{provider}/"+endpoint, func(w http.ResponseWriter, r *http.Request) {
				s.query(w, r, endpoint, respond)
			})
		}
	}
}

// query counts, serves and logs a query.
func (s *Server) query(w http.ResponseWriter, r *http.Request, endpoint string, respond func(*selection) any) {
	provider := r.PathValue("provider")
	world, ok := s.worlds[provider]
	if !ok {
		refuse(w, http.StatusNotFound, "no such provider")
		return
	}
	s.count(func(c *Counts) { c.Queries[provider+"/"+endpoint]++ })
	started := time.Now()
	status := s.respond(w, r, world, endpoint, respond)
	took := time.Since(started).Round(time.Microsecond).String()
	s.options.Log.Info("query served", "provider", provider, "endpoint", endpoint, "status", status, "took", took)
}

// respond writes the response to a query and returns its status, or 0 if the client has gone.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, world *world, endpoint string, respond func(*selection) any) int {
	if err := s.sessions.check(r); err != nil {
		return refuse(w, http.StatusUnauthorized, err.Error())
	}
	if s.options.Deny == world.provider {
		return refuse(w, http.StatusUnauthorized, "the account has no access to "+world.provider)
	}
	if !isJSON(r) {
		return refuse(w, http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	if s.options.Latency > 0 {
		select {
		case <-time.After(s.options.Latency):
		case <-r.Context().Done():
			return 0
		}
	}
	if s.options.ErrorRate > 0 && rand.Float64() < s.options.ErrorRate {
		return refuse(w, http.StatusServiceUnavailable, "try again later")
	}
	q, err := readQuery(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return refuse(w, http.StatusBadRequest, err.Error())
	}
	m := &mutable{q, world, endpoint, dayOf(s.options.Now())}
	if mutate := queryMutations[s.options.Mutation]; mutate != nil {
		mutate(m)
	}
	response := respond(world.choose(q, m.today, s.options.Lax))
	if mutate := responseMutations[s.options.Mutation]; mutate != nil {
		response = mutate(m, response)
	}
	return reply(w, http.StatusOK, response)
}

func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/json"
}

func reply(w http.ResponseWriter, status int, value any) int {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // fails only if the client has gone
	return status
}

func refuse(w http.ResponseWriter, status int, message string) int {
	return reply(w, status, map[string]string{"error": message})
}
