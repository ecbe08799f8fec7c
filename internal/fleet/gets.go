package fleet

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/redis/go-redis/v9"
)

// maxGets bounds a pipeline, and so the wait for the values before one, and the memory of large ones.
const maxGets = 32

// gets sends the GETs that are due at the same time as one pipeline to each node: a busy replica pays for its system calls once.
type gets struct {
	redis *Redis

	mu   sync.Mutex
	open map[string]*pipeline // guarded by mu, by the address of the node: the ones that are not sent yet
}

// pipeline is GETs that are sent together.
type pipeline struct {
	keys    []string
	done    chan struct{}      // closed when replies and err are set
	replies []*redis.StringCmd // nil: err is why they were not sent
	err     error
}

// Get returns the value of a key, nil if there is none, and fails as Do does. The error is the context's if that ends before.
func (r *Redis) Get(ctx context.Context, key string) ([]byte, error) {
	node, _ := r.node(ctx, key) // else its pipeline fails
	p, n := r.gets.join(node, key)
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.replies == nil {
		return nil, p.err
	}
	value, err := p.replies[n].Bytes()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return value, err
}

// join adds a key to the pipeline to a node, and returns its position there.
func (g *gets) join(node, key string) (p *pipeline, position int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p = g.open[node]
	if p == nil || len(p.keys) == maxGets {
		p = &pipeline{done: make(chan struct{})}
		g.open[node] = p
		g.redis.running.Go(func() { g.send(node, p) })
	}
	p.keys = append(p.keys, key)
	return p, len(p.keys) - 1
}

// send sends a pipeline as soon as every goroutine that is ready to add a key has done so.
func (g *gets) send(node string, p *pipeline) {
	defer close(p.done)
	runtime.Gosched()
	g.mu.Lock()
	if g.open[node] == p {
		delete(g.open, node)
	}
	g.mu.Unlock()
	p.err = g.redis.Do(context.Background(), p.keys[0], func(ctx context.Context) error { return p.run(ctx, g.redis.Client) })
}

// run returns the first error that is not the absence of a value.
func (p *pipeline) run(ctx context.Context, client redis.UniversalClient) error {
	if len(p.keys) == 1 {
		p.replies = []*redis.StringCmd{client.Get(ctx, p.keys[0])}
		return p.replies[0].Err()
	}
	commands := client.Pipeline()
	p.replies = make([]*redis.StringCmd, len(p.keys))
	for i, key := range p.keys {
		p.replies[i] = commands.Get(ctx, key)
	}
	_, _ = commands.Exec(ctx) // it returns the absence of a value too
	for _, reply := range p.replies {
		if err := reply.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	return nil
}
