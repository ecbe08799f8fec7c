package main

import (
	"context"
	"maps"
	"os"
	"strings"
	"time"
)

// The files are looked at so often. Where they were not taken they are read again after so many looks, whether they have changed
// or not: what is wrong may lie in one that is not among them yet.
const (
	lookEvery  = time.Second
	retryAfter = 5
)

// watch reloads at every hangup and whenever a file has changed and then rested for one look, so that none is read half
// written. When the context ends, so does what reloading has left behind.
func (r *reloader) watch(ctx context.Context, hangup <-chan os.Signal) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	defer r.leave(true)
	for last, looks := r.known, 1; ; looks++ {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			asked = true
		case <-ticker.C:
		}
		r.leave(false)
		now := look(r.taken.Files)
		rested := now.equal(last)
		last = now
		if asked || rested && !now.equal(r.known) || r.failure != "" && looks%retryAfter == 0 {
			r.reload()
			r.known = look(r.taken.Files).asOf(now)
			last = r.known
		}
	}
}

// marks tell files from those that replace them; nil is one that is away.
type marks map[string]os.FileInfo

// filesIn returns the files that variables of the environment name.
func filesIn(environ []string) (files []string) {
	for _, variable := range environ {
		if name, path, _ := strings.Cut(variable, "="); strings.HasSuffix(name, "_FILE") && path != "" {
			files = append(files, path)
		}
	}
	return files
}

// look returns the marks that the files have now.
func look(files []string) marks {
	m := marks{}
	for _, name := range files {
		m[name], _ = os.Stat(name)
	}
	return m
}

func (m marks) equal(other marks) bool {
	return maps.EqualFunc(m, other, func(a, b os.FileInfo) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
	})
}

// asOf puts the marks of before in place of those of now: what has changed in between has not been read.
func (m marks) asOf(before marks) marks {
	for name := range m {
		if b, ok := before[name]; ok {
			m[name] = b
		}
	}
	return m
}
