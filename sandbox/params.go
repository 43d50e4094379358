package sandbox

import (
	"encoding/base64"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// params reads the query of a collection and gathers what is wrong with it. With a cursor in the query, the cursor
// holds the whole query and the rest is ignored.
type params struct {
	values   url.Values
	problems []string
}

func readParams(query url.Values) *params {
	cursor := query.Get("cursor")
	if cursor == "" {
		query.Del("next") // only a cursor has one
		return &params{values: query}
	}
	p := new(params)
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err == nil {
		p.values, err = url.ParseQuery(string(text))
	}
	if err != nil || !p.values.Has("next") {
		p.wrong("cursor")
	}
	return p
}

func (p *params) wrong(name string) {
	p.problems = append(p.problems, name+" does not have a valid value")
}

// refusal is the answer to a query with problems.
func (p *params) refusal() (reply, bool) {
	if len(p.problems) == 0 {
		return reply{}, false
	}
	return invalid(strings.Join(p.problems, ", ")), true
}

// refuse is the answer to a query with one more problem.
func (p *params) refuse(name string) reply {
	p.wrong(name)
	refusal, _ := p.refusal()
	return refusal
}

// limit is the page size.
func (p *params) limit(def, highest int) int {
	text := p.values.Get("limit")
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > highest {
		p.wrong("limit")
		return def
	}
	return n
}

// flag is a parameter that is true or false, or 1 or 0.
func (p *params) flag(name string) bool {
	switch strings.ToLower(p.values.Get(name)) {
	case "", "false", "0":
	case "true", "1":
		return true
	default:
		p.wrong(name)
	}
	return false
}

// choices splits a comma-separated parameter and checks each part.
func (p *params) choices(name string, allowed ...string) []string {
	if !p.values.Has(name) {
		return nil
	}
	parts := strings.Split(p.values.Get(name), ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
		if !slices.Contains(allowed, parts[i]) {
			p.wrong(name)
			return nil
		}
	}
	return parts
}

// ids splits a comma-separated parameter of at most so many UUIDs.
func (p *params) ids(name string, highest int) []uuid.UUID {
	if !p.values.Has(name) {
		return nil
	}
	parts := strings.Split(p.values.Get(name), ",")
	ids := make([]uuid.UUID, 0, len(parts))
	for _, part := range parts {
		id, ok := parseID(strings.TrimSpace(part))
		if !ok || len(ids) == highest {
			p.wrong(name)
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}

// moment is a parameter that holds an ISO 8601 time; ok is false when it is not given.
func (p *params) moment(name string) (at moment, ok bool) {
	text := p.values.Get(name)
	if text == "" {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.wrong(name)
	}
	return momentOf(t), err == nil
}

// next is the id that a cursor starts at; ok is false without a cursor.
func (p *params) next() (id uuid.UUID, ok bool) {
	if !p.values.Has("next") {
		return uuid.Nil, false
	}
	id, valid := parseID(p.values.Get("next"))
	if !valid {
		p.wrong("cursor")
	}
	return id, valid
}

// follow is the _links of a page that another one follows: the query goes on in the cursor, limit and next first.
func (p *params) follow(c *call, limit int, next string) *links {
	text := fmt.Sprintf("limit=%d&next=%s", limit, next)
	rest := url.Values{}
	for name, values := range p.values {
		if name != "limit" && name != "next" {
			rest[name] = values
		}
	}
	if len(rest) > 0 && !c.account.quirks.ForgetfulCursors {
		text += "&" + rest.Encode()
	}
	return &links{Next: &href{c.route.pattern + "?cursor=" + base64.StdEncoding.EncodeToString([]byte(text))}}
}

// pageOf cuts a page out of a collection: from the cursor on, as many as fit of those that are to be kept. What a
// cursor points to may have been deleted meanwhile, as long as the collection still has it.
func pageOf[T any](c *call, p *params, limit int, all iter.Seq[T], id func(T) uuid.UUID, keep func(T) bool) (page []T, more *links) {
	next, skipping := p.next()
	for item := range all {
		if skipping && id(item) != next {
			continue
		}
		skipping = false
		if !keep(item) {
			continue
		}
		if len(page) == limit {
			return page, p.follow(c, limit, id(item).String())
		}
		page = append(page, item)
	}
	if skipping {
		p.wrong("cursor")
	}
	return page, nil
}

// newest yields a collection that is kept oldest first from its end.
func newest[T any](all []T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range slices.Backward(all) {
			if !yield(item) {
				return
			}
		}
	}
}
