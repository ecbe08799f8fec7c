package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

const maxProblem = 64 << 10 // bytes of a response that is not a 200

// client sends requests to a running gateway.
type client struct {
	http.Client
	base, token string
	setting     string // names base
}

// do returns the header and the body of a 200. Any other response is an error with the detail of its problem document.
func (c *client) do(ctx context.Context, method, path string, body io.Reader, name, value string) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set(name, value)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, nil, errors.New("no gateway responds at " + c.base + "; " + c.setting + " sets the address")
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		content, err := io.ReadAll(resp.Body)
		return resp.Header, content, err
	}
	var problem struct{ Detail string }
	_ = json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(&problem)
	return nil, nil, errors.New(strings.TrimSpace(resp.Status + " " + problem.Detail))
}

// adminURL turns an address to listen on into a URL to connect to.
func adminURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "http://" + address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
