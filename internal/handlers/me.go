package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/form"
	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// GetMe serves GET /v1/me.
func (s *Server) GetMe(w http.ResponseWriter, r *http.Request) error {
	pairs := form.Read(r.URL.RawQuery)
	for pairs.Next() {
		pairs.Unknown()
	}
	switch faults := pairs.Faults(); {
	case len(faults) > 0:
		return &fault.Error{Kind: fault.InvalidRequest, Params: faults}
	case !acceptsJSON(r.Header["Accept"]):
		return notAcceptable()
	}
	caller, err := s.callerOf(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(me(caller)) // text and times alone never fail
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Vary"] = s.vary
	h.Set("Cache-Control", cacheControlError)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
	return nil
}

func me(caller *auth.Caller) openapi.Me {
	m := openapi.Me{
		Issuer: caller.Issuer, Subject: caller.Subject, Client: caller.Client, Scopes: caller.Scopes, ExpiresAt: caller.Expires.UTC(),
	}
	granted := profiles(caller)
	for _, p := range []query.Provider{query.Azure, query.AWS, query.GCP} {
		m.Providers = append(m.Providers, reach(p, granted.Access(p)))
	}
	return m
}

func reach(provider query.Provider, r tenancy.Access) openapi.ProviderReach {
	told := openapi.ProviderReach{
		Provider: openapi.Provider(provider), Denied: r.Denied, Level: openapi.ProviderReachLevel(r.Level), Views: r.Views, Costs: r.Costs,
	}
	for _, b := range r.Bounds {
		one := openapi.Reach{ResourceType: openapi.ReachResourceType(b.Type), Resources: b.IDs}
		if b.All {
			one.Resources = []string{"*"}
		}
		told.Reach = append(told.Reach, one)
	}
	return told
}
