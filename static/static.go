// Package static holds the assets of the pages: stylesheets, scripts and pictures, embedded into the binary.
//
// Each asset is served under two names: with the first eight hex digits of its SHA-256 ("app.1b2c3d4e.css", which may be
// kept for ever, since other content gets another name) and without ("app.css", which must be asked for again). Pages
// link the hashed name through Path. Nothing else is served: there is no file system behind the handler, only a map of
// exact names.
//
// What was written by others is listed in VENDOR.md with version, licence and hash.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.css *.js *.svg
var files embed.FS

// Prefix is the path under which the handler must be mounted.
const Prefix = "/static/"

// contentTypes names the types that are served; an asset of another type cannot be built in.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

type asset struct {
	body        []byte
	gzipped     func() []byte // made at the first request that accepts it, then kept
	contentType string
	etag        string // without quotes
	hashed      string // name with the hash in it
}

// assets maps the plain names, served maps the plain and the hashed names.
var assets, served = load(files)

func load(fsys fs.FS) (byName, byServedName map[string]*asset) {
	names, err := fs.Glob(fsys, "*")
	if err != nil {
		panic(fmt.Sprintf("static: list assets: %v", err))
	}
	byName, byServedName = map[string]*asset{}, map[string]*asset{}
	for _, name := range names {
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			panic(fmt.Sprintf("static: read %s: %v", name, err))
		}
		a := newAsset(name, body)
		byName[name], byServedName[name], byServedName[a.hashed] = a, a, a
	}
	return byName, byServedName
}

func newAsset(name string, body []byte) *asset {
	ext := path.Ext(name)
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	return &asset{
		body:        body,
		gzipped:     sync.OnceValue(func() []byte { return compress(body) }),
		contentType: contentTypes[ext],
		etag:        hash[:32],
		hashed:      strings.TrimSuffix(name, ext) + "." + hash[:8] + ext,
	}
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid constant
	_, _ = w.Write(body)                                  // a bytes.Buffer does not fail
	_ = w.Close()
	return b.Bytes()
}

// Path returns the URL of an asset with its hash in it: Path("app.css") is "/static/app.1b2c3d4e.css". It panics when
// there is no such asset, since only a misspelt template can ask for one.
func Path(name string) string {
	a, ok := assets[name]
	if !ok {
		panic(fmt.Sprintf("static: no asset named %q", name))
	}
	return Prefix + a.hashed
}

// Handler serves the assets below Prefix to GET and HEAD. Any name that is not exactly one of theirs is answered with
// 404: what is compared is the path as it was sent, so no escape, dot segment or double slash can name a file.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.EscapedPath(), Prefix)
	a := served[name]
	if !ok || a == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a.write(w, r, name == a.hashed)
}

func (a *asset) write(w http.ResponseWriter, r *http.Request, hashedName bool) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if hashedName {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, etag := a.body, `"`+a.etag+`"`
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = a.gzipped(), `"`+a.etag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a reader that went away is not our error
	}
}

// acceptsGzip tells whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3).
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		name, value, found := strings.Cut(strings.TrimSpace(params), "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return !found || !strings.EqualFold(strings.TrimSpace(name), "q") || err == nil && q > 0
	}
	return false
}

// matches compares an If-None-Match header weakly with an entity tag (RFC 9110, section 13.1.2).
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
