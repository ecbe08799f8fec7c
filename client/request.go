package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hashicorp/go-retryablehttp"
)

// request is a GET before it is sent. Values that are zero are left out.
type request struct {
	path   string
	query  url.Values
	header http.Header
}

// newRequest returns a request for a path, in which %s is the provider.
func newRequest(path string, provider ...Provider) *request {
	for _, p := range provider {
		path = fmt.Sprintf(path, url.PathEscape(string(p)))
	}
	return &request{path: path, query: url.Values{}, header: http.Header{}}
}

func (r *request) set(name string, values ...string) {
	for _, value := range values {
		if value != "" {
			r.query.Add(name, value)
		}
	}
}

func (r *request) number(name string, value int) {
	if value != 0 {
		r.set(name, strconv.Itoa(value))
	}
}

func (r *request) field(name, value string) {
	if value != "" {
		r.header.Set(name, value)
	}
}

// get sends a request and decodes the JSON body of the response.
func get[T any](ctx context.Context, c *Client, r *request) (*Response[T], error) {
	resp, err := send[T](ctx, c, r, "application/json")
	if err != nil || resp.NotModified {
		return resp, err
	}
	if err := json.Unmarshal(resp.Raw, &resp.Body); err != nil {
		return resp, errorf(c, r, "the body is not what the contract says: %w (X-Request-Id %q)", err, resp.RequestID)
	}
	return resp, nil
}

// send returns the response to a request for a media type, without its body decoded. Any status but 200, and 304 to IfNoneMatch, is a
// *Problem.
func send[T any](ctx context.Context, c *Client, r *request, accept string) (*Response[T], error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, errorf(c, r, "%w", withoutURL(err))
	}
	req.Header = r.header
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", "rocket-gateway-client-go")
	resp, attempts, err := c.do(req) //nolint:bodyclose // readBody closes it
	if err != nil {
		return nil, errorf(c, r, "%w", withoutURL(err))
	}
	result := &Response[T]{Raw: attempts.body, Metadata: metadata(resp.Header)}
	switch {
	case resp.StatusCode == http.StatusNotModified && r.header.Get("If-None-Match") != "":
		result.NotModified = true
	case resp.StatusCode != http.StatusOK:
		return nil, problem(resp, attempts)
	case len(result.Raw) == 0 || mediaType(resp.Header) != accept:
		return result, errorf(c, r, "the response is a 200 with %d bytes of %q instead of %s (X-Request-Id %q)",
			len(result.Raw), resp.Header.Get("Content-Type"), accept, result.RequestID)
	}
	return result, nil
}

// mediaType returns the type of a body in lower case, without parameters.
func mediaType(header http.Header) string {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return media
}

// errorf returns an error that names a request without its query, which has what the caller searches for.
func errorf(c *Client, r *request, format string, details ...any) error {
	return fmt.Errorf("client: GET %s%s: %w", c.base, r.path, fmt.Errorf(format, details...))
}

// withoutURL returns what a *url.Error wraps.
func withoutURL(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
