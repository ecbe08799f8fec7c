package handlers

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"path"
	"strconv"
	"sync"
)

// mediaTypes are listed here because the system's own table may lack some.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".png":  "image/png",
	".yaml": "application/yaml",
	".json": "application/json",
}

// static is content that changes with the release alone.
type static struct {
	mediaType    string
	policy       string // Content-Security-Policy; empty: that of all responses
	cacheControl string
	plain        func() representation
	gzip         *representation // nil: there is none
}

// representation is the content in one coding, with its strong validator.
type representation struct {
	content []byte
	etag    string
}

func newRepresentation(content []byte) representation {
	sum := sha256.Sum256(content)
	return representation{content, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// newStatic returns content that clients revalidate each time.
func newStatic(name string, content []byte, policy string) *static {
	plain := newRepresentation(content)
	return &static{
		mediaType: mediaTypes[path.Ext(name)], policy: policy, cacheControl: "no-cache", plain: func() representation { return plain },
	}
}

// newAsset returns a file of Swagger UI, which clients may keep for an hour. Most are embedded as gzip alone, and decompressed
// for the first client that does not accept gzip.
func newAsset(name string, content []byte, packed bool) *static {
	f := newStatic(name, content, "")
	f.cacheControl = "public, max-age=3600"
	if packed {
		zipped := f.plain()
		f.gzip = &zipped
		f.plain = sync.OnceValue(func() representation { return newRepresentation(unzip(content)) })
	}
	return f
}

// unzip decompresses an embedded file, which cannot fail.
func unzip(packed []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return content
}

// serve sends the whole content, or 304; there are no ranges.
func (f *static) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	var chosen representation
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
	}
	zipped := f.gzip != nil && acceptsGzip(r.Header["Accept-Encoding"])
	if zipped {
		chosen = *f.gzip
	} else {
		chosen = f.plain()
	}
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
	}
	h.Set("ETag", chosen.etag)
	h.Set("Cache-Control", f.cacheControl)
	if matches(r.Header["If-None-Match"], chosen.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if zipped {
		h["Content-Encoding"] = gzipCoding
	}
	h.Set("Content-Type", f.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(chosen.content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(chosen.content)
	}
}
