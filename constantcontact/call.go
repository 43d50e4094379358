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
}

// get reads target and decodes the answer into the value that into points to.
func (c *Client) get(ctx context.Context, name, target string, into any) error {
	a, err := c.read(ctx, name, target)
	if err != nil {
		return err
	}
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

// read makes one GET request. It fails only when no answer came.
func (c *Client) read(ctx context.Context, name, target string) (*answer, error) {
	path, _, _ := strings.Cut(target, "?")
	req, token, err := c.newRequest(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, fmt.Errorf("prepare GET %s: %w", path, err)
	}
	if err := c.permit(ctx, Call{Kind: KindRead, Name: name}); err != nil {
		return nil, fmt.Errorf("get permission for GET %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	res, err := c.reads.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", path, scrub(err, token))
	}
	defer res.Body.Close()
	return readAnswer(res, path, token), nil
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
func (c *Client) permit(ctx context.Context, call Call) error {
	if c.options.Governor == nil {
		return nil
	}
	return c.options.Governor(ctx, call)
}

// readAnswer reads the body to its end or its limit. The content type is not looked at: what counts is what the body is.
func readAnswer(res *http.Response, path, token string) *answer {
	a := &answer{
		method: res.Request.Method, path: path, token: token, status: res.StatusCode,
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
