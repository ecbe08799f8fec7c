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
	"strings"
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

// static is content that changes with the release and the settings alone.
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

// revalidate is the Cache-Control of content that clients revalidate each time.
const revalidate = "no-cache"

// newStatic returns a file. Most of Swagger UI is embedded as gzip alone; it is decompressed for the first client that does not accept
// gzip.
func newStatic(name string, content []byte, policy, cacheControl string) *static {
	name, zipped := strings.CutSuffix(name, ".gz")
	embedded := newRepresentation(content)
	f := &static{mediaType: mediaTypes[path.Ext(name)], policy: policy, cacheControl: cacheControl}
	if zipped {
		f.gzip = &embedded
		f.plain = sync.OnceValue(func() representation { return newRepresentation(unzip(content)) })
	} else {
		f.plain = func() representation { return embedded }
	}
	return f
}

// newLateStatic returns a file whose content is made for the first client.
func newLateStatic(name string, content func() []byte, cacheControl string) *static {
	return &static{
		mediaType: mediaTypes[path.Ext(name)], cacheControl: cacheControl,
		plain: sync.OnceValue(func() representation { return newRepresentation(content()) }),
	}
}

// unzip decompresses an embedded file, which cannot fail.
func unzip(packed []byte) (content []byte) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		content, err = io.ReadAll(r)
	}
	if err != nil {
		panic(err)
	}
	return content
}

// serve sends the whole content, or 304; there are no ranges.
func (f *static) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
	}
	chosen, zipped := f.gzip, f.gzip != nil && acceptsGzip(r.Header["Accept-Encoding"])
	if !zipped {
		plain := f.plain()
		chosen = &plain
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
