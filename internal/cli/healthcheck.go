package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

type healthcheckCommand struct {
	Ready bool `help:"Check whether the gateway is ready for requests, not only alive."`
}

const healthcheckTimeout = 2 * time.Second

// Run checks the gateway at ADMIN_ADDR, for images without a shell. It prints nothing on success.
func (h healthcheckCommand) Run(ctx context.Context, p process) error {
	settings, err := config.LoadOnly(p.environ, "ADMIN_ADDR")
	if err != nil {
		return err
	}
	path := "/livez"
	if h.Ready {
		path = "/readyz"
	}
	c := client{base: adminURL(settings.AdminAddr), setting: "ADMIN_ADDR", Client: http.Client{Timeout: healthcheckTimeout}}
	_, _, err = c.do(ctx, http.MethodGet, path, nil, "Accept", "*/*")
	return err
}
