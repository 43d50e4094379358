package static_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"winnow/static"
)

// get asks the server for a path exactly as it is written, without the client mending or unpacking anything.
func get(t *testing.T, s *httptest.Server, method, path string, header http.Header) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = "//" + strings.TrimPrefix(s.URL, "http://") + path
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "identity")
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return res, body
}

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(static.Handler())
	t.Cleanup(s.Close)
	return s
}

func TestHashedNameIsServedForEver(t *testing.T) {
	s := serve(t)
	for name, contentType := range map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "favicon.svg": "image/svg+xml",
		"tabler.min.css": "text/css; charset=utf-8", "htmx.min.js": "text/javascript; charset=utf-8",
	} {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			path := static.Path(name)
			sum := sha256.Sum256(want)
			if !strings.Contains(path, "."+hex.EncodeToString(sum[:])[:8]+".") {
				t.Errorf("%q does not hold the hash of the content", path)
			}
			res, body := get(t, s, http.MethodGet, path, nil)
			if res.StatusCode != http.StatusOK || string(body) != string(want) {
				t.Fatalf("status %d, %d bytes of %d", res.StatusCode, len(body), len(want))
			}
			for header, want := range map[string]string{
				"Content-Type": contentType, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding",
				"Cache-Control": "public, max-age=31536000, immutable",
			} {
				if got := res.Header.Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestPlainNameMustBeAskedForAgain(t *testing.T) {
	s := serve(t)
	res, _ := get(t, s, http.MethodGet, "/static/app.css", nil)
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("status %d, %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

func TestKnownContentIsNotSentAgain(t *testing.T) {
	s := serve(t)
	for _, encoding := range []string{"identity", "gzip"} {
		res, _ := get(t, s, http.MethodGet, "/static/app.css", http.Header{"Accept-Encoding": {encoding}})
		tag := res.Header.Get("ETag")
		for _, header := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			res, body := get(t, s, http.MethodGet, "/static/app.css", http.Header{"Accept-Encoding": {encoding}, "If-None-Match": {header}})
			if res.StatusCode != http.StatusNotModified || len(body) != 0 || res.Header.Get("ETag") != tag {
				t.Errorf("%s, If-None-Match %s: status %d", encoding, header, res.StatusCode)
			}
		}
		if res, _ := get(t, s, http.MethodGet, "/static/app.css", http.Header{"Accept-Encoding": {encoding}, "If-None-Match": {`"other"`}}); res.StatusCode != http.StatusOK {
			t.Errorf("%s, other tag: status %d", encoding, res.StatusCode)
		}
	}
}

func TestGzipWhenAccepted(t *testing.T) {
	s := serve(t)
	want, err := os.ReadFile("tabler.min.css")
	if err != nil {
		t.Fatal(err)
	}
	for accept, zipped := range map[string]bool{
		"gzip": true, "br;q=1.0, GZIP;q=0.5, *;q=0": true, "deflate, gzip ; q=0.1": true,
		"identity": false, "gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=x": false, "gzipped": false,
	} {
		res, body := get(t, s, http.MethodGet, static.Path("tabler.min.css"), http.Header{"Accept-Encoding": {accept}})
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: zipped is %v", accept, got)
			continue
		}
		if !zipped {
			continue
		}
		r, err := gzip.NewReader(strings.NewReader(string(body)))
		if err != nil {
			t.Fatalf("unzip: %v", err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != string(want) {
			t.Errorf("unzipped %d bytes of %d: %v", len(got), len(want), err)
		}
		if len(body)*5 > len(want) {
			t.Errorf("%d of %d bytes sent", len(body), len(want))
		}
	}
}

func TestHeadSendsNoBody(t *testing.T) {
	res, body := get(t, serve(t), http.MethodHead, "/static/app.js", nil)
	if res.StatusCode != http.StatusOK || len(body) != 0 || res.ContentLength <= 0 {
		t.Errorf("status %d, %d bytes, length %d", res.StatusCode, len(body), res.ContentLength)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	res, _ := get(t, serve(t), http.MethodPost, "/static/app.js", nil)
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("status %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestAnythingElseIsNotFound(t *testing.T) {
	s := serve(t)
	hashed := strings.TrimPrefix(static.Path("app.css"), "/static/")
	for _, path := range []string{
		"/static/", "/static", "/", "/app.css", "/static/static.go", "/static/VENDOR.md", "/static/app.css.map", "/static/tabler.min.css.map",
		"/static/./app.css", "/static/../static/app.css", "/static/x/../app.css", "/static//app.css", "//static/app.css", "/static/app.css/",
		"/static/%61pp.css", "/static%2fapp.css", "/static/%2e%2e/static/app.css", "/static/..%2fgo.mod", "/static/..%5cgo.mod", `/static/..\go.mod`,
		"/static/%252e%252e/go.mod", "/static/app.css%00", "/static/app.css%20", "/static/app%2ecss", "/static/APP.css", "/static/app.css;v=1",
		"/static/../../etc/passwd", "/static/....//....//etc/passwd", "/static/%c0%ae%c0%ae/go.mod", "/static/..%c0%af..%c0%afetc/passwd",
		"/static/app.00000000.css", "/static/" + strings.ToUpper(hashed), "/static/" + hashed + ".css", "/static/.css", "/static/app", "/static/*",
	} {
		res, body := get(t, s, http.MethodGet, path, nil)
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, %d bytes", path, res.StatusCode, len(body))
		}
	}
}

func TestPathPanicsOnAMisspeltName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	static.Path("ap.css")
}

// vendorRow is a line of the table in VENDOR.md: file, package, version, path, licence, hash.
var vendorRow = regexp.MustCompile(`(?m)^\| (\S+) \| \S+ \| \d+\.\d+\.\d+ \| \S+ \| \S+ \| ([0-9a-f]{64}) \|$`)

func TestVendoredFilesAreTheRecordedOnes(t *testing.T) {
	list, err := os.ReadFile("VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	own := []string{"app.css", "app.js", "favicon.svg"}
	known := slices.Clone(own)
	for _, row := range vendorRow.FindAllStringSubmatch(string(list), -1) {
		body, err := os.ReadFile(row[1])
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != row[2] {
			t.Errorf("%s is not the recorded file", row[1])
		}
		known = append(known, row[1])
	}
	assets, err := filepath.Glob("*.*s*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range assets {
		if ext := filepath.Ext(name); ext != ".go" && !slices.Contains(known, name) {
			t.Errorf("%s is neither ours nor recorded in VENDOR.md", name)
		}
	}
	if len(known) != len(own)+3 {
		t.Errorf("%d files are recorded", len(known)-len(own))
	}
}

// foreign finds what would make a browser ask another server.
var foreign = regexp.MustCompile(`(?i)@import|url\(\s*["']?(https?:|//|[^"'d)])`)

func TestStylesheetsAskNoOtherServer(t *testing.T) {
	for _, name := range []string{"tabler.min.css", "app.css"} {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := foreign.Find(body); found != nil {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

func TestOurScriptNeedsNoEval(t *testing.T) {
	body, err := os.ReadFile("app.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"eval(", "new Function", "innerHTML", "outerHTML =", "document.write", ".style", "localStorage", "http:", "https:"} {
		if strings.Contains(string(body), word) {
			t.Errorf("app.js holds %q", word)
		}
	}
}
