package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// header is the header of a data response. If the connection can take fields past net/http, they are lines, else those of the map. What
// net/http reads itself, Content-Type and Content-Length, is always in the map.
type header struct {
	http.Header
	writer http.ResponseWriter
	conn   *httpserver.CorkedConn // nil: it takes no lines
	lines  []byte
}

// newHeader returns the header of a response that has not begun.
func newHeader(w http.ResponseWriter, r *http.Request, x *requestState) header {
	h := header{Header: w.Header(), writer: w}
	if x.status == 0 {
		h.conn = httpserver.CorkedOf(r)
	}
	if h.conn != nil {
		h.lines = h.conn.Fields()
	}
	return h
}

// set sets the values of a field. They are shared by many responses, and never written to.
func (h *header) set(name string, values []string) {
	if h.conn == nil {
		h.Header[name] = values
		return
	}
	for _, value := range values {
		h.append(name, func(b []byte) []byte { return append(b, value...) })
	}
}

// append sets a field to the value that the function appends to a line.
func (h *header) append(name string, value func([]byte) []byte) {
	if h.conn == nil {
		h.Header[name] = []string{string(value(nil))}
		return
	}
	if len(h.Header) > 0 {
		delete(h.Header, name)
	}
	h.lines = append(append(h.lines, name...), ": "...)
	h.lines = append(value(h.lines), "\r\n"...)
}

// write writes the header.
func (h *header) write(status int) {
	if h.conn != nil {
		h.conn.SetFields(h.lines)
	}
	h.writer.WriteHeader(status)
}

// cork announces that the body, of so many bytes, is written in one call.
func (h *header) cork(size int) {
	if h.conn != nil {
		h.conn.Cork(size)
	}
}
