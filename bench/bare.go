package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/redis/go-redis/v9"
)

// bareSettings are those of a bare handler, which runs in a separate process, this command again, so that its processor time can
// be measured.
type bareSettings struct {
	Address, Origin string
	Chi             bool
	Redis           string      // the address; empty: the body is in the process
	Header          http.Header // that it sends more
}

const bareVariable = "BENCH_BARE"

// bare starts a bare handler.
func bare(name string, change func(*bareSettings, []*server)) starter {
	return func(ctx context.Context, l *lab, o *origin, earlier []*server) (*server, error) {
		address, err := freeAddress()
		b := bareSettings{Address: address, Origin: o.url + path}
		change(&b, earlier)
		text, textErr := json.Marshal(b)
		self, selfErr := os.Executable()
		if err := errors.Join(err, textErr, selfErr); err != nil {
			return nil, err
		}
		s := &server{name: name, base: "http://" + address}
		s.pid, err = l.start(ctx, serverCore, []string{bareVariable + "=" + string(text)}, self)
		return s, err
	}
}

func unchanged(*bareSettings, []*server) {}

// sameHeaders has a bare handler send what the gateway sends.
func sameHeaders(b *bareSettings, earlier []*server) {
	if s, err := named(earlier, gatewayName); err == nil {
		b.Header = s.sends
	}
}

func init() {
	var b bareSettings
	if json.Unmarshal([]byte(os.Getenv(bareVariable)), &b) != nil {
		return
	}
	handler, err := b.handler()
	if err == nil {
		s := &http.Server{Addr: b.Address, ReadHeaderTimeout: time.Minute, Handler: handler}
		err = s.ListenAndServe()
	}
	_, _ = io.WriteString(os.Stderr, err.Error())
	os.Exit(1)
}

func (b *bareSettings) handler() (http.Handler, error) {
	resp, err := http.Get(b.Origin)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	send := newSender(content)
	h := func(w http.ResponseWriter, r *http.Request) {
		for name, values := range b.Header {
			w.Header()[name] = values
		}
		send.serve(w, r)
	}
	switch {
	case b.Redis != "":
		return storedHandler(b.Redis, content)
	case b.Chi:
		r := chi.NewRouter()
		r.Use(middleware.RequestID, middleware.Recoverer, middleware.GetHead, middleware.CleanPath, middleware.StripSlashes)
		r.Get("/v1/{provider}/usages", h)
		return r, nil
	default:
		return http.HandlerFunc(h), nil
	}
}

// storedHandler gets the body of each query from Redis.
func storedHandler(address string, content []byte) (http.Handler, error) {
	client := redis.NewClient(&redis.Options{Addr: address})
	for n := range spread {
		if err := client.Set(context.Background(), spreadPath(n), content, 0).Err(); err != nil {
			return nil, err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := client.Get(r.Context(), r.URL.RequestURI()).Bytes()
		if errors.Is(err, redis.Nil) {
			body = content
		} else if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		setHeader(w.Header(), len(body))
		_, _ = w.Write(body) //nolint:gosec // our own body
	}), nil
}

// sender sends a body as it is or as gzip, or 304.
type sender struct{ identity, gzip []byte }

func newSender(body []byte) sender {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	return sender{body, b.Bytes()}
}

const entityTag = `"bench"`

func (s *sender) serve(w http.ResponseWriter, r *http.Request) {
	body := s.identity
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = s.gzip
		w.Header().Set("Content-Encoding", "gzip")
	}
	if match := r.Header.Get("If-None-Match"); match != "" && (match == entityTag || match == w.Header().Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	setHeader(w.Header(), len(body))
	_, _ = w.Write(body)
}
