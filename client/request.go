package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	r.header.Set("Accept", "application/json")
	resp, err := send[T](ctx, c, r)
	if err != nil || resp.NotModified {
		return resp, err
	}
	if err := json.Unmarshal(resp.Raw, &resp.Body); err != nil {
		return nil, fmt.Errorf("client: the body of %s is not what the contract says: %w", r.path, err)
	}
	return resp, nil
}

// send returns the response to a request without its body decoded. The error of any status but 200 and 304 is a *Problem.
func send[T any](ctx context.Context, c *Client, r *request) (*Response[T], error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	req.Header = r.header
	req.Header.Set("User-Agent", "rocket-gateway-client-go")
	req.SetResponseHandler(readBody)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNotModified:
		return &Response[T]{
			Raw: body, NotModified: resp.StatusCode == http.StatusNotModified, Metadata: metadata(resp.Header),
		}, nil
	}
	return nil, problem(resp, body)
}

// readBody reads the whole body, so that the request is sent again if the connection fails before its end.
func readBody(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return err
}
