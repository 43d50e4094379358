package constantcontact_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

// retrying is a client whose waits are noted and take no time.
func retrying(t *testing.T, changes ...func(*cc.Options)) (*cc.Client, *fakeAPI, *[]time.Duration) {
	t.Helper()
	waits := new([]time.Duration)
	retries := &cc.Retries{Sleep: func(_ context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return nil
	}}
	client, fake := setup(t, append(changes, func(o *cc.Options) { o.Retries = retries })...)
	return client, fake, waits
}

// answers has the activities answered by each of these in turn, and by the last from then on.
func (f *fakeAPI) answers(steps ...func(http.ResponseWriter)) {
	n := 0
	f.HandleFunc(route("GET", "/activities"), func(w http.ResponseWriter, _ *http.Request) {
		n++
		steps[min(n, len(steps))-1](w)
	})
}

func status(code int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

var (
	good      = status(200, `{"activities":[]}`)
	cutOff    = func(w http.ResponseWriter) { w.Header().Set("Content-Length", "400"); good(w) }
	goneAway  = func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	throttled = status(429, `{"error_key":"throttled","error_message":"Too Many Requests"}`)
)

func TestWhichReadsAreRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		first func(http.ResponseWriter)
		asked int
	}{
		"success":             {good, 1},
		"server error":        {status(500, ""), 2},
		"bad gateway":         {status(502, htmlBody), 2},
		"connection broken":   {goneAway, 2},
		"answer cut off":      {cutOff, 2},
		"throttled":           {throttled, 2},
		"bad request":         {status(400, arrayBody), 1},
		"forbidden":           {status(403, objectBody), 1},
		"not found":           {status(404, ""), 1},
		"the day is used":     {status(429, `{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}`), 1},
		"redirect":            {status(302, ""), 1},
		"unauthorized, alone": {status(401, objectBody), 1},
	} {
		t.Run(name, func(t *testing.T) {
			client, fake, waits := retrying(t)
			fake.answers(c.first, good)
			_, err := client.Activities.Recent(t.Context(), 1)
			if n := len(fake.seen()); n != c.asked {
				t.Errorf("asked %d times, want %d (%v)", n, c.asked, err)
			}
			if (err == nil) != (c.asked == 2 || name == "success") {
				t.Errorf("got %v", err)
			}
			for _, w := range *waits {
				if w < 0 || w > 500*time.Millisecond {
					t.Errorf("waited %v before the first repetition, want up to half a second", w)
				}
			}
		})
	}
}

func TestARepeatedReadGivesUp(t *testing.T) {
	client, fake, waits := retrying(t)
	fake.answers(status(503, ""))
	var refused *cc.Error
	if _, err := client.Activities.Recent(t.Context(), 1); !errors.As(err, &refused) || refused.Status != 503 {
		t.Errorf("got %v, want the last answer", err)
	}
	if n := len(fake.seen()); n != 4 || len(*waits) != 3 {
		t.Errorf("asked %d times with %d waits, want 4 and 3", n, len(*waits))
	}
	for i, most := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
		if w := (*waits)[i]; w > most {
			t.Errorf("wait %d is %v, want up to %v", i+1, w, most)
		}
	}
}

// TestTheBudgetOfRepetitions has everything fail for a long time: the extra requests are a tenth, and a few.
func TestTheBudgetOfRepetitions(t *testing.T) {
	client, fake, _ := retrying(t)
	fake.answers(status(503, ""))
	const reads = 300
	for range reads {
		if _, err := client.Activities.Recent(t.Context(), 1); err == nil {
			t.Fatal("no error")
		}
	}
	if extra := len(fake.seen()) - reads; extra < reads/10 || extra > reads/10+5 {
		t.Errorf("%d reads cost %d repetitions, want a tenth and at most 5 more", reads, extra)
	}
}

func TestClientsShareABudget(t *testing.T) {
	client, fake, _ := retrying(t)
	shared := new(cc.Retries)
	shared.Sleep = func(context.Context, time.Duration) error { return nil }
	fake.answers(status(503, ""))
	for range 4 {
		other := newClient(t, fake.URL, func(o *cc.Options) { o.Retries = shared })
		_, _ = other.Activities.Recent(t.Context(), 1)
	}
	if n := len(fake.seen()); n != 4+5 {
		t.Errorf("asked %d times, want 4 and the 5 repetitions of one budget", n)
	}
	if _, err := client.Activities.Recent(t.Context(), 1); err == nil || len(fake.seen()) != 4+5+4 {
		t.Errorf("another budget: asked %d times in all", len(fake.seen()))
	}
}

func TestARepetitionThatIsNotPermitted(t *testing.T) {
	sentinel := errors.New("the governor says no")
	calls := 0
	client, fake, _ := retrying(t, func(o *cc.Options) {
		o.Governor = func(context.Context, cc.Call) (func(cc.Ending), error) {
			if calls++; calls > 1 {
				return nil, sentinel
			}
			return func(cc.Ending) {}, nil
		}
	})
	fake.answers(status(503, ""))
	if _, err := client.Activities.Recent(t.Context(), 1); !errors.Is(err, sentinel) || calls != 2 || len(fake.seen()) != 1 {
		t.Errorf("got %v after asking for %d permissions", err, calls)
	}
}

