package constantcontact_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	cc "winnow/constantcontact"
)

func TestNewChecksItsOptions(t *testing.T) {
	cases := []struct {
		name    string
		options cc.Options
		want    string // part of the error, empty for none
	}{
		{"defaults", cc.Options{Token: staticToken}, ""},
		{"the default spelled out", cc.Options{Token: staticToken, BaseURL: "https://api.cc.email/v3/"}, ""},
		{"no token", cc.Options{}, "Token"},
		{"other host", cc.Options{Token: staticToken, BaseURL: "https://api.example.com/v3"}, "Development"},
		{"other port", cc.Options{Token: staticToken, BaseURL: "https://api.cc.email:8443/v3"}, "Development"},
		{"plain http", cc.Options{Token: staticToken, BaseURL: "http://api.cc.email/v3"}, "Development"},
		{"user in front of the host", cc.Options{Token: staticToken, BaseURL: "https://api.cc.email@evil.example/v3"}, "Development"},
		{"plain http in development", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1:1/v3"}, ""},
		{"base path in development", cc.Options{Token: staticToken, Development: true, BaseURL: "https://x.example/a/b/v3/"}, ""},
		{"no v3", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1:1"}, "end in /v3"},
		{"ends like v3", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1:1/xv3"}, "end in /v3"},
		{"dots", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1:1/a/../v3"}, "plain"},
		{"escapes", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1:1/a%2fb/v3"}, "plain"},
		{"other scheme", cc.Options{Token: staticToken, Development: true, BaseURL: "ftp://127.0.0.1/v3"}, "http or https"},
		{"no host", cc.Options{Token: staticToken, Development: true, BaseURL: "http:///v3"}, "host"},
		{"no host but a port", cc.Options{Token: staticToken, Development: true, BaseURL: "http://:80/v3"}, "host"},
		{"path only", cc.Options{Token: staticToken, Development: true, BaseURL: "/v3"}, "http or https"},
		{"user info", cc.Options{Token: staticToken, Development: true, BaseURL: "http://me:secret@127.0.0.1/v3"}, "user info"},
		{"query", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1/v3?a=b"}, "query"},
		{"empty query", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1/v3?"}, "query"},
		{"fragment", cc.Options{Token: staticToken, Development: true, BaseURL: "http://127.0.0.1/v3#a"}, "fragment"},
		{"no URL", cc.Options{Token: staticToken, Development: true, BaseURL: "http://me:secret@[bad/v3"}, "not a URL"},
		{"line break in the user agent", cc.Options{Token: staticToken, UserAgent: "a\r\nb"}, "UserAgent"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			client, err := cc.New(c.options)
			if (err == nil) != (c.want == "") || (err == nil) != (client != nil) {
				t.Fatalf("got client %v and error %v, want error %q", client != nil, err, c.want)
			}
			if err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("got error %q, want %q in it and no password", err, c.want)
			}
		})
	}
}

func TestTokenThenGovernorThenRequest(t *testing.T) {
	var order []string
	client, fake := setup(t, func(o *cc.Options) {
		o.Token = func(context.Context) (string, error) { order = append(order, "token"); return testToken, nil }
		o.Governor = func(_ context.Context, call cc.Call) (func(cc.Ending), error) {
			order = append(order, string(call.Kind)+" "+call.Name)
			return func(e cc.Ending) { order = append(order, strconv.Itoa(e.Status)) }, nil
		}
	})
	fake.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		order = append(order, r.Method)
		_, _ = io.WriteString(w, strings.Replace(sample(t, "activities"), `{"activities"`, `{"activity_id":"`+activityID+`","activities"`, 1))
	})
	ctx := t.Context()
	count := 0
	for _, err := range client.Activities.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count == 6 { // the first item of the second page
			break
		}
	}
	if _, err := client.Activities.Get(ctx, activityID); err != nil {
		t.Fatal(err)
	}
	deleteOne(t, client)

	want := []string{
		"token", "read activities.list", "GET", "200",
		"token", "read activities.list", "GET", "200",
		"token", "read activities.get", "GET", "200",
		"token", "delete activities.contact_delete", "POST", "200",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

func TestCallNames(t *testing.T) {
	var calls []cc.Call
	sentinel := errors.New("not now")
	client, fake := setup(t, func(o *cc.Options) {
		o.Governor = func(_ context.Context, call cc.Call) (func(cc.Ending), error) {
			calls = append(calls, call)
			return nil, sentinel
		}
	})
	ctx := t.Context()
	errs := []error{
		second(client.Account.Summary(ctx)),
		second(client.Account.Privileges(ctx)),
		second(collect(client.Lists.All(ctx, cc.ListOptions{}))),
		second(client.Lists.Get(ctx, listID)),
		second(collect(client.Contacts.All(ctx, cc.ContactOptions{Email: "me@example.com"}))),
		second(client.Contacts.Count(ctx, cc.ContactOptions{})),
		second(client.Contacts.Get(ctx, contactID)),
		second(client.Activities.Recent(ctx, 1)),
		second(collect(client.Activities.All(ctx))),
		second(client.Activities.Get(ctx, activityID)),
		second(client.Activities.DeleteContacts(ctx, cc.ContactDelete{ListIDs: []string{listID}})),
	}
	for i, err := range errs {
		if !errors.Is(err, sentinel) || strings.Contains(err.Error(), "example.com") {
			t.Errorf("call %d: got %v, want the governor's error and no address", i, err)
		}
	}
	want := []cc.Call{
		{Kind: "read", Name: "account.summary"}, {Kind: "read", Name: "account.privileges"},
		{Kind: "read", Name: "lists.list"}, {Kind: "read", Name: "lists.get"},
		{Kind: "read", Name: "contacts.list"}, {Kind: "read", Name: "contacts.count"}, {Kind: "read", Name: "contacts.get"},
		{Kind: "read", Name: "activities.list"}, {Kind: "read", Name: "activities.list"}, {Kind: "read", Name: "activities.get"},
		{Kind: "delete", Name: "activities.contact_delete"},
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	if n := len(fake.seen()); n != 0 {
		t.Errorf("%d requests were made without permission", n)
	}
}

func TestReadHeaders(t *testing.T) {
	client, fake := setup(t)
	fake.answer(route("GET", "/activities"), 200, `{"activities":[]}`)
	if _, err := client.Activities.Recent(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "Authorization": {"Bearer " + testToken},
		"User-Agent": {"winnow"},
	}
	if diff := cmp.Diff(want, fake.seen()[0].Header); diff != "" {
		t.Error(diff)
	}
}

func TestProxyOnlyWhenAsked(t *testing.T) {
	var dialled []string
	pattern := &http.Transport{
		Proxy: func(*http.Request) (*url.URL, error) { t.Error("the pattern's proxy was used"); return nil, nil },
		DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return nil, errors.New("no network")
		},
	}
	for _, proxy := range []func(*http.Request) (*url.URL, error){
		nil, http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"}),
	} {
		client := newClient(t, "https://api.example:444/v3", func(o *cc.Options) { o.Transport, o.Proxy = pattern, proxy })
		if _, err := client.Activities.Recent(t.Context(), 1); err == nil {
			t.Error("read succeeded without a network")
		}
		deleteOne(t, client)
	}
	want := []string{"api.example:444", "api.example:444", "proxy.example:3128", "proxy.example:3128"}
	if diff := cmp.Diff(want, dialled); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrentUse(t *testing.T) {
	tokens := make(chan string, 1)
	tokens <- testToken
	client, fake := setup(t, func(o *cc.Options) {
		o.Token = func(context.Context) (string, error) {
			token := <-tokens
			tokens <- token
			return token, nil
		}
	})
	fake.answer(route("GET", "/contacts"), 200, sample(t, "contacts"))
	fake.answer(route("GET", "/contact_lists"), 200, sample(t, "lists"))
	fake.answer(route("POST", "/activities/contact_delete"), 201, activityBody)

	contacts := client.Contacts.All(t.Context(), cc.ContactOptions{}) // shared by all
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, err := collect(contacts); err != nil || len(got) != 3 {
				t.Errorf("got %d contacts, %v", len(got), err)
			}
			if got, err := collect(client.Lists.All(t.Context(), cc.ListOptions{})); err != nil || len(got) != 3 {
				t.Errorf("got %d lists, %v", len(got), err)
			}
			activity, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}})
			if err != nil || activity.ActivityID != activityID {
				t.Errorf("got %+v, %v", activity, err)
			}
		})
	}
	group.Wait()
	if n := len(fake.seen()); n != 24 {
		t.Errorf("%d requests arrived, want 24", n)
	}
}
