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

// Options say how the stand-in behaves. The zero value of each is the vendor's behaviour or a usual size.
type Options struct {
	Username, Password string
	TokenLifetime      time.Duration // 24h
	Latency            time.Duration // added to every question
	ErrorRate          float64       // share of questions that get a 503
	Customers          int           // for each provider; 300
	SingleSession      bool          // a login ends the one before
	Deny               string        // a provider whose questions get 401 with any token
	Lax                bool          // the most specific id wins, and rows that were not asked for come along

	Now func() time.Time
	Log *slog.Logger
}

// Counts are the requests seen so far.
type Counts struct {
	Logins    int
	Questions map[string]int // by path below /api/v4/, whatever their outcome
}

// Total is the number of questions.
func (c Counts) Total() int {
	sum := 0
	for _, n := range c.Questions {
		sum += n
	}
	return sum
}

// Server answers as Rocket would.
type Server struct {
	options  Options
	worlds   map[string]*world
	sessions *sessions
	mux      *http.ServeMux

	mu     sync.Mutex
	counts Counts // guarded by mu
}

// licenses is a profile as the vendor's page has one: of something that is no provider, and without a resource type.
var licenses = profile{ID: "99ff53ed-5b5d-452e-b235-c65eac26ec71", Provider: "azure/licenses", Root: "br", Resources: []string{"br"}}

// New builds the worlds, which takes some milliseconds.
func New(o Options) *Server {
	o.TokenLifetime = cmp.Or(o.TokenLifetime, 24*time.Hour)
	o.Customers = cmp.Or(o.Customers, 300)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o, worlds: map[string]*world{}, mux: http.NewServeMux(), counts: Counts{Questions: map[string]int{}}}
	var profiles []profile
	for _, provider := range []string{"azure", "aws", "gcp"} {
		w := newWorld(provider, o.Customers)
		s.worlds[provider] = w
		profiles = append(profiles, profile{
			ID: w.profile, Provider: provider, Root: w.roots[0], ResourceType: "distributors", Resources: w.roots,
		})
	}
	profiles = append(profiles, licenses)
	s.sessions = newSessions(o, profiles)
	s.route()
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Counts gives a copy of the counters.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counts{Logins: s.counts.Logins, Questions: maps.Clone(s.counts.Questions)}
}

func (s *Server) count(add func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counts)
}

// route lists every call, below both bases that clients use: with and without /rocketsvc.
func (s *Server) route() {
	for _, base := range []string{"", "/rocketsvc"} {
		s.mux.HandleFunc("POST "+base+"/api/v4/auth/login", s.login)
		s.mux.HandleFunc("GET "+base+"/api/v1/oauth2/token", s.oauthV1)
		s.ask(base, "usages", (*asked).usages)
		s.ask(base, "indicators", (*asked).totals)
		s.ask(base, "by-day", (*asked).byDay)
		s.ask(base, "by-month", (*asked).byMonth)
		s.ask(base, "by-publisher", (*asked).byPublisher)
		s.ask(base, "by-category", (*asked).byCategory)
		s.ask(base, "by-tag", (*asked).byTag)
		s.ask(base, "resellers", func(a *asked) any { return a.picker(resellers) })
		s.ask(base, "filters/customers", func(a *asked) any { return a.picker(customers) })
		s.ask(base, "filters/subscriptions", func(a *asked) any { return a.picker(subscriptions) })
	}
}

// ask mounts one kind of question for all providers.
func (s *Server) ask(base, name string, answer func(*asked) any) {
	s.mux.HandleFunc("POST "+base+"/api/v4/{provider}/"+name, func(w http.ResponseWriter, r *http.Request) {
		provider := r.PathValue("provider")
		world, ok := s.worlds[provider]
		if !ok {
			refuse(w, http.StatusNotFound, "no such provider")
			return
		}
		s.count(func(c *Counts) { c.Questions[provider+"/"+name]++ })
		started := time.Now()
		status := s.answer(w, r, world, answer)
		took := time.Since(started).Round(time.Microsecond)
		s.options.Log.Info("question", "provider", provider, "endpoint", name, "status", status, "took", took)
	})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, world *world, answer func(*asked) any) int {
	if err := s.sessions.check(r); err != nil {
		return refuse(w, http.StatusUnauthorized, err.Error())
	}
	if s.options.Deny == world.provider {
		return refuse(w, http.StatusUnauthorized, "the account has no access to "+world.provider)
	}
	if !isJSON(r) {
		return refuse(w, http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	if !s.wait(r) {
		return 0
	}
	if s.options.ErrorRate > 0 && rand.Float64() < s.options.ErrorRate {
		return refuse(w, http.StatusServiceUnavailable, "try again later")
	}
	q, err := readQuestion(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return refuse(w, http.StatusBadRequest, err.Error())
	}
	return reply(w, answer(world.choose(q, dayOf(s.options.Now()), s.options.Lax)))
}

// wait is the latency; it says whether the client is still there afterwards.
func (s *Server) wait(r *http.Request) bool {
	if s.options.Latency == 0 {
		return true
	}
	timer := time.NewTimer(s.options.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func isJSON(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/json"
}

func reply(w http.ResponseWriter, value any) int {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a client that went away wants no answer
	return http.StatusOK
}

func refuse(w http.ResponseWriter, status int, message string) int {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
	return status
}
