package constantcontact_test

import (
	"net/http"
	"testing"
	"time"

	cc "winnow/constantcontact"
)

// readings are what a client was told of the service's clock.
func readings(t *testing.T) (*[]cc.Reading, func(*cc.Options)) {
	t.Helper()
	all := new([]cc.Reading)
	return all, func(o *cc.Options) { o.Dated = func(r cc.Reading) { *all = append(*all, r) } }
}

func TestTheDateOfEachAnswerOfTheServiceIsPassedOn(t *testing.T) {
	date := time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)
	refusal := `[{"error_key":"not_found","error_message":"The requested resource was not found."}]`
	for name, c := range map[string]struct {
		header http.Header
		status int
		body   string
		want   int
	}{
		"a success":                     {http.Header{"Date": {date.Format(http.TimeFormat)}}, 200, `{"contact_id":"` + contactID + `"}`, 1},
		"a refusal of the service":      {http.Header{"Date": {date.Format(http.TimeFormat)}}, 404, refusal, 1},
		"a page of a proxy":             {http.Header{"Date": {date.Format(http.TimeFormat)}}, 502, `<html>Bad Gateway</html>`, 0},
		"a success that makes no sense": {http.Header{"Date": {date.Format(http.TimeFormat)}}, 200, `<html>Sign in</html>`, 0},
		"the gateway before it":         {http.Header{"Date": {date.Format(http.TimeFormat)}}, 403, `{"message":"Forbidden"}`, 0},
		"an answer of a cache":          {http.Header{"Date": {date.Format(http.TimeFormat)}, "Age": {"31"}}, 200, `{}`, 0},
		"a date that is none":           {http.Header{"Date": {"yesterday"}}, 200, `{}`, 0},
		"no date":                       {http.Header{"Date": nil}, 200, `{}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			told, listen := readings(t)
			client, fake := setup(t, listen)
			fake.HandleFunc(route("GET", "/contacts/"+contactID), func(w http.ResponseWriter, _ *http.Request) {
				for key, values := range c.header {
					w.Header()[key] = values
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			_, _ = client.Contacts.Get(t.Context(), contactID)
			if len(*told) != c.want {
				t.Fatalf("told %+v, want %d", *told, c.want)
			}
			for _, r := range *told {
				if !r.Date.Equal(date) {
					t.Errorf("Date %v, want %v", r.Date, date)
				}
			}
		})
	}
}

// TestAReadingHasTheBoundsOfItsAnswer has the body come later than the header: what counts is when the answer began.
func TestAReadingHasTheBoundsOfItsAnswer(t *testing.T) {
	told, listen := readings(t)
	client, fake := setup(t, listen)
	const pause = 50 * time.Millisecond
	fake.HandleFunc(route("POST", "/activities/contact_delete"), func(w http.ResponseWriter, _ *http.Request) {
		<-time.After(pause)
		w.WriteHeader(http.StatusCreated)
		w.(http.Flusher).Flush()
		<-time.After(pause)
		_, _ = w.Write([]byte(`{"activity_id":"` + activityID + `"}`))
	})
	before := time.Now()
	if _, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(before)
	if len(*told) != 1 {
		t.Fatalf("told %+v, want one", *told)
	}
	if r := (*told)[0]; r.Came < pause || r.Sent < r.Came+pause || r.Sent > took {
		t.Errorf("sent %v and come %v before it was told, in %v", r.Sent, r.Came, took)
	}
}
