package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// patience is how long reading files may take without a word.
const patience = 10 * time.Second

// reloader takes over settings whose files have changed. The environment of a process stays what it is, so what can change is
// what stands in files. One goroutine uses it.
type reloader struct {
	*gateway
	environ []string
	level   *slog.LevelVar
	taken   *config.Config // what is in effect, but for what waits for the next start
	known   marks          // of the files of taken, from before they were read
	failure string         // of the last try; empty where there was none
	waits   bool           // something is new that waits for the next start
	leaving []retired
}

// reload reads all settings again and takes over what is new, or nothing where anything is wrong. A certificate is taken in any
// case: it expires whatever is wrong elsewhere.
func (r *reloader) reload() {
	defer time.AfterFunc(patience, r.hangs).Stop()
	changed := r.renewCertificate()
	further, err := r.take()
	if err != nil {
		r.notTaken()
		r.complain(err, changed)
		return
	}
	r.settings.Store(&telemetry.Settings{Taken: !r.waits, Read: time.Now()})
	r.failure = ""
	r.tell(append(changed, further...))
}

func (r *reloader) notTaken() {
	r.settings.Store(&telemetry.Settings{Taken: false, Read: r.settings.Load().Read})
}

// hangs tells of files that let nobody read them, as those of a network that is gone: until they do, no others are taken over.
func (r *reloader) hangs() {
	r.notTaken()
	r.log.Error("reading the settings again hangs; the old ones stay", "for", patience.String())
}

// tell is heard whatever the level, which may be what has changed.
func (r *reloader) tell(changed []string) {
	telemetry.Always(r.log).Info("the settings were read again", "changed", append([]string{}, changed...))
}

// complain tells of a fault once, and not again with every try.
func (r *reloader) complain(err error, changed []string) {
	if len(changed) > 0 {
		r.tell(changed)
	}
	if r.failure == err.Error() {
		return
	}
	r.failure = err.Error()
	for fault := range strings.SplitSeq(r.failure, "\n") {
		r.log.Error("the changed settings are not taken; the old ones stay", "fault", fault)
	}
}

func (r *reloader) renewCertificate() (changed []string) {
	if r.certificate != nil && r.certificate.renew() {
		changed = append(changed, "TLS_CERT_FILE")
	}
	return changed
}

// take makes all that may fail before it changes anything.
func (r *reloader) take() (changed []string, err error) {
	c, err := load(r.environ)
	if err != nil {
		return nil, err
	}
	var keys *verifier
	if r.auth != nil {
		if keys, err = r.auth.replaced(c, r.log); err != nil {
			return nil, err
		}
	}
	changed, err = r.applyAccounts(c)
	if err != nil {
		return nil, err
	}
	changed = slices.Concat(changed, r.takeKeys(keys), r.takeRedis(c), r.takeLevel(c))
	r.warn(c)
	r.taken = c
	return changed, nil
}

// applyAccounts returns the accounts that are new, changed or removed.
func (r *reloader) applyAccounts(c *config.Config) (changed []string, err error) {
	changed, replaced, err := r.pool.Apply(accounts(c))
	if err != nil {
		return nil, err
	}
	r.server.Forget()
	r.metrics.BeginRocket(r.pool.Names(), nil)
	for _, client := range replaced {
		r.retire(client.Close)
	}
	return changed, nil
}

func (r *reloader) takeKeys(keys *verifier) (changed []string) {
	if keys == nil {
		return nil
	}
	r.retire(r.auth.take(keys).Close)
	if r.config.AuthPublicKeyFile != "" {
		return []string{"AUTH_PUBLIC_KEY_FILE"}
	}
	return []string{"AUTH_HS256_SECRET"}
}

func (r *reloader) takeRedis(c *config.Config) (changed []string) {
	if r.redis == nil {
		return nil
	}
	renewed, err := r.redis.Relogin(c.RedisURL.Reveal())
	if r.waits = errors.Is(err, fleet.ErrElsewhere); r.waits {
		r.log.Warn("REDIS_URL " + err.Error())
	}
	if renewed {
		return []string{"REDIS_URL"}
	}
	return nil
}

func (r *reloader) takeLevel(c *config.Config) (changed []string) {
	if c.LogLevel == r.level.Level() {
		return nil
	}
	r.level.Set(c.LogLevel)
	return []string{"LOG_LEVEL"}
}

// warn tells of what was no reason for a warning before.
func (r *reloader) warn(c *config.Config) {
	for _, w := range c.Warnings {
		if !slices.Contains(r.taken.Warnings, w) {
			r.log.Warn(w)
		}
	}
}
