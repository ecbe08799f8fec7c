package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// Response is a body with what the gateway says of it.
//
// A [Problem] and an error of the connection come without a response. A 200 with another body than the contract's is an error too, and
// comes with all of the response that there is: Raw, the Metadata, and what could be decoded of Body.
type Response[T any] struct {
	Body T
	// Raw is the body as the gateway sent it, also with members that this package does not know.
	Raw []byte
	// NotModified reports that the body which the caller has, by the IfNoneMatch of its parameters, is the current one. Body and Raw are
	// empty then. It is false without IfNoneMatch.
	NotModified bool

	Metadata
}

// Metadata is what the header of a response says of its body. Fields that a response does not have are zero. A response of [Client.Me] has
// only RequestID and Header.
type Metadata struct {
	ETag         string        // of the body, for IfNoneMatch
	Age          time.Duration // since Rocket sent the body
	FreshFor     time.Duration // how long the caller may keep using the body before it asks again; zero if it is stale
	LastModified time.Time     // when the gateway first saw this content
	PeriodState  PeriodState   // of the billed period, when the body was fetched
	CacheStatus  CacheStatus

	ContentLocation string // canonical URL of the response, with all defaults named, relative to the gateway's
	TotalCount      int    // rows on all pages; only with a limit
	RequestID       string // under which the gateway's log has the request

	Header http.Header // all of it
}

// CacheStatus is how the gateway's cache handled a request (RFC 9211).
type CacheStatus struct {
	Hit    bool
	TTL    time.Duration // of a hit: remaining freshness, negative if it is stale
	Detail string        // of a hit: the tier, memory or redis

	Fwd       string // why the gateway went to Rocket: miss, stale or request; empty for a hit
	FwdStatus int    // status of Rocket's response, zero without one
	Stored    bool   // the gateway cached the response
	Collapsed bool   // the request waited for that of another caller
}

func metadata(header http.Header) Metadata {
	modified, _ := http.ParseTime(header.Get("Last-Modified"))
	total, _ := strconv.Atoi(header.Get("X-Total-Count"))
	age := max(0, seconds(header.Get("Age")))
	return Metadata{
		ETag: header.Get("ETag"), Age: age, FreshFor: max(0, maxAge(header)-age), LastModified: modified,
		PeriodState: PeriodState(header.Get("X-Period-State")), CacheStatus: cacheStatus(header),
		ContentLocation: header.Get("Content-Location"), TotalCount: total, RequestID: header.Get("X-Request-Id"), Header: header,
	}
}

// maxAge returns the max-age of Cache-Control.
func maxAge(header http.Header) time.Duration {
	for directive := range strings.SplitSeq(header.Get("Cache-Control"), ",") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age="); ok {
			return seconds(value)
		}
	}
	return 0
}

// cacheStatus returns the gateway's member of Cache-Status; caches between it and the caller add their own.
func cacheStatus(header http.Header) (s CacheStatus) {
	list, _ := httpsfv.UnmarshalList(header.Values("Cache-Status"))
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		if !ok || item.Value != httpsfv.Token("rocket-gateway") {
			continue
		}
		s = CacheStatus{
			Hit: param[bool](item, "hit"), TTL: time.Duration(param[int64](item, "ttl")) * time.Second,
			Detail: string(param[httpsfv.Token](item, "detail")), Fwd: string(param[httpsfv.Token](item, "fwd")),
			FwdStatus: int(param[int64](item, "fwd-status")), Stored: param[bool](item, "stored"), Collapsed: param[bool](item, "collapsed"),
		}
	}
	return s
}

// param returns a parameter of an item, or the zero value if it is missing or of another type.
func param[T any](item httpsfv.Item, name string) T {
	value, _ := item.Params.Get(name)
	t, _ := value.(T)
	return t
}
