package constantcontact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswer bounds every answer after decompression. The longest honest one, 500 contacts with everything
// included, is a few MiB.
const maxAnswer = 16 << 20

// answer is what came back, read to its end and bounded.
type answer struct {
	method    string
	path      string // without the query
	token     string // that was sent; kept to take it out of texts
	status    int
	requestID string
	body      []byte
	bodyErr   error // why body is not the whole of it
	dated     dated
}

// try is one request of a read and what came of it.
type try struct {
	token string
	asked bool // the request was permitted and made
	err   error
}

// get reads target and decodes the answer into the value that into points to. It repeats the request when that is
// likely to help: once with another token, and within the budget of repetitions after an error that may pass.
func (c *Client) get(ctx context.Context, name, target string, into any) error {
	c.options.Retries.earn()
	renewed := false
	for failed := 0; ; {
		t := c.getOnce(ctx, name, target, into)
		if t.err == nil || !t.asked || ctx.Err() != nil {
			return t.err
		}
		if unauthorized(t.err) {
			if renewed || !c.refused(ctx, t.token) {
				return t.err
			}
			renewed = true
			continue
		}
		failed++
		if !mayPass(t.err) || !c.options.Retries.spend(ctx, failed) {
			return t.err
		}
	}
}

// getOnce makes one request.
func (c *Client) getOnce(ctx context.Context, name, target string, into any) try {
	req, token, err := c.newRequest(ctx, http.MethodGet, target, nil)
	path, _, _ := strings.Cut(target, "?")
	if err != nil {
		return try{err: fmt.Errorf("prepare GET %s: %w", path, err)}
	}
	ended, err := c.permit(ctx, Call{Kind: KindRead, Name: name})
	if err != nil {
		return try{err: fmt.Errorf("get permission for GET %s: %w", path, err)}
	}
	a, err := c.read(req, path, token)
	if err == nil {
		err = decode(a, into)
	}
	e := endingOf(a, err)
	c.tellDate(a, e)
	ended(e)
	return try{token: token, asked: true, err: err}
}

// read makes a GET request. It fails only when no answer came. A read that hangs is given up soon, because most that
// answer at all answer within a second; a service that became slow gets more time with each.
func (c *Client) read(req *http.Request, path, token string) (*answer, error) {
	patience := max(quickRead, min(2*time.Duration(c.lastRead.Load()), readTimeout))
	ctx, cancel := context.WithTimeout(req.Context(), patience)
	defer cancel()
	began := time.Now()
	defer func() { c.lastRead.Store(int64(time.Since(began))) }()
	res, err := c.reads.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, scrub(err, token))
	}
	defer res.Body.Close()
	return readAnswer(res, path, token, datedBy(res, began)), nil
}

// decode takes the answer to a read apart.
func decode(a *answer, into any) error {
	if a.status != http.StatusOK {
		return newError(a)
	}
	if a.bodyErr != nil {
		return fmt.Errorf("read the answer to GET %s: %w", a.path, scrub(a.bodyErr, a.token))
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("decode the answer to GET %s: %w", a.path, scrub(err, a.token))
	}
	return nil
}

// endingOf says how a request ended, from its answer and from what its caller is told.
func endingOf(a *answer, err error) Ending {
	e := Ending{Err: err}
	if a != nil {
		e.Status = a.status
	}
	_ = errors.As(err, &e.Refusal)
	return e
}

// newRequest asks for the token and builds a request that carries it to our own host.
func (c *Client) newRequest(ctx context.Context, method, target string, body []byte) (*http.Request, string, error) {
	token, err := c.options.Token(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("get an access token: %w", err)
	}
	if token == "" {
		return nil, "", errors.New("get an access token: it is empty")
	}
	req, err := http.NewRequestWithContext(ctx, method, c.resolve(target).String(), bytes.NewReader(body))
	if err != nil {
		return nil, "", fmt.Errorf("build the request: %w", scrub(err, token))
	}
	req.GetBody = nil // without it no layer below can send the body a second time
	if body == nil {
		// net/http repeats a GET by itself when a connection that it kept breaks, past the governor. It leaves alone what has
		// a body that it cannot rewind, and an empty one is not sent.
		req.Body = io.NopCloser(http.NoBody)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.options.UserAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, token, nil
}

// permit asks the governor, if there is one.
func (c *Client) permit(ctx context.Context, call Call) (func(Ending), error) {
	if c.options.Governor == nil {
		return func(Ending) {}, nil
	}
	return c.options.Governor(ctx, call)
}

// refused passes on that a token was not accepted and tells whether another one may be.
func (c *Client) refused(ctx context.Context, token string) bool {
	return c.options.Refused != nil && c.options.Refused(ctx, token)
}

func unauthorized(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Unauthorized()
}

// readAnswer reads the body to its end or its limit. The content type is not looked at: what counts is what the body is.
func readAnswer(res *http.Response, path, token string, d dated) *answer {
	a := &answer{
		method: res.Request.Method, path: path, token: token, status: res.StatusCode, dated: d,
		requestID: clean(res.Header.Get("X-Amzn-Requestid"), token, maxKey),
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		a.bodyErr = errors.New("the server switched protocols") // such a body never ends
		return a
	}
	a.body, a.bodyErr = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if len(a.body) > maxAnswer {
		a.body, a.bodyErr = nil, ErrAnswerTooLarge
	}
	return a
}