func TestACallerWhoLeavesWhileARepetitionWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, fake := setup(t, func(o *cc.Options) {
		o.Retries = &cc.Retries{Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }}
	})
	fake.answers(status(503, ""))
	if _, err := client.Activities.Recent(ctx, 1); err == nil || len(fake.seen()) != 1 {
		t.Errorf("got %v after %d requests", err, len(fake.seen()))
	}
}

func TestDeletionsAreNeverRepeated(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"server error": status(503, ""), "throttled": throttled, "broken": goneAway, "unauthorized": status(401, objectBody),
	} {
		t.Run(name, func(t *testing.T) {
			client, fake, waits := retrying(t, func(o *cc.Options) {
				o.Refused = func(context.Context, string) bool { return true }
			})
			fake.HandleFunc(route("POST", "/activities/contact_delete"), func(w http.ResponseWriter, _ *http.Request) { answer(w) })
			deleteOne(t, client)
			if n := len(fake.seen()); n != 1 || len(*waits) != 0 {
				t.Errorf("%d requests, %d waits", n, len(*waits))
			}
		})
	}
}

func TestATokenThatIsNotAccepted(t *testing.T) {
	unauthorized := status(401, sample(t, "unauthorized"))
	for name, c := range map[string]struct {
		steps []func(http.ResponseWriter)
		again bool     // there may be another token
		want  []string // tokens that were sent
		works bool
	}{
		"another token works":                  {[]func(http.ResponseWriter){unauthorized, good}, true, []string{"one", "two"}, true},
		"no other token":                       {[]func(http.ResponseWriter){unauthorized, good}, false, []string{"one"}, false},
		"the other token is no better":         {[]func(http.ResponseWriter){unauthorized, unauthorized, good}, true, []string{"one", "two"}, false},
		"a proxy says so":                      {[]func(http.ResponseWriter){status(401, htmlBody), good}, true, []string{"one"}, false},
		"trouble, then not accepted, and then": {[]func(http.ResponseWriter){status(500, ""), unauthorized, good}, true, []string{"one", "one", "two"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			token, told := "one", []string(nil)
			client, fake, _ := retrying(t, func(o *cc.Options) {
				o.Token = func(context.Context) (string, error) { return token, nil }
				o.Refused = func(_ context.Context, old string) bool {
					told = append(told, old)
					token = "two"
					return c.again
				}
			})
			fake.answers(c.steps...)
			_, err := client.Activities.Recent(t.Context(), 1)
			var sent []string
			for _, r := range fake.seen() {
				sent = append(sent, r.Header.Get("Authorization")[len("Bearer "):])
			}
			if diff := cmp.Diff(c.want, sent); diff != "" || c.works != (err == nil) {
				t.Errorf("got %v; tokens (-want +got):\n%s", err, diff)
			}
			if len(told) > 1 || len(told) == 1 && told[0] != "one" {
				t.Errorf("told of %v", told)
			}
		})
	}
}

func TestARefusedDeletionTellsItsToken(t *testing.T) {
	var told []string
	client, fake := setup(t, func(o *cc.Options) {
		o.Refused = func(_ context.Context, token string) bool { told = append(told, token); return true }
	})
	fake.answer(route("POST", "/activities/contact_delete"), 401, sample(t, "unauthorized"))
	if got := deleteOne(t, client); got != refused {
		t.Errorf("got %s, want %s", got, refused)
	}
	if diff := cmp.Diff([]string{testToken}, told); diff != "" {
		t.Error(diff)
	}
}

func TestHowEveryCallEnded(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter)
		status  int
		refusal string // key of the refusal; "-" for one without a key, empty for none
		failed  bool
	}{
		"success":      {status(200, `{"activities":[],"activity_id":"`+activityID+`"}`), 200, "", false},
		"throttled":    {throttled, 429, "throttled", true},
		"queue full":   {status(429, keylessBody), 429, "-", true},
		"bad gateway":  {status(502, htmlBody), 502, "-", true},
		"no answer":    {goneAway, 0, "", true},
		"cut off":      {cutOff, 200, "", true},
		"not accepted": {status(401, sample(t, "unauthorized")), 401, "unauthorized", true},
	} {
		t.Run(name, func(t *testing.T) {
			var calls []cc.Call
			var endings []cc.Ending
			client, fake := setup(t, func(o *cc.Options) {
				o.Governor = func(_ context.Context, call cc.Call) (func(cc.Ending), error) {
					calls = append(calls, call)
					return func(e cc.Ending) { endings = append(endings, e) }, nil
				}
			})
			fake.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { c.answer(w) })
			_, _ = client.Activities.Recent(t.Context(), 1)
			deleteOne(t, client)
			if len(endings) != 2 || len(calls) != 2 {
				t.Fatalf("%d calls and %d endings, want 2 each", len(calls), len(endings))
			}
			for i, e := range endings {
				proven := c.refusal != "" && (i == 0 || c.status < 500) // a deletion's refusal has to be the vendor's own
				if e.Status != c.status || (e.Err != nil) != c.failed || (e.Refusal != nil) != proven {
					t.Errorf("%s ended as %+v", calls[i].Kind, e)
				}
				if e.Refusal != nil && c.refusal != "-" && e.Refusal.Key != c.refusal {
					t.Errorf("%s was refused as %q", calls[i].Kind, e.Refusal.Key)
				}
			}
		})
	}
}
