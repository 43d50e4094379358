package constantcontact

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
)

// DefaultBaseURL is where the vendor serves version 3 of its API.
const DefaultBaseURL = "https://api.cc.email/v3"

// apiRoot is how every path of the API starts. The vendor's own links carry it too.
const apiRoot = "/v3"

// CallKind tells a governor what a request will do.
type CallKind string

// The two kinds of request this package makes.
const (
	KindRead   CallKind = "read"   // changes nothing at the vendor
	KindDelete CallKind = "delete" // starts a bulk deletion
)

// Call describes one request that is about to start. Name is a stable label such as "contacts.list", free of
// ids and addresses, fit for logs and metrics.
type Call struct {
	Kind CallKind
	Name string
}

// Ending says how a request ended.
type Ending struct {
	Status  int    // HTTP status of the answer; 0 when none came
	Refusal *Error // what the answer said when it was no success; nil for an answer that proves nothing
	Err     error  // why there is no usable answer; nil after a success
}

// Options configures a Client. Only Token is required.
type Options struct {
	// BaseURL is the root of the API, DefaultBaseURL when empty. Its path must end in /v3, may have a prefix
	// before that, and it may hold neither user info nor query nor fragment.
	BaseURL string

	// Development permits a BaseURL other than DefaultBaseURL, plain http included. The bearer token goes
	// wherever BaseURL says, so it is meant for an emulator and for tests only.
	Development bool

	// Token returns the bearer token for one request. It is called before every request, concurrently.
	Token func(ctx context.Context) (string, error)

	// Refused is told of a token that the API did not accept, by its own 401, and answers whether it is worth
	// asking Token for another one. A read is then repeated once. Nil answers no.
	Refused func(ctx context.Context, token string) bool

	// Governor gives permission for one request, immediately before it starts and with the token at hand. It
	// may wait; an error stops the request. What it returns is called exactly once, when the request has ended
	// and before its caller goes on. Nil permits everything.
	Governor func(ctx context.Context, call Call) (ended func(Ending), err error)

	// Dated is told what each answer of the service itself showed of its clock, concurrently. What a proxy or a cache answered
	// is left out. Nil: nobody.
	Dated func(Reading)

	// Retries lets failed reads be repeated, within a budget that several clients may share. Nil never repeats
	// one. Deletions are never repeated.
	Retries *Retries

	// UserAgent is sent with every request, "winnow" when empty.
	UserAgent string

	// Proxy chooses a proxy, as in http.Transport. Nil means none: the environment is not consulted.
	Proxy func(*http.Request) (*url.URL, error)

	// Transport is the pattern for our own transports, for its dialer and TLS settings; tests use it. It is
	// cloned and never used itself, and must leave TLS to net/http (no DialTLS). It is a concrete type because
	// only net/http's transport reports faithfully whether a request was written.
	Transport *http.Transport
}

// Client calls the API. Make one with New.
type Client struct {
	Account    *AccountService
	Lists      *ListsService
	Contacts   *ContactsService
	Activities *ActivitiesService

	options  Options
	base     *url.URL        // without the trailing /v3
	reads    *http.Transport // keeps connections
	deletes  *http.Transport // a fresh connection for each request
	lastRead atomic.Int64    // how long the last read took, in nanoseconds, whether it was answered or given up
}

// service is what every service shares.
type service struct {
	client *Client
}

// New returns a client or says which option is wrong. It makes no request.
func New(options Options) (*Client, error) {
	if options.Token == nil {
		return nil, errors.New("option Token is missing")
	}
	if options.UserAgent == "" {
		options.UserAgent = "winnow"
	}
	if strings.ContainsFunc(options.UserAgent, notHeaderText) {
		return nil, errors.New("option UserAgent holds a character that is not printable ASCII")
	}
	base, err := parseBase(options)
	if err != nil {
		return nil, fmt.Errorf("option BaseURL: %w", err)
	}
	c := &Client{options: options, base: base, reads: newReadTransport(options), deletes: newDeleteTransport(options)}
	c.Account = &AccountService{client: c}
	c.Lists = &ListsService{client: c}
	c.Contacts = &ContactsService{client: c}
	c.Activities = &ActivitiesService{client: c}
	return c, nil
}

// CloseIdleConnections closes connections that wait for the next read. Requests under way go on, and the
// client stays usable.
func (c *Client) CloseIdleConnections() {
	c.reads.CloseIdleConnections()
}

// parseBase checks where the token will be sent, and returns it without the trailing /v3.
func parseBase(options Options) (*url.URL, error) {
	raw := options.BaseURL
	if raw == "" {
		raw = DefaultBaseURL
	}
	raw = strings.TrimSuffix(raw, "/")
	if raw != DefaultBaseURL && !options.Development {
		return nil, errors.New("only " + DefaultBaseURL + " is allowed unless option Development is set")
	}
	base, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL") // the parser's own error would repeat a password
	}
	switch {
	case base.Scheme != "https" && base.Scheme != "http", base.Hostname() == "":
		return nil, errors.New("not an http or https URL with a host")
	case base.User != nil, base.RawQuery != "", base.ForceQuery, base.Fragment != "":
		return nil, errors.New("user info, a query or a fragment is not allowed")
	case !strings.HasSuffix(base.Path, apiRoot), base.RawPath != "", path.Clean(base.Path) != base.Path:
		return nil, errors.New("the path must be plain and end in " + apiRoot)
	}
	base.Path = strings.TrimSuffix(base.Path, apiRoot)
	return base, nil
}

// resolve turns a target, which is a path from /v3 on with an optional query, into a URL on our own host.
func (c *Client) resolve(target string) *url.URL {
	u := *c.base
	p, query, _ := strings.Cut(target, "?")
	u.Path += p
	u.RawQuery = query
	return &u
}

func notHeaderText(r rune) bool {
	return r < ' ' || r > '~'
}

// target joins a path and a query.
func target(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
