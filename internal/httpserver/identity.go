package httpserver

import (
	"crypto/rand"
	"net/http"
	"strings"
)

const (
	maxRequestID        = 128
	requestIDCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:=/+@"
)

// RequestID returns the caller's X-Request-Id if it is one short word of plain characters, else a new id.
func RequestID(r *http.Request) string {
	header := r.Header["X-Request-Id"]
	if len(header) != 1 || header[0] == "" || len(header[0]) > maxRequestID || strings.Trim(header[0], requestIDCharacters) != "" {
		return rand.Text()
	}
	return header[0]
}

const maxInstance = 1024

// Instance returns the path of a request below basePath for the member instance of its problem (RFC 9457), of bounded length.
func Instance(basePath string, r *http.Request) string {
	path := basePath + r.URL.EscapedPath()
	if len(path) > maxInstance {
		path = path[:maxInstance]
		if i := strings.LastIndexByte(path, '%'); i > maxInstance-3 { // no part of an escape
			path = path[:i]
		}
	}
	return path
}
