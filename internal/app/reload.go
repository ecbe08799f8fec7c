package app

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

// hangAfter is how long reading the files may take before it counts as a failure.
const hangAfter = 10 * time.Second

// reloader applies settings whose files have changed. The environment of a process never changes, so only what is in files can.
// One goroutine uses it.
type reloader struct {
	*App
	metrics   reloadMetrics
	environ   []string
	level     *slog.LevelVar
	requested chan struct{}  // by Reload
	applied   *config.Config // what is in effect, apart from what needs a restart
	known     fileStates     // of the files of applied, from before they were read
	failure   string         // of the last attempt; empty after a success
	pending   bool           // a change needs a restart
	waiting   []replaced
}

// reload reads all settings again and applies what has changed, or nothing if there is any fault. A certificate is applied in any
// case: it expires whatever is wrong elsewhere.
func (r *reloader) reload() {
	defer time.AfterFunc(hangAfter, r.reportHang).Stop()
	changed := r.reloadCertificate()
	further, err := r.apply()
	if err != nil {
		r.metrics.failed()
		r.reportFailure(err, changed)
		return
	}
	r.metrics.applied(!r.pending)
	r.failure = ""
	r.report(append(changed, further...))
}

// reportHang logs that files cannot be read, as those of a network file system that is down: until they can, no others are applied.
func (r *reloader) reportHang() {
	r.metrics.failed()
	r.log.Error("reading the settings hangs, previous settings remain", "for", hangAfter.String())
}

// report logs at every level: the level may be what has changed.
func (r *reloader) report(changed []string) {
	telemetry.Always(r.log).Info("settings applied", "changed", append([]string{}, changed...))
}

// reportFailure logs a failure once, and not again with every attempt.
func (r *reloader) reportFailure(err error, changed []string) {
	if len(changed) > 0 {
		r.report(changed)
	}
	if r.failure == err.Error() {
		return
	}
	r.failure = err.Error()
	for fault := range strings.SplitSeq(r.failure, "\n") {
		r.log.Error("changed settings not applied", "fault", fault)
	}
}

func (r *reloader) reloadCertificate() (changed []string) {
	if r.certificate != nil && r.certificate.Reload() {
		changed = append(changed, "TLS_CERT_FILE")
	}
	return changed
}

// apply builds everything that may fail before it changes anything.
func (r *reloader) apply() (changed []string, err error) {
	c, err := Load(r.environ)
	if err != nil {
		return nil, err
	}
	var keys *verifier
	if r.auth != nil {
		if keys, err = r.auth.changed(c, r.log); err != nil {
			return nil, err
		}
	}
	if changed, err = r.applyAccounts(c); err != nil {
		return nil, err
	}
	changed = slices.Concat(changed, r.applyKeys(keys), r.applyRedis(c), r.applyLevel(c))
	r.warn(c)
	r.applied = c
	return changed, nil
}

// applyAccounts returns the accounts that were added, changed or removed. After an error nothing has changed.
func (r *reloader) applyAccounts(c *config.Config) (changed []string, err error) {
	changed, replaced, err := r.pool.Apply(accounts(c))
	if err != nil {
		return nil, err
	}
	r.server.Forget()
	for _, client := range replaced {
		r.closeLater(client.Close)
	}
	return changed, nil
}

func (r *reloader) applyKeys(keys *verifier) (changed []string) {
	if keys == nil {
		return nil
	}
	r.closeLater(r.auth.swap(keys).Close)
	if r.config.AuthPublicKeyFile != "" {
		return []string{"AUTH_PUBLIC_KEY_FILE"}
	}
	return []string{"AUTH_HS256_SECRET"}
}

func (r *reloader) applyRedis(c *config.Config) (changed []string) {
	if r.redis == nil {
		return nil
	}
	renewed, err := r.redis.Relogin(c.RedisURL.Reveal())
	if r.pending = errors.Is(err, fleet.ErrElsewhere); r.pending {
		r.log.Warn("REDIS_URL " + err.Error())
	}
	if renewed {
		return []string{"REDIS_URL"}
	}
	return nil
}

func (r *reloader) applyLevel(c *config.Config) (changed []string) {
	if c.LogLevel == r.level.Level() {
		return nil
	}
	r.level.Set(c.LogLevel)
	return []string{"LOG_LEVEL"}
}

// warn logs the warnings that the applied settings did not have.
func (r *reloader) warn(c *config.Config) {
	for _, w := range c.Warnings {
		if !slices.Contains(r.applied.Warnings, w) {
			r.log.Warn(w)
		}
	}
}

// replaced is a component of former settings. Requests that began before the reload may still use it.
type replaced struct {
	due   time.Time
	close func()
}

// closeLater closes a component once no request can use it any more.
func (r *reloader) closeLater(closing func()) {
	r.waiting = append(r.waiting, replaced{time.Now().Add(r.config.RocketTimeout + writeSlack), closing})
}

// closeReplaced closes the components that are due, or all.
func (r *reloader) closeReplaced(all bool) {
	now := time.Now()
	r.waiting = slices.DeleteFunc(r.waiting, func(c replaced) bool {
		if !all && now.Before(c.due) {
			return false
		}
		c.close()
		return true
	})
}
