package app

import (
	"context"
	"maps"
	"os"
	"strings"
	"time"
)

// The files of the settings are examined at this interval. After a failure they are read again after so many intervals, changed or
// not: the fault may lie in a file that is not known yet.
const (
	watchInterval = time.Second
	retryAfter    = 5
)

// Reload requests that Run reads the settings again, as it does whenever one of their files has changed.
func (a *App) Reload() {
	select {
	case a.reloader.requested <- struct{}{}:
	default: // a reload is pending already
	}
}

// watch reloads on request, and whenever a file has changed and then stayed the same for one interval, so that none is read half
// written. At the end of the context it closes everything that was replaced.
func (r *reloader) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	defer r.closeReplaced(true)
	for last, ticks := r.known, 1; ; ticks++ {
		requested := false
		select {
		case <-ctx.Done():
			return
		case <-r.requested:
			requested = true
		case <-ticker.C:
		}
		r.closeReplaced(false)
		now := stat(r.applied.Files)
		settled := now.equal(last)
		last = now
		if requested || settled && !now.equal(r.known) || r.failure != "" && ticks%retryAfter == 0 {
			r.reload()
			r.known = stat(r.applied.Files).asOf(now)
			last = r.known
		}
	}
}

// fileStates tell files from those that replace them; nil is a file that does not exist.
type fileStates map[string]os.FileInfo

// filesIn returns the files that variables of the environment name.
func filesIn(environ []string) (files []string) {
	for _, variable := range environ {
		if name, path, _ := strings.Cut(variable, "="); strings.HasSuffix(name, "_FILE") && path != "" {
			files = append(files, path)
		}
	}
	return files
}

// stat returns the files' current states.
func stat(files []string) fileStates {
	s := fileStates{}
	for _, name := range files {
		s[name], _ = os.Stat(name)
	}
	return s
}

func (s fileStates) equal(other fileStates) bool {
	return maps.EqualFunc(s, other, func(a, b os.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
	})
}

// asOf replaces states by those of before: a change in between has not been read.
func (s fileStates) asOf(before fileStates) fileStates {
	for name := range s {
		if b, ok := before[name]; ok {
			s[name] = b
		}
	}
	return s
}
