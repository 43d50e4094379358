package constantcontact_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestDeleteRequest(t *testing.T) {
	token := strings.Repeat("abcdefghij", 600) // more than one write buffer of header
	client, fake := setup(t, func(o *cc.Options) {
		o.Token = func(context.Context) (string, error) { return token, nil }
		o.UserAgent = "winnow/1.0"
	})
	var body string
	fake.HandleFunc(route("POST", "/activities/contact_delete"), func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		body = string(sent)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, activityBody)
	})

	got, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID, listID}})
	if err != nil || got.ActivityID != activityID {
		t.Fatalf("got %+v, %v", got, err)
	}
	if want := `{"contact_ids":["` + contactID + `","` + listID + `"]}`; body != want {
		t.Errorf("body is %s, want %s", body, want)
	}
	sent := fake.seen()[0]
	want := http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer " + token}, "Connection": {"close"},
		"Content-Length": {"95"}, "Content-Type": {"application/json"}, "User-Agent": {"winnow/1.0"},
	}
	if diff := cmp.Diff(want, sent.Header); diff != "" {
		t.Errorf("headers: %s", diff)
	}
	if sent.Proto != "HTTP/1.1" || sent.URL.RawQuery != "" {
		t.Errorf("sent %s with query %q", sent.Proto, sent.URL.RawQuery)
	}
}

func TestDeleteByList(t *testing.T) {
	client, fake := setup(t)
	var body string
	fake.HandleFunc(route("POST", "/activities/contact_delete"), func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		body = string(sent)
		_, _ = io.WriteString(w, activityBody)
	})
	if _, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ListIDs: []string{listID}}); err != nil {
		t.Fatal(err)
	}
	if want := `{"list_ids":["` + listID + `"]}`; body != want {
		t.Errorf("body is %s, want %s", body, want)
	}
}

func TestDeleteUsesAFreshConnection(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("POST", "/activities/contact_delete"), 201, activityBody)
	fake.answer(route("GET", "/activities"), 200, `{"activities":[]}`)
	for range 2 {
		if _, err := client.Activities.Recent(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		deleteOne(t, client)
	}
	var ports []string
	for _, r := range fake.seen() {
		ports = append(ports, r.RemoteAddr)
	}
	if ports[0] != ports[2] {
		t.Error("the second read did not use the kept connection")
	}
	if ports[1] == ports[0] || ports[3] == ports[0] || ports[1] == ports[3] {
		t.Errorf("deletes shared a connection: %v", ports)
	}
}

