package fleet

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const probeInterval = 500 * time.Millisecond

// prober asks unavailable nodes until they reply, and follows a failover to the ones that replace them.
type prober struct {
	client  redis.UniversalClient
	monitor *Monitor
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

func newProber(client redis.UniversalClient, m *Monitor) *prober {
	p := &prober{client: client, monitor: m}
	p.life, p.end = context.WithCancel(context.Background())
	p.running.Go(p.run)
	return p
}

func (p *prober) close() {
	p.end()
	p.running.Wait()
}

// run probes while a node is unavailable.
func (p *prober) run() {
	for {
		select {
		case <-p.life.Done():
			return
		case <-p.monitor.wake:
		}
		ticker := time.NewTicker(probeInterval)
		for addresses, _ := p.monitor.unavailable(); len(addresses) > 0 && p.life.Err() == nil; addresses, _ = p.monitor.unavailable() {
			p.probe(addresses)
			select {
			case <-p.life.Done():
			case <-ticker.C:
			}
		}
		ticker.Stop()
	}
}

// probe has every node that Redis names now reply, which the Monitor sees, and has it forget the others.
func (p *prober) probe(unavailable []string) {
	ctx, cancel := context.WithTimeout(p.life, 2*silence)
	defer cancel()
	cluster, ok := p.client.(*redis.ClusterClient)
	if !ok {
		if p.client.Ping(ctx).Err() == nil {
			p.monitor.forget(unavailable) // the client uses others
		}
		return
	}
	cluster.ReloadState(ctx)
	var mu sync.Mutex
	var named []string
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		mu.Lock()
		named = append(named, node.Options().Addr)
		mu.Unlock()
		_ = node.Ping(ctx).Err() // what counts are the bytes
		return nil
	})
	if err == nil {
		p.monitor.forget(slices.DeleteFunc(unavailable, func(a string) bool { return slices.Contains(named, a) }))
	}
}
