package constantcontact_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	cc "winnow/constantcontact"
)

func TestReadErrors(t *testing.T) {
	cases := []struct {
		name       string
		status     int
		body       string
		fromVendor bool
		key        string
		message    string
		is         string // the one helper that says yes
		retry      bool
	}{
		{"bad request", 400, arrayBody, true, "contacts.api.validation.error", "contact_ids is invalid", "", false},
		{"several errors", 400, `[{"error_key":"a","error_message":"x"},{"error_key":"b","error_message":"y"}]`, true, "a", "x; y", "", false},
		{"unauthorized", 401, sample(t, "unauthorized"), true, "unauthorized", "Unauthorized", "unauthorized", false},
		{"unauthorized by a proxy", 401, htmlBody, false, "", htmlBody, "", false},
		{"forbidden", 403, objectBody, true, "access_denied", "Request forbidden", "forbidden", false},
		{"forbidden by the gateway", 403, gatewayBody, false, "", gatewayBody, "", false},
		{"not found", 404, sample(t, "not_found"), true, "not_found", "The requested resource was not found.", "not found", false},
		{"not found, empty", 404, " ", false, "", "empty answer", "", false},
		{"throttled", 429, `{"error_key":"throttled","error_message":"Too Many Requests"}`, true, "throttled", "Too Many Requests", "throttled", true},
		{"quota", 429, `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`, true, "quota_exceeded", "Limit Exceeded", "quota", false},
		{"other limit on a read", 429, keylessBody, true, "", "Too many activities are queued for this account.", "", true},
		{"limit of the gateway", 429, `{"message":"Too Many Requests"}`, false, "", `{"message":"Too Many Requests"}`, "", true},
		{"request timeout", 408, "", false, "", "empty answer", "", true},
		{"too early", 425, "", false, "", "empty answer", "", true},
		{"conflict", 409, arrayBody, true, "contacts.api.validation.error", "contact_ids is invalid", "", false},
		{"internal error", 500, arrayBody, true, "contacts.api.validation.error", "contact_ids is invalid", "", true},
		{"not implemented", 501, "", false, "", "empty answer", "", false},
		{"bad gateway", 502, htmlBody, false, "", htmlBody, "", true},
		{"unavailable", 503, "", false, "", "empty answer", "", true},
		{"gateway timeout", 504, "", false, "", "empty answer", "", true},
		{"version", 505, "", false, "", "empty answer", "", false},
		{"no content", 204, "", false, "", "empty answer", "", false},
		{"later", 202, `{"status":"processing"}`, false, "", `{"status":"processing"}`, "", false},
		{"redirect", 301, "", false, "", "the redirect was refused: requests never follow one", "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client, fake := setup(t)
			fake.HandleFunc(route("GET", "/contacts"), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-amzn-requestid", "abc-123")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := client.Contacts.Count(t.Context(), cc.ContactOptions{Email: "me@example.com"})
			got := new(cc.Error)
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if *got != (cc.Error{Status: c.status, Key: c.key, Message: c.message, RequestID: "abc-123", Method: "GET", Path: "/v3/contacts", FromVendor: c.fromVendor}) {
				t.Errorf("got %+v", got)
			}
			if said := saysYes(got); said != c.is {
				t.Errorf("helpers say %q, want %q", said, c.is)
			}
			if retry, reason := got.Retryable(); retry != c.retry || reason == "" {
				t.Errorf("retry is %v because %q, want %v", retry, reason, c.retry)
			}
			if n := len(fake.seen()); n != 1 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

// saysYes names the helpers that say yes.
func saysYes(e *cc.Error) string {
	var names []string
	for name, yes := range map[string]bool{
		"unauthorized": e.Unauthorized(), "forbidden": e.Forbidden(), "not found": e.NotFound(),
		"throttled": e.Throttled(), "quota": e.QuotaExceeded(), "queue": e.QueueFull(),
	} {
		if yes {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

func TestErrorText(t *testing.T) {
	full := &cc.Error{Status: 404, Key: "not_found", Message: "Gone.", RequestID: "r-1", Method: "GET", Path: "/v3/contacts"}
	if got, want := full.Error(), "GET /v3/contacts: status 404 not_found: Gone. (request id r-1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	bare := &cc.Error{Status: 500, Method: "GET", Path: "/v3/contacts"}
	if got, want := bare.Error(), "GET /v3/contacts: status 500"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	cause := errors.New("cause")
	if got := (&cc.UnsentError{Err: cause}).Error(); got != "delete request was not sent: cause" {
		t.Errorf("got %q", got)
	}
	doubt := &cc.UnclearError{Status: 502, RequestID: "r-2", Err: cause}
	if got := doubt.Error(); got != "delete request was written but its outcome is unclear: status 502: cause (request id r-2)" {
		t.Errorf("got %q", got)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	padding := func(n int) []byte { return bytes.Repeat([]byte(" "), n) }
	whole := append([]byte(`{"activities":[]}`), padding(16<<20-17)...) // 16 MiB to the byte
	cases := map[string]struct {
		send func(w http.ResponseWriter)
		fits bool
	}{
		"exactly 16 MiB":            {func(w http.ResponseWriter) { _, _ = w.Write(whole) }, true},
		"one byte more":             {func(w http.ResponseWriter) { _, _ = w.Write(append(whole, ' ')) }, false},
		"16 MiB compressed":         {func(w http.ResponseWriter) { writeGzip(w, whole) }, true},
		"one more, compressed":      {func(w http.ResponseWriter) { writeGzip(w, append(whole, ' ')) }, false},
		"gzip bomb that never ends": {writeForever, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			client, fake := setup(t)
			fake.HandleFunc(route("GET", "/activities"), func(w http.ResponseWriter, _ *http.Request) { c.send(w) })
			_, err := client.Activities.Recent(t.Context(), 1)
			if c.fits && err != nil || !c.fits && !errors.Is(err, cc.ErrAnswerTooLarge) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func writeGzip(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_, _ = packed.Write(body)
	_ = packed.Close()
}

// writeForever sends compressed zeros until the client goes away.
func writeForever(w http.ResponseWriter) {
	w.Header().Set("Content-Encoding", "gzip")
	packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	zeros := make([]byte, 1<<20)
	for {
		if _, err := packed.Write(zeros); err != nil {
			return
		}
	}
}

func TestContentTypeIsNotTrusted(t *testing.T) {
	client, fake := setup(t)
	fake.HandleFunc(route("GET", "/activities"), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("limit") == "1" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `{"activities":[]}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, htmlBody)
	})
	if _, err := client.Activities.Recent(t.Context(), 1); err != nil {
		t.Errorf("JSON called HTML: %v", err)
	}
	if _, err := client.Activities.Recent(t.Context(), 2); err == nil {
		t.Error("HTML called JSON was accepted")
	}
}

func TestBrokenReads(t *testing.T) {
	write := func(answer string) func(net.Conn) {
		return func(conn net.Conn) { readRequest(conn); _, _ = io.WriteString(conn, answer) }
	}
	for name, act := range map[string]func(net.Conn){
		"reset":         func(conn net.Conn) { readRequest(conn); reset(conn) },
		"closed":        readRequest,
		"no HTTP":       write("me@example.com says hello\r\n\r\n"),
		"cut off":       write("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + `{"activities":[]}`),
		"cut off error": write("HTTP/1.1 500 No\r\nContent-Length: 400\r\n\r\n" + arrayBody),
		"broken gzip":   write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"),
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := rawServer(t, act)
			got, err := newClient(t, base).Activities.Recent(t.Context(), 1)
			if err == nil {
				t.Fatalf("got %+v, want an error", got)
			}
			if strings.Contains(err.Error(), "example.com") || len(err.Error()) > 500 {
				t.Errorf("error repeats too much: %v", err)
			}
		})
	}
}

func TestReadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client, fake := setup(t)
	fake.HandleFunc(route("GET", "/contacts/"+contactID), func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := client.Contacts.Get(ctx, contactID); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancellation", err)
	}
}

func TestNothingSecretInErrors(t *testing.T) {
	mail := "someone.private@example.com"
	echo := testToken + " Bearer " + testToken + " " + mail + " \x1b[31m\r\nX: \u202e" + strings.Repeat("z", 400)
	bodies := map[string]string{
		"vendor array":  `[{"error_key":"` + testToken + `","error_message":"` + testToken + " " + mail + `\u0007"}]`,
		"vendor object": `{"error_key":"a","error_message":"` + testToken + " " + mail + strings.Repeat(" long", 200) + `"}`,
		"anything":      echo,
	}
	for name, body := range bodies {
		for _, status := range []int{200, 201, 302, 400, 429, 500} {
			client, fake := setup(t)
			fake.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Amzn-Requestid", testToken+" "+mail)
				w.Header().Set("Location", "/"+testToken)
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			_, readErr := client.Contacts.Count(t.Context(), cc.ContactOptions{Email: mail})
			_, deleteErr := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}})
			for _, err := range []error{readErr, deleteErr} {
				if err == nil {
					t.Fatalf("%s, %d: no error", name, status)
				}
				wantHarmless(t, err.Error(), mail)
			}
		}
	}
}

func wantHarmless(t *testing.T, text, mail string) {
	t.Helper()
	if strings.Contains(text, testToken) || strings.Contains(text, mail) || strings.Contains(text, "@") {
		t.Errorf("holds a secret: %q", text)
	}
	if strings.ContainsAny(text, "\r\n\x1b\x07\u202e") {
		t.Errorf("holds a control character: %q", text)
	}
	if len([]rune(text)) > 600 {
		t.Errorf("has %d characters", len([]rune(text)))
	}
}