func TestDeleteSpeaksHTTP1WhereReadsSpeakHTTP2(t *testing.T) {
	var protocols []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols = append(protocols, r.Proto)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"activities":[]}`)
			return
		}
		_, _ = io.WriteString(w, activityBody)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := newClient(t, server.URL+"/v3", func(o *cc.Options) {
		o.Transport = server.Client().Transport.(*http.Transport)
	})

	if _, err := client.Activities.Recent(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if got := deleteOne(t, client); got != accepted {
		t.Errorf("got %s, want %s", got, accepted)
	}
	if diff := cmp.Diff([]string{"HTTP/2.0", "HTTP/1.1"}, protocols); diff != "" {
		t.Error(diff)
	}
}

func TestDeleteRefusesWhatTheVendorWould(t *testing.T) {
	many := slices.Repeat([]string{contactID}, 501)
	cases := map[string]cc.ContactDelete{
		"nothing":            {},
		"empty":              {ContactIDs: []string{}, ListIDs: []string{}},
		"both":               {ContactIDs: []string{contactID}, ListIDs: []string{listID}},
		"501 contacts":       {ContactIDs: many},
		"51 lists":           {ListIDs: many[:51]},
		"empty contact id":   {ContactIDs: []string{contactID, ""}},
		"address as contact": {ContactIDs: []string{contactID, "someone@example.com"}},
		"number as list":     {ListIDs: []string{"17"}},
		"id with a space":    {ContactIDs: []string{" " + contactID[1:]}},
		"urn":                {ContactIDs: []string{"urn:uuid:" + contactID}},
	}
	client, fake := setup(t, func(o *cc.Options) {
		o.Token = func(context.Context) (string, error) { t.Error("asked for a token"); return testToken, nil }
	})
	for name, body := range cases {
		activity, err := client.Activities.DeleteContacts(t.Context(), body)
		if got := outcomeOf(t, activity, err); got != unsent {
			t.Errorf("%s: got %s, want %s", name, got, unsent)
		}
		if strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s: the error repeats an address: %v", name, err)
		}
	}
	if n := len(fake.seen()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestDeleteTakesTheMost(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("POST", "/activities/contact_delete"), 201, activityBody)
	for _, body := range []cc.ContactDelete{
		{ContactIDs: slices.Repeat([]string{contactID}, 500)},
		{ListIDs: slices.Repeat([]string{listID}, 50)},
	} {
		if _, err := client.Activities.DeleteContacts(t.Context(), body); err != nil {
			t.Error(err)
		}
	}
}

func TestDeleteUnsent(t *testing.T) {
	sentinel := errors.New("not now")
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	plain, _ := rawServer(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
		readRequest(conn)
	})
	resetting, _ := rawServer(t, reset)
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes are the point
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	secure := func(base string) string { return strings.Replace(base, "http:", "https:", 1) }

	cases := map[string]func(*cc.Options){
		"no token": func(o *cc.Options) {
			o.Token = func(context.Context) (string, error) { return "", sentinel }
		},
		"empty token": func(o *cc.Options) {
			o.Token = func(context.Context) (string, error) { return "", nil }
		},
		"token with a line break": func(o *cc.Options) {
			o.Token = func(context.Context) (string, error) { return "abc\r\nX-Evil: 1", nil }
		},
		"no permission": func(o *cc.Options) {
			o.Governor = func(context.Context, cc.Call) (func(cc.Ending), error) { return nil, sentinel }
		},
		"connection refused": func(o *cc.Options) { o.BaseURL = "http://" + gone.Addr().String() + "/v3" },
		"unknown host": func(o *cc.Options) {
			o.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.cc.email"}}
			}}
		},
		"server without TLS":        func(o *cc.Options) { o.BaseURL = secure(plain) },
		"reset during TLS":          func(o *cc.Options) { o.BaseURL = secure(resetting) },
		"certificate not trusted":   func(o *cc.Options) { o.BaseURL = untrusted.URL + "/v3" },
		"certificate of another":    func(o *cc.Options) { o.BaseURL, o.Transport = otherName(untrusted) },
		"cancelled before the call": nil,
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if change == nil {
				cancelled, cancel := context.WithCancel(ctx)
				cancel()
				ctx, change = cancelled, func(*cc.Options) {}
			}
			client, fake := setup(t, change)
			activity, err := client.Activities.DeleteContacts(ctx, cc.ContactDelete{ContactIDs: []string{contactID}})
			if got := outcomeOf(t, activity, err); got != unsent {
				t.Errorf("got %s (%v), want %s", got, err, unsent)
			}
			if strings.HasPrefix(name, "no ") && !errors.Is(err, sentinel) {
				t.Errorf("error %v does not wrap its cause", err)
			}
			if n := len(fake.seen()); n != 0 {
				t.Errorf("%d requests arrived", n)
			}
		})
	}
}

// otherName trusts the server's certificate but calls it by a name it does not hold.
func otherName(server *httptest.Server) (string, *http.Transport) {
	pattern := server.Client().Transport.(*http.Transport).Clone()
	pattern.TLSClientConfig = &tls.Config{RootCAs: pattern.TLSClientConfig.RootCAs, ServerName: "api.elsewhere.example"}
	return server.URL + "/v3", pattern
}

func TestDeleteCancelledWhileConnecting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client, fake := setup(t, func(o *cc.Options) {
		o.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
	})
	activity, err := client.Activities.DeleteContacts(ctx, cc.ContactDelete{ContactIDs: []string{contactID}})
	if got := outcomeOf(t, activity, err); got != unsent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %s (%v), want %s", got, err, unsent)
	}
	if n := len(fake.seen()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestDeleteCancelledWhileTheGovernorWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client, _ := setup(t, func(o *cc.Options) {
		o.Governor = func(ctx context.Context, _ cc.Call) (func(cc.Ending), error) {
			cancel()
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
	})
	activity, err := client.Activities.DeleteContacts(ctx, cc.ContactDelete{ContactIDs: []string{contactID}})
	if got := outcomeOf(t, activity, err); got != unsent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %s (%v), want %s", got, err, unsent)
	}
}

func TestDeleteCancelledWhileWaitingForTheAnswer(t *testing.T) {
	for name, start := range map[string]string{
		"before any":      "",
		"within the body": "HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n" + activityBody,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			base, _ := rawServer(t, func(conn net.Conn) {
				readRequest(conn)
				_, _ = io.WriteString(conn, start)
				cancel()
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
			})
			activity, err := newClient(t, base).Activities.DeleteContacts(ctx, cc.ContactDelete{ContactIDs: []string{contactID}})
			if got := outcomeOf(t, activity, err); got != unclear || !errors.Is(err, context.Canceled) {
				t.Errorf("got %s (%v), want %s", got, err, unclear)
			}
		})
	}
}
