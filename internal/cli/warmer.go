package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// warmer sends queries, counts their outcomes and draws a progress bar.
type warmer struct {
	client
	terminal io.Writer // for the bar; nil: there is none
	total    int

	mu                      sync.Mutex
	fetched, cached, failed int   // guarded by mu
	first                   error // guarded by mu: the first failure
}

// get sends a query with the lowest priority (RFC 9218), so that other callers' queries come first.
func (w *warmer) get(ctx context.Context, path string) (http.Header, []byte, error) {
	return w.do(ctx, http.MethodGet, path, nil, "Priority", "u=7")
}

// queryAll sends queries, a number of them concurrently, until ctx is done.
func (w *warmer) queryAll(ctx context.Context, paths []string, concurrency int) {
	w.total = len(paths)
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

// count counts a query, unless a signal has cut it short: its outcome is unknown then.
func (w *warmer) count(path string, hit bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(err, context.Canceled):
		return
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
	if w.terminal != nil {
		filled := barWidth * w.done() / w.total
		fmt.Fprintf(w.terminal, "\r[%s%s] %d/%d", strings.Repeat("█", filled), strings.Repeat(" ", barWidth-filled), w.done(), w.total)
	}
}

const barWidth = 40

// done returns the number of queries whose outcome is known.
func (w *warmer) done() int { return w.fetched + w.cached + w.failed }

func (w *warmer) summary(took time.Duration) string {
	noun := "queries"
	if w.done() == 1 {
		noun = "query"
	}
	text := fmt.Sprintf("%d %s in %s: %d fetched, %d cached already, %d failed",
		w.done(), noun, took.Round(time.Millisecond), w.fetched, w.cached, w.failed)
	if left := w.total - w.done(); left > 0 {
		text += fmt.Sprintf(", %d left", left)
	}
	return text
}
