package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type purgeCommand struct {
	Query string   `xor:"what" required:"" help:"A path of the API with its parameters, as in '/v1/azure/usages?period=2025-06'."`
	Tag   []string `xor:"what" required:"" help:"A tag, as in customer:c-1 or period:2025-06; may be repeated." sep:"none"`
	All   bool     `xor:"what" required:"" help:"Everything."`
	Hard  bool     `help:"Gone at once, rather than stale until it is fetched again."`
	Token string   `env:"GATEWAY_TOKEN" help:"A token with the scope cache:purge, where the gateway asks for tokens."`
	Admin string   `env:"ADMIN_ADDR" default:"127.0.0.1:9090" help:"The admin address of any replica."`
}

const purgeTimeout = 10 * time.Second

// Run asks a running gateway, which tells the others.
func (c purgeCommand) Run(ctx context.Context, p process) error {
	mode := "soft"
	if c.Hard {
		mode = "hard"
	}
	ask := map[string]any{"mode": mode}
	switch {
	case c.All:
		ask["all"] = true
	case c.Query != "":
		ask["query"] = c.Query
	default:
		ask["tags"] = c.Tag
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, purgeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+reachable(c.Admin)+"/cache/purge", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no gateway answers at %s; --admin or ADMIN_ADDR says where it is", c.Admin)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		_ = json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&problem)
		return errors.New(strings.TrimSpace(resp.Status + " " + problem.Detail))
	}
	_, err = fmt.Fprintln(p.stdout, "purged")
	return err
}

// reachable turns an address to listen on into one to connect to.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
