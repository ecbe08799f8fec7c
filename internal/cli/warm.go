package cli

import (
	"context"
	"encoding/json"
	"errors"
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
	Token       string   `env:"GATEWAY_TOKEN" help:"A token for the questions, where the gateway asks for tokens."`
	Concurrency int      `default:"4" help:"Questions in flight."`
}

const (
	maxWarmMonths      = 24
	maxWarmConcurrency = 64
	maxWarmFile        = 16 << 20
	warmTimeout        = 2 * time.Minute // of one question
)

// Run asks a running gateway, so that people who come later find the answers cached.
func (c warmCommand) Run(ctx context.Context, p process) error {
	if c.File == "" && (c.Months < 1 || c.Months > maxWarmMonths) {
		return fmt.Errorf("--months must be from 1 to %d", maxWarmMonths)
	}
	if c.Concurrency < 1 || c.Concurrency > maxWarmConcurrency {
		return fmt.Errorf("--concurrency must be from 1 to %d", maxWarmConcurrency)
	}
	w := &warmer{base: strings.TrimRight(c.URL, "/"), token: c.Token, client: &http.Client{
		Timeout: warmTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: c.Concurrency},
	}}
	defer w.client.CloseIdleConnections()
	paths, err := c.paths(ctx, w)
	if err != nil {
		return err
	}
	started := time.Now()
	w.progress = newProgress(p.stderr, len(paths))
	w.askAll(ctx, paths, c.Concurrency)
	w.progress.end()
	fmt.Fprintf(p.stdout, "%d questions in %s: %d fetched, %d cached already, %d failed\n",
		w.fetched+w.cached+w.failed, time.Since(started).Round(time.Millisecond), w.fetched, w.cached, w.failed)
	if w.first != nil {
		return fmt.Errorf("the first failure: %w", w.first)
	}
	return ctx.Err()
}

// paths are the questions to ask.
func (c warmCommand) paths(ctx context.Context, w *warmer) ([]string, error) {
	if c.File != "" {
		return readPaths(c.File)
	}
	var paths []string
	for _, provider := range c.Provider {
		for back := range c.Months + 1 {
			month := time.Now().AddDate(0, 0, 1-time.Now().Day()).AddDate(0, -back, 0).Format("2006-01")
			list := "/v1/" + provider + "/customers?period=" + month
			customers, err := w.customers(ctx, list)
			if err != nil {
				return nil, err
			}
			paths = append(paths, "/v1/"+provider+"/usages?period="+month)
			for _, id := range customers {
				paths = append(paths, "/v1/"+provider+"/usages?period="+month+"&customer_id="+url.QueryEscape(id))
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

// warmer asks, and counts what came of it.
type warmer struct {
	base     string
	token    string
	client   *http.Client
	progress *progress

	mu                      sync.Mutex
	fetched, cached, failed int   // guarded by mu
	first                   error // guarded by mu: the first failure
}

func (w *warmer) customers(ctx context.Context, path string) ([]string, error) {
	var rows []struct{ Value string }
	body, _, err := w.get(ctx, path)
	if err == nil {
		err = json.Unmarshal(body, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Value
	}
	return ids, nil
}

// askAll asks with so many questions in flight, until the context ends.
func (w *warmer) askAll(ctx context.Context, paths []string, concurrency int) {
	queue := make(chan string)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			for path := range queue {
				_, hit, err := w.get(ctx, path)
				w.count(path, hit, err)
			}
		})
	}
	for _, path := range paths {
		select {
		case queue <- path:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	workers.Wait()
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
	w.progress.step()
}

func (w *warmer) get(ctx context.Context, path string) (body []byte, hit bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Priority", "u=7") // RFC 9218: behind whatever people ask
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, false, errors.New("no gateway answers at " + w.base)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, false, err
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		_ = json.Unmarshal(body, &problem)
		return nil, false, errors.New(strings.TrimSpace(resp.Status + " " + problem.Detail))
	}
	return body, strings.Contains(resp.Header.Get("Cache-Status"), "; hit"), nil
}
