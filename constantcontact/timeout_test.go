package constantcontact_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	cc "winnow/constantcontact"
)

// The tests of this file run in a bubble with its own clock, so that 90 seconds take none. Only connections
// within the bubble can wait there, which is why they use net.Pipe.

// pipeClient is a client whose connections end in serve, and are closed when the test ends.
func pipeClient(t *testing.T, baseURL string, serve func(net.Conn), changes ...func(*cc.Options)) *cc.Client {
	t.Helper()
	dial := func(o *cc.Options) {
		o.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				serve(theirs)
				<-t.Context().Done()
				_ = theirs.Close()
			}()
			return ours, nil
		}}
	}
	return newClient(t, baseURL, append(changes, dial)...)
}

// silent takes everything and answers nothing.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// deaf takes nothing.
func deaf(net.Conn) {}

// switching answers with another protocol and then says nothing.
func switching(conn net.Conn) {
	readRequest(conn)
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
	silent(conn)
}

func TestDeleteGivesUp(t *testing.T) {
	cases := []struct {
		name   string
		base   string
		serve  func(net.Conn)
		given  time.Duration // deadline of the caller, 0 for none
		want   outcome
		within time.Duration
	}{
		{"no answer", "http://api.test/v3", silent, 0, unclear, 90 * time.Second},
		{"no answer until the caller's deadline", "http://api.test/v3", silent, 20 * time.Second, unclear, 20 * time.Second},
		{"a deadline beyond the maximum", "http://api.test/v3", silent, time.Hour, unclear, 90 * time.Second},
		{"nobody reads", "http://api.test/v3", deaf, 0, unclear, 90 * time.Second},
		{"headers but no body", "http://api.test/v3", func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n")
			silent(conn)
		}, 0, unclear, 90 * time.Second},
		{"protocol switched, which has no end", "http://api.test/v3", switching, 0, unclear, 0},
		{"no TLS handshake", "https://api.test/v3", silent, 0, unsent, 5 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.given > 0 {
					limited, cancel := context.WithTimeout(ctx, c.given)
					defer cancel()
					ctx = limited
				}
				start := time.Now()
				activity, err := pipeClient(t, c.base, c.serve).Activities.DeleteContacts(ctx, cc.ContactDelete{ContactIDs: []string{contactID}})
				if got := outcomeOf(t, activity, err); got != c.want {
					t.Errorf("got %s (%v), want %s", got, err, c.want)
				}
				if took := time.Since(start); took != c.within {
					t.Errorf("took %v, want %v", took, c.within)
				}
			})
		})
	}
}

// The bearer token alone is longer than the transport's buffer, so the request is stuck within its headers.
func TestDeleteStuckWithinItsHeadersIsUnclear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := pipeClient(t, "http://api.test/v3", deaf, func(o *cc.Options) {
			o.Token = func(context.Context) (string, error) { return strings.Repeat("a", 8<<10), nil }
		})
		if got := deleteOne(t, client); got != unclear {
			t.Errorf("got %s, want %s", got, unclear)
		}
	})
}

func TestConnectingGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, "http://api.test/v3", func(o *cc.Options) {
			o.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
		})
		start := time.Now()
		if got := deleteOne(t, client); got != unsent || time.Since(start) != 5*time.Second {
			t.Errorf("delete: got %s after %v, want %s after 5s", got, time.Since(start), unsent)
		}
		for _, within := range []time.Duration{3 * time.Second, 5 * time.Second, 5 * time.Second} {
			start = time.Now()
			if _, err := client.Activities.Recent(t.Context(), 1); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != within {
				t.Errorf("read: got %v after %v, want a timeout after %v", err, time.Since(start), within)
			}
		}
	})
}

func TestGovernorsWaitCountsForADelete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, "http://api.test/v3", func(o *cc.Options) {
			o.Governor = func(ctx context.Context, _ cc.Call) (func(cc.Ending), error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		start := time.Now()
		if got := deleteOne(t, client); got != unsent || time.Since(start) != cc.MaxDeleteTime {
			t.Errorf("got %s after %v, want %s after %v", got, time.Since(start), unsent, cc.MaxDeleteTime)
		}
	})
}

func TestReadsGiveUp(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(net.Conn)
		given []int // seconds, for one read after another
	}{
		"no answer":         {silent, []int{3, 6, 12, 24, 30, 30}},
		"protocol switched": {switching, []int{0, 0}},
		"headers but no body": {func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
			silent(conn)
		}, []int{3, 6, 12, 24, 48, 60, 60}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := pipeClient(t, "http://api.test/v3", c.serve)
				for _, seconds := range c.given {
					within := time.Duration(seconds) * time.Second
					start := time.Now()
					_, err := client.Activities.Recent(t.Context(), 1)
					if err == nil || time.Since(start) != within {
						t.Errorf("got %v after %v, want an error after %v", err, time.Since(start), within)
					}
				}
			})
		})
	}
}

// A service that needs 20 seconds for everything is read all the same, after three times, and one that is quick again is not
// waited for longer.
func TestReadsOfASlowServiceAreGivenLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes atomic.Int64 // of the service, in nanoseconds
		client := pipeClient(t, "http://api.test/v3", func(conn net.Conn) {
			readRequest(conn)
			select {
			case <-time.After(time.Duration(takes.Load())):
			case <-t.Context().Done():
			}
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // the reader may have left
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 17\r\n\r\n{\"activities\":[]}")
		})
		for i, step := range []struct {
			takes time.Duration
			works bool
		}{
			{time.Second, true},
			{20 * time.Second, false}, {20 * time.Second, false}, {20 * time.Second, false}, {20 * time.Second, true}, {20 * time.Second, true},
			{time.Second, true}, {4 * time.Second, false}, {4 * time.Second, true}, {7 * time.Second, true}, {time.Second, true}, {4 * time.Second, false},
		} {
			takes.Store(int64(step.takes))
			if _, err := client.Activities.Recent(t.Context(), 1); (err == nil) != step.works {
				t.Errorf("read %d, which takes %v: %v", i, step.takes, err)
			}
		}
	})
}
