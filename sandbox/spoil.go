package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// What the faults change is the text of an answer: the sandbox renders it, and so knows its form.
var (
	leadingID      = regexp.MustCompile(`^\{"[a-z_]*_id":("[^"]*"|\d+),?`)
	completedCount = regexp.MustCompile(`,?"items_completed_count":\d+`)
	lastLinks      = regexp.MustCompile(`,?"_links":\{"next":\{[^{}]*\}\}\}$`)
	firstLimit     = regexp.MustCompile(`^limit=(\d+)`)
)

// withoutID takes the id of what was made out of an answer.
func (r reply) withoutID() reply {
	if found := leadingID.FindIndex(r.body); found != nil {
		r.body = append([]byte("{"), r.body[found[1]:]...)
	}
	return r
}

// withoutCompletedCount leaves items_completed_count out.
func (r reply) withoutCompletedCount() reply {
	r.body = completedCount.ReplaceAll(r.body, nil)
	return r
}

// extraFields stand at the front, where nobody expects them.
const extraFields = `{"schema_revision":{"major":4,"flags":[true,null,"ß"]},"x-trace":[],`

// withExtraFields puts unknown fields into an object; an answer of another kind stays.
func (r reply) withExtraFields() reply {
	if bytes.HasPrefix(r.body, []byte(`{"`)) {
		r.body = append([]byte(extraFields), r.body[1:]...)
	}
	return r
}

// withNext gives a page this next link, whether or not it had one.
func (r reply) withNext(link string) reply {
	if r.status != 200 || !bytes.HasSuffix(r.body, []byte("}")) {
		return r
	}
	end := len(r.body) - 1
	if found := lastLinks.FindIndex(r.body); found != nil {
		end = found[0]
	}
	text := `"_links":{"next":{"href":` + string(encode(link)) + `}}}`
	if end > 1 {
		text = "," + text
	}
	r.body = append(bytes.Clone(r.body[:end]), text...)
	return r
}

// hostileLink is a next link that a careful client does not follow, or not for ever.
func (x *exchange) hostileLink(e Effect) string {
	here := *x.request.URL
	here.Scheme, here.Host = "", ""
	switch e {
	case NextOtherHost:
		return x.server.options.Elsewhere + here.RequestURI()
	case NextNoScheme:
		_, host, _ := strings.Cut(x.server.options.Elsewhere, "://")
		return "//" + host + here.RequestURI()
	case NextDotDot:
		return "/v3/../" + strings.TrimPrefix(here.RequestURI(), "/v3/")
	case NextEndless:
		query := here.Query()
		turn, _ := strconv.Atoi(query.Get("turn")) // 0 on the first page
		query.Set("turn", strconv.Itoa(turn+1))
		here.RawQuery = query.Encode()
	}
	return here.RequestURI()
}

// shorten makes the limit of a request for a page smaller, be it in the query or in the cursor.
func (c *call) shorten(random *rand.Rand) {
	if cursor := c.query.Get("cursor"); cursor != "" {
		if text, err := base64.StdEncoding.DecodeString(cursor); err == nil {
			c.query.Set("cursor", base64.StdEncoding.EncodeToString(shortened(text, random)))
		}
		return
	}
	limit := "limit=" + c.query.Get("limit")
	if !c.query.Has("limit") {
		limit = "limit=50" // the default of most collections
	}
	if values, err := url.ParseQuery(string(shortened([]byte(limit), random))); err == nil {
		c.query.Set("limit", values.Get("limit"))
	}
}

// shortened replaces the limit that the text begins with; a text without a sensible one stays.
func shortened(text []byte, random *rand.Rand) []byte {
	found := firstLimit.FindSubmatchIndex(text)
	if found == nil {
		return text
	}
	limit, err := strconv.Atoi(string(text[found[2]:found[3]]))
	if err != nil || limit < 1 || limit > maxContactsPerPage {
		return text
	}
	return fmt.Appendf(nil, "limit=%d%s", 1+random.IntN(limit), text[found[1]:])
}

// Sizes of a GzipBomb.
const (
	defaultBomb = 1 << 30
	maxBomb     = 64 << 30
	bombBlock   = 1 << 20 // inflated
)

// bomb replaces the body by a gzip stream that inflates to so many blanks: many small members, one after another, as
// RFC 1952 allows.
func (r reply) bomb(size int64) reply {
	var out bytes.Buffer
	block := bytes.Repeat([]byte(" "), bombBlock)
	full := deflate(block)
	for ; size >= bombBlock; size -= bombBlock {
		out.Write(full)
	}
	out.Write(deflate(block[:size]))
	r.body = out.Bytes()
	return r.with("Content-Encoding", "gzip")
}

func deflate(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}
