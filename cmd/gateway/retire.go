package main

import (
	"slices"
	"time"
)

// retired is what other settings have replaced. Requests that began before may still lean on it.
type retired struct {
	due   time.Time
	close func()
}

// retire has something closed once no request can lean on it any more.
func (r *reloader) retire(closing func()) {
	r.leaving = append(r.leaving, retired{time.Now().Add(r.config.RocketTimeout + writeSlack), closing})
}

// leave closes what is due, or all.
func (r *reloader) leave(all bool) {
	now := time.Now()
	r.leaving = slices.DeleteFunc(r.leaving, func(t retired) bool {
		if !all && now.Before(t.due) {
			return false
		}
		t.close()
		return true
	})
}
