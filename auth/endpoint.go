package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// Constant Contact's OAuth2 endpoints. See https://developer.constantcontact.com/api_guide/server_flow.html
const (
	VendorAuthorizeURL = "https://authz.constantcontact.com/oauth2/default/v1/authorize"
	VendorTokenURL     = "https://authz.constantcontact.com/oauth2/default/v1/token"
)

const (
	// exchangeTimeout bounds the exchange of a code, for which a person is waiting.
	exchangeTimeout = time.Minute
	// refreshTimeout bounds a renewal. It is long because the answer to a request that was sent is precious: giving up early
	// throws away a refresh token that a slow server is about to send. It is shorter than leaseLife.
	refreshTimeout = 5 * time.Minute
	// dialTimeout bounds the way to the server, on which nothing is lost.
	dialTimeout = 10 * time.Second
)

// EndpointError says how a request to the token endpoint went wrong, without a word of the answer's text: that may hold tokens.
type EndpointError struct {
	Status int    // HTTP status, 0 if there was no answer
	Code   string // the OAuth2 error code, if it was a known one
	Sent   bool   // false if the request provably never left
	cause  error  // a context's error, or nothing
}

// Error gives status and code.
func (e *EndpointError) Error() string {
	switch {
	case e.Status != 0 && e.Code != "":
		return fmt.Sprintf("token endpoint answered %d %s", e.Status, e.Code)
	case e.Status != 0:
		return fmt.Sprintf("token endpoint answered %d", e.Status)
	case !e.Sent:
		return "token endpoint could not be reached"
	case e.cause != nil:
		return fmt.Sprintf("token endpoint did not answer: %v", e.cause)
	}
	return "token endpoint did not give a usable answer"
}

// Unwrap gives the context's error when the request ended by it.
func (e *EndpointError) Unwrap() error { return e.cause }

// answered reports whether the server said something that we understood as an error.
func (e *EndpointError) answered() bool { return e.Status != 0 }

// endpoint makes single requests to the token endpoint. Nothing in it repeats one.
type endpoint struct {
	config *oauth2.Config
	client *http.Client
	pace   func(ctx context.Context) error // nil never waits
}

func newEndpoint(o Options) *endpoint {
	return &endpoint{config: o.oauth(), client: newHTTPClient(o.Dial), pace: o.TokenPace}
}

// newHTTPClient makes a client that uses no proxy from the environment, follows no redirect (it would carry the secret along)
// and opens a fresh connection for each request, so that the transport has no reason to send one again.
func newHTTPClient(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  refreshTimeout,
			MaxResponseHeaderBytes: 64 << 10,
			DisableKeepAlives:      true,
		},
	}
}

// exchange turns a code into tokens. Its context must outlive the person's patience: at an application with rotating tokens the
// new ones void the old ones, whether or not anybody waits for them.
func (e *endpoint) exchange(ctx context.Context, code, verifier string) (*oauth2.Token, *EndpointError) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	return e.once(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return e.config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	})
}

// refresh presents a refresh token. Its context must outlive the caller for the same reason.
func (e *endpoint) refresh(ctx context.Context, refreshToken string) (*oauth2.Token, *EndpointError) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return e.once(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return e.config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	})
}

func (e *endpoint) once(ctx context.Context, request func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, *EndpointError) {
	if e.pace != nil {
		if err := e.pace(ctx); err != nil {
			return nil, endpointError(err, false)
		}
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	tok, err := request(context.WithValue(ctx, oauth2.HTTPClient, e.client))
	if err != nil {
		return nil, endpointError(err, sent.Load())
	}
	return tok, nil
}

// endpointError keeps what is safe to show of an error that may quote the answer.
func endpointError(err error, sent bool) *EndpointError {
	e := &EndpointError{Sent: sent}
	if retrieve, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		e.Status, e.Sent = retrieve.Response.StatusCode, true
		if tokenErrors[retrieve.ErrorCode] {
			e.Code = retrieve.ErrorCode
		}
		return e
	}
	for _, known := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			e.cause = known
		}
	}
	return e
}

// tokenErrors are the error codes a token endpoint may answer with (RFC 6749, 5.2).
var tokenErrors = map[string]bool{
	"invalid_request": true, "invalid_client": true, "invalid_grant": true, "unauthorized_client": true,
	"unsupported_grant_type": true, "invalid_scope": true,
}
