package constantcontact_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	cc "winnow/constantcontact"
)

func TestADeletionStartsInTimeOrNotAtAll(t *testing.T) {
	for name, c := range map[string]struct {
		startBefore time.Time
		sent        int
	}{
		"its time was over at the call":             {time.Now().Add(-time.Millisecond), 0},
		"its time is over once it is permitted":     {time.Now().Add(20 * time.Millisecond), 0},
		"its time is not over":                      {time.Now().Add(time.Hour), 1},
		"it has all the time that a deletion takes": {time.Time{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			client, fake := setup(t, func(o *cc.Options) {
				o.Governor = func(context.Context, cc.Call) (func(cc.Ending), error) {
					<-time.After(time.Until(c.startBefore)) // waits for its turn until the time is over, at most
					return func(cc.Ending) {}, nil
				}
				if c.sent > 0 {
					o.Governor = nil
				}
			})
			fake.answer(route(http.MethodPost, "/activities/contact_delete"), http.StatusCreated, `{"activity_id":"`+activityID+`"}`)
			_, err := client.Activities.DeleteContacts(t.Context(), cc.ContactDelete{ContactIDs: []string{contactID}, StartBefore: c.startBefore})
			var unsent *cc.UnsentError
			if errors.As(err, &unsent) != (c.sent == 0) || len(fake.seen()) != c.sent {
				t.Errorf("%d requests and %v, want %d requests", len(fake.seen()), err, c.sent)
			}
		})
	}
}
