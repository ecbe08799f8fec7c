package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

type healthcheckCommand struct {
	Ready bool `help:"Ask whether load balancers should send requests, rather than whether the process lives."`
}

const healthcheckTimeout = 2 * time.Second

// Run asks the gateway at ADMIN_ADDR, for images without a shell. It prints nothing where all is well.
func (h healthcheckCommand) Run(ctx context.Context, p process) error {
	c, err := config.LoadOnly(p.environ, "ADMIN_ADDR")
	if err != nil {
		return err
	}
	path := "/livez"
	if h.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(c.AdminAddr)+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("no gateway answers at " + c.AdminAddr)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s", path, resp.Status)
	}
	return nil
}
