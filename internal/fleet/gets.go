package fleet

import (
	"context"
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
	gets    []get
	done    chan struct{}      // closed when replies and err are set
	replies []*redis.StringCmd // nil: err is why they were not sent
	err     error
}

// get is one of them. GETRANGE bounds what it reads.
type get struct {
	key  string
	most int64
}

func (g get) send(ctx context.Context, to redis.Cmdable) *redis.StringCmd {
	return to.GetRange(ctx, g.key, 0, g.most-1)
}

// Get returns the value of a key, at most its first bytes, nil if there is none or it is empty. It fails as Do does. The error is the
// context's if that ends before.
func (r *Redis) Get(ctx context.Context, key string, most int64) ([]byte, error) {
	node, _ := r.node(ctx, key) // else its pipeline fails
	p, n := r.gets.join(node, get{key, most})
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.replies == nil {
		return nil, p.err
	}
	value, err := p.replies[n].Bytes()
	if len(value) == 0 {
		value = nil
	}
	return value, err
}

// join adds a GET to the pipeline to a node, and returns its position there.
func (g *gets) join(node string, one get) (p *pipeline, position int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p = g.open[node]
	if p == nil || len(p.gets) == maxGets {
		p = &pipeline{done: make(chan struct{})}
		g.open[node] = p
		g.redis.running.Go(func() { g.send(node, p) })
	}
	p.gets = append(p.gets, one)
	return p, len(p.gets) - 1
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
	p.err = g.redis.Do(context.Background(), p.gets[0].key, func(ctx context.Context) error { return p.run(ctx, g.redis.Client) })
}

// run returns the first error.
func (p *pipeline) run(ctx context.Context, client redis.UniversalClient) error {
	if len(p.gets) == 1 {
		p.replies = []*redis.StringCmd{p.gets[0].send(ctx, client)}
		return p.replies[0].Err()
	}
	commands := client.Pipeline()
	p.replies = make([]*redis.StringCmd, len(p.gets))
	for i, one := range p.gets {
		p.replies[i] = one.send(ctx, commands)
	}
	_, err := commands.Exec(ctx)
	return err
}
