package deletion_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"winnow/constantcontact"
	"winnow/sandbox"
)

// door is the listener of the sandbox and the wires to it.
type door struct {
	t       testing.TB
	box     *sandbox.Server
	url     string
	refuses atomic.Bool // connections fail
	mu      sync.Mutex
	tokens  map[string]string // by account
	wire    net.Conn          // made last
	guard   func(w http.ResponseWriter, r *http.Request) (done bool)
	permit  func(ctx context.Context, call constantcontact.Call) error
	dated   func(constantcontact.Reading)
	gate    func(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) // in permit's place
}

func openDoor(t testing.TB, box *sandbox.Server) *door {
	d := &door{t: t, box: box, tokens: map[string]string{}}
	d.signIn(sandbox.MainAccount, sandbox.OwnerLogin)
	d.signIn(sandbox.SecondAccount, sandbox.SecondOwnerLogin)
	server := httptest.NewServer(d)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	d.url = server.URL
	t.Cleanup(func() {
		box.Close() // before its listener, which waits for hanging requests
		server.Close()
	})
	return d
}

// ServeHTTP lets the guard answer in the sandbox's place, when there is one.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", d.box.Clock().Now().UTC().Format(http.TimeFormat)) // of what a guard answers
	d.mu.Lock()
	guard := d.guard
	d.mu.Unlock()
	if guard == nil || !guard(w, r) {
		d.box.ServeHTTP(w, r)
	}
}

func (d *door) setGuard(g func(w http.ResponseWriter, r *http.Request) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.guard = g
}

// signIn gets the account a new token.
func (d *door) signIn(account, login string) {
	d.t.Helper()
	token, err := d.box.IssueToken(login, "account_read", "contact_data")
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens[account] = token
}

// client is the real API client with this door's wires.
func (d *door) client(account string) (*constantcontact.Client, error) {
	return constantcontact.New(constantcontact.Options{
		BaseURL: d.url + "/v3", Development: true, Transport: &http.Transport{DialContext: d.dial}, Dated: d.dated,
		Token: func(context.Context) (string, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.tokens[account], nil
		},
		Governor: func(ctx context.Context, call constantcontact.Call) (func(constantcontact.Ending), error) {
			if d.gate != nil {
				return d.gate(ctx, call)
			}
			if d.permit == nil {
				return func(constantcontact.Ending) {}, nil
			}
			return func(constantcontact.Ending) {}, d.permit(ctx, call)
		},
	})
}

func (d *door) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.refuses.Load() {
		return nil, errors.New("connection refused")
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wire = conn
	return conn, err
}

// cut breaks the connection that was made last, which is how a deadline looks from the inside.
func (d *door) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.wire.Close()
}

// answersLost lets the next deletion request through, with the fault that was planned for its activity, and breaks the
// connection instead of answering.
func (d *door) answersLost() {
	d.setGuard(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		d.setGuard(nil)
		d.box.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// showsAsRestored has some contacts shown as if somebody had put them back.
func (d *door) showsAsRestored(ids ...string) {
	d.setGuard(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v3/contacts") {
			return false
		}
		answer := httptest.NewRecorder()
		d.box.ServeHTTP(answer, r)
		_, _ = w.Write(restored(answer.Body.Bytes(), ids))
		return true
	})
}

// restored takes ids out of a page of deleted contacts, and the day of the deletion off a single contact.
func restored(answer []byte, ids []string) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(answer, &fields) != nil {
		return answer
	}
	isOne := func(c map[string]json.RawMessage) bool {
		return slices.Contains(ids, strings.Trim(string(c["contact_id"]), `"`))
	}
	var page []map[string]json.RawMessage
	if json.Unmarshal(fields["contacts"], &page) == nil && page != nil {
		fields["contacts"], _ = json.Marshal(slices.DeleteFunc(page, isOne))
	} else if isOne(fields) {
		delete(fields, "deleted_at")
	}
	text, _ := json.Marshal(fields)
	return text
}

// joinsLater hides a contact from the readings of lists until the returned function is called.
func (d *door) joinsLater(id string) (joined func()) {
	d.setGuard(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/v3/contacts" {
			return false
		}
		answer := httptest.NewRecorder()
		d.box.ServeHTTP(answer, r)
		_, _ = w.Write(restored(answer.Body.Bytes(), []string{id}))
		return true
	})
	return func() { d.setGuard(nil) }
}

// showsExportsFirst has 500 exports that somebody else made then fill the first page of activities; the second shows the others.
func (d *door) showsExportsFirst(at time.Time) {
	export := fmt.Sprintf(`{"activity_id":"9d8f4a2c-0000-11f1-8155-02420a320002","state":"completed","created_at":%q,"_links":{"results":{"href":"/v3/x"}}}`,
		at.UTC().Format(time.RFC3339))
	first := `{"activities":[` + strings.Repeat(export+",", 499) + export + `],"_links":{"next":{"href":"/v3/activities?cursor=second"}}}`
	d.setGuard(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/v3/activities" {
			return false
		}
		if r.URL.Query().Get("cursor") != "second" {
			_, _ = io.WriteString(w, first)
			return true
		}
		r.URL.RawQuery = ""
		return false
	})
}

// tellsOfMore has every activity that has ended report one item more than it was given.
func (d *door) tellsOfMore() {
	d.setGuard(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v3/activities") {
			return false
		}
		answer := httptest.NewRecorder()
		d.box.ServeHTTP(answer, r)
		_, _ = w.Write(itemCount.ReplaceAllFunc(answer.Body.Bytes(), func(found []byte) []byte {
			name, count, _ := strings.Cut(string(found), ":")
			n, _ := strconv.Atoi(count)
			return []byte(name + ":" + strconv.Itoa(n+1))
		}))
		return true
	})
}

// itemCount is one of the two counters of an activity.
var itemCount = regexp.MustCompile(`"items_(total|completed)_count":[0-9]+`)
