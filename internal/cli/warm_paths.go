package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const maxWarmFile = 16 << 20 // bytes

// paths returns the paths of the queries to send.
func (c warmCommand) paths(ctx context.Context, w *warmer) ([]string, error) {
	switch {
	case c.File != "":
		return readPaths(c.File)
	case c.Trend:
		return c.trends(), nil
	default:
		return c.usages(ctx, w)
	}
}

func readPaths(file string) ([]string, error) {
	f, err := os.Open(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxWarmFile))
	if err != nil {
		return nil, err
	}
	var paths []string
	if err := yaml.Unmarshal(content, &paths); err != nil {
		return nil, fmt.Errorf("%s: must be a YAML list of paths: %w", file, err)
	}
	for i, path := range paths {
		if !strings.HasPrefix(path, "/v1/") {
			return nil, fmt.Errorf("%s: entry %d is no path of the API, as in /v1/azure/usages?period=previous: %q", file, i+1, path)
		}
	}
	return paths, nil
}

// trends returns one query per provider: the gateway fetches and stores the usages of each month of a trend as their own entry.
func (c warmCommand) trends() (paths []string) {
	for _, provider := range c.Provider {
		path := "/v1/" + provider + "/trend"
		if c.Months != nil {
			path += "?months=" + strconv.Itoa(*c.Months)
		}
		paths = append(paths, path)
	}
	return paths
}

// usages returns the usages of each month, of all customers together and of each one, whom it asks the gateway for.
func (c warmCommand) usages(ctx context.Context, w *warmer) (paths []string, err error) {
	firstOfMonth := time.Now().AddDate(0, 0, 1-time.Now().Day())
	for _, provider := range c.Provider {
		for back := range *c.Months + 1 {
			period := "?period=" + firstOfMonth.AddDate(0, -back, 0).Format("2006-01")
			customers, err := w.customers(ctx, "/v1/"+provider+"/customers"+period)
			if err != nil {
				return nil, err
			}
			usages := "/v1/" + provider + "/usages" + period
			paths = append(paths, usages)
			for _, id := range customers {
				paths = append(paths, usages+"&customer_id="+url.QueryEscape(id.Value))
			}
		}
	}
	return paths, nil
}

func (w *warmer) customers(ctx context.Context, path string) (rows []struct{ Value string }, err error) {
	_, body, err := w.get(ctx, path)
	if err == nil {
		err = json.Unmarshal(body, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}
