package main

import (
	"net/http"
	"sync"
	"time"
)

// nginxLike has the semantics of nginx with proxy_cache_lock, proxy_cache_background_update and proxy_cache_use_stale error timeout
// updating http_500 http_502 http_503 http_504, proxy_cache_valid 200 5m, and entries that are kept all week. Its key is the URL as
// it was sent, and the subject if callers must not share.
type nginxLike struct {
	plain
	bySubject bool

	entriesMu sync.Mutex
	entries   map[string]*nginxEntry // guarded by entriesMu
}

type nginxEntry struct {
	kept          // zero until the first success
	updating bool // one request fetches
	lockedAt time.Time
}

const (
	nginxValid   = 5 * time.Minute
	lockTimeout  = 5 * time.Second        // also proxy_cache_lock_age
	lockInterval = 500 * time.Millisecond // in which nginx looks for the end of a lock
)

func (n *nginxLike) serve(v visit) served {
	key := v.path + "?" + v.raw
	if n.bySubject || v.tenant >= 0 { // tenants never share: without the subject, the frontend would have to name the tenant
		key += " " + subjectKey(v, n.bySubject)
	}
	for begun := time.Now(); ; time.Sleep(lockInterval) {
		there, leads := n.look(key)
		switch {
		case there.status != 0 && leads:
			go n.update(key, v)
			return there.served
		case there.status != 0:
			return there.served
		case leads:
			return n.update(key, v)
		case time.Since(begun) >= lockTimeout: // not cached
			return n.plain.serve(v)
		}
	}
}

func subjectKey(v visit, bySubject bool) string {
	if bySubject {
		return v.subject
	}
	return tenantID(v.tenant)
}

// look returns the entry, which may be absent, and reports whether this request is the one that fetches.
func (n *nginxLike) look(key string) (there kept, leads bool) {
	n.entriesMu.Lock()
	defer n.entriesMu.Unlock()
	e := n.entries[key]
	if e == nil {
		e = &nginxEntry{}
		n.entries[key] = e
	}
	switch {
	case e.status != 0 && time.Now().Before(e.until):
	case !e.updating, e.status == 0 && time.Since(e.lockedAt) >= lockTimeout:
		e.updating, e.lockedAt, leads = true, time.Now(), true
	}
	return e.kept, leads
}

// update fetches, and keeps a success.
func (n *nginxLike) update(key string, v visit) served {
	got := n.plain.serve(v)
	n.entriesMu.Lock()
	defer n.entriesMu.Unlock()
	e := n.entries[key]
	e.updating = false
	if got.status == http.StatusOK {
		e.kept = kept{got, time.Now().Add(nginxValid)}
	}
	return got
}
