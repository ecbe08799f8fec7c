package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

type purgeCommand struct {
	Query string   `xor:"what" required:"" help:"A path of the API with its parameters, as in '/v1/azure/usages?period=2025-06'."`
	Tag   []string `xor:"what" required:"" help:"A tag, as in customer:c-1 or period:2025-06; may be repeated." sep:"none"`
	All   bool     `xor:"what" required:"" help:"Everything."`
	Hard  bool     `help:"Delete entries at once. Default: make them stale until they are fetched again."`
	Token string   `env:"GATEWAY_TOKEN" help:"A token with the scope cache:purge, if the gateway requires tokens."`
	Admin string   `env:"ADMIN_ADDR" default:"127.0.0.1:9090" help:"The admin address of any replica."`
}

const purgeTimeout = 10 * time.Second

// Run purges the cache of a running gateway, which informs the other replicas.
func (c purgeCommand) Run(ctx context.Context, p process) error {
	mode := "soft"
	if c.Hard {
		mode = "hard"
	}
	body, err := json.Marshal(struct {
		Mode  string   `json:"mode"`
		Query string   `json:"query,omitempty"`
		Tags  []string `json:"tags,omitempty"`
		All   bool     `json:"all,omitempty"`
	}{mode, c.Query, c.Tag, c.All})
	if err != nil {
		return err
	}
	gateway := client{base: adminURL(c.Admin), setting: "--admin or ADMIN_ADDR", token: c.Token, Client: http.Client{Timeout: purgeTimeout}}
	if _, _, err = gateway.do(ctx, http.MethodPost, "/cache/purge", bytes.NewReader(body), "Content-Type", "application/json"); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "purged")
	return err
}
