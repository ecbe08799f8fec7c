package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

const maxProblem = 64 << 10 // bytes of a response that is not a 200

// client sends requests to a running gateway.
type client struct {
	http.Client
	base, token string
	setting     string // names base
}

// do returns the header and the body of a 200. Any other response is an error that says why, as far as the gateway does.
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
		return nil, nil, c.unreachable(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		content, err := io.ReadAll(resp.Body)
		return resp.Header, content, err
	}
	return nil, nil, errors.New(resp.Status + reason(resp.Body))
}

func (c *client) unreachable(ctx context.Context, err error) error {
	var failure *url.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failure) && failure.Timeout():
		return fmt.Errorf("the gateway at %s did not respond within %s", c.base, c.Timeout)
	default:
		return errors.New("no gateway responds at " + c.base + "; " + c.setting + " sets the address")
	}
}

// reason returns what the body of a response says of its status: the detail of a problem, or the status of the admin listener. It is
// empty if the body is neither.
func reason(body io.Reader) string {
	var document struct {
		Detail string
		Status any // a number in a problem
	}
	_ = json.NewDecoder(io.LimitReader(body, maxProblem)).Decode(&document)
	if word, ok := document.Status.(string); ok {
		document.Detail = word
	}
	if document.Detail == "" {
		return ""
	}
	return ": " + printable(document.Detail)
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
