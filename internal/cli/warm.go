package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"
)

type warmCommand struct {
	File        string   `xor:"what" required:"" type:"existingfile" help:"YAML list of paths, as in '- /v1/azure/usages?period=previous'."`
	Months      int      `xor:"what" required:"" help:"The usages of every customer, for the last so many months and the current one."`
	Provider    []string `enum:"azure,aws,gcp" default:"azure,aws,gcp" help:"Providers for --months."`
	URL         string   `default:"http://127.0.0.1:8080" help:"The gateway."`
	Token       string   `env:"GATEWAY_TOKEN" help:"A token for the queries, if the gateway requires tokens."`
	Concurrency int      `default:"4" help:"Queries in flight."`
}

const (
	maxWarmMonths      = 24
	maxWarmConcurrency = 64
	maxWarmFile        = 16 << 20
	warmTimeout        = 2 * time.Minute // of one query
	barWidth           = 40
)

// Run sends queries to a running gateway, so that later callers find them cached.
func (c warmCommand) Run(ctx context.Context, p process) error {
	if c.File == "" && (c.Months < 1 || c.Months > maxWarmMonths) {
		return fmt.Errorf("--months must be from 1 to %d", maxWarmMonths)
	}
	if c.Concurrency < 1 || c.Concurrency > maxWarmConcurrency {
		return fmt.Errorf("--concurrency must be from 1 to %d", maxWarmConcurrency)
	}
	w := &warmer{client: client{base: strings.TrimRight(c.URL, "/"), setting: "--url", token: c.Token, Client: http.Client{
		Timeout: warmTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: c.Concurrency},
	}}}
	defer w.CloseIdleConnections()
	paths, err := c.paths(ctx, w)
	if err != nil {
		return err
	}
	started := time.Now()
	if w.total = len(paths); isTerminal(p.stderr) {
		w.terminal = p.stderr
	}
	w.queryAll(ctx, paths, c.Concurrency)
	fmt.Fprintf(p.stdout, "%d queries in %s: %d fetched, %d cached already, %d failed\n",
		w.fetched+w.cached+w.failed, time.Since(started).Round(time.Millisecond), w.fetched, w.cached, w.failed)
	if w.first != nil {
		return fmt.Errorf("the first failure: %w", w.first)
	}
	return ctx.Err()
}

// paths returns the paths of the queries to send.
func (c warmCommand) paths(ctx context.Context, w *warmer) ([]string, error) {
	if c.File != "" {
		return readPaths(c.File)
	}
	var paths []string
	firstOfMonth := time.Now().AddDate(0, 0, 1-time.Now().Day())
	for _, provider := range c.Provider {
		for back := range c.Months + 1 {
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

// warmer sends queries, counts their outcomes and draws a progress bar.
type warmer struct {
	client
	terminal io.Writer // for the bar; nil: there is none
	total    int

	mu                      sync.Mutex
	fetched, cached, failed int   // guarded by mu
	first                   error // guarded by mu: the first failure
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

// get sends a query with the lowest priority (RFC 9218), so that other callers' queries come first.
func (w *warmer) get(ctx context.Context, path string) (http.Header, []byte, error) {
	return w.do(ctx, http.MethodGet, path, nil, "Priority", "u=7")
}

// queryAll sends queries, a number of them concurrently, until ctx is done.
func (w *warmer) queryAll(ctx context.Context, paths []string, concurrency int) {
	queue := make(chan string)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for path := range queue {
				header, _, err := w.get(ctx, path)
				w.count(path, strings.Contains(header.Get("Cache-Status"), "; hit"), err)
			}
		})
	}
	for i := 0; i < len(paths) && ctx.Err() == nil; i++ {
		select {
		case queue <- paths[i]:
		case <-ctx.Done():
		}
	}
	close(queue)
	workers.Wait()
	if w.terminal != nil {
		fmt.Fprintln(w.terminal)
	}
}

func (w *warmer) count(path string, hit bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil:
		w.failed++
		if w.first == nil {
			w.first = fmt.Errorf("%s: %w", path, err)
		}
	case hit:
		w.cached++
	default:
		w.fetched++
	}
	if done := w.fetched + w.cached + w.failed; w.terminal != nil {
		filled := barWidth * done / w.total
		fmt.Fprintf(w.terminal, "\r[%s%s] %d/%d", strings.Repeat("█", filled), strings.Repeat(" ", barWidth-filled), done, w.total)
	}
}
