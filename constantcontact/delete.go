package constantcontact

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Limits of one ContactDelete.
// https://developer.constantcontact.com/api_guide/deleting_contacts.html
const (
	MaxDeleteContacts = 500
	MaxDeleteLists    = 50
)

// MaxDeleteTime bounds DeleteContacts from call to return. It is long on purpose: giving up early turns an
// answer that is still on its way into an unclear outcome.
const MaxDeleteTime = 90 * time.Second

const deletePath = activitiesPath + "/contact_delete"

// ContactDelete names what to delete: 1 to 500 contacts, or every member of 1 to 50 lists. Never both. By
// list, the vendor deletes whoever is a member when it gets to the job.
type ContactDelete struct {
	ContactIDs []string `json:"contact_ids,omitempty"`
	ListIDs    []string `json:"list_ids,omitempty"`

	// StartBefore is the moment after which the request must not start any more; zero for any time. It is compared
	// with the monotonic clock where it has a reading of it, so that a process that slept for long sends nothing.
	StartBefore time.Time `json:"-"`
}

// check finds what the vendor would refuse.
func (d ContactDelete) check() error {
	switch {
	case len(d.ContactIDs) > 0 && len(d.ListIDs) > 0:
		return errors.New("both contacts and lists given, only one of them is allowed")
	case len(d.ListIDs) > 0:
		return checkIDs("lists", d.ListIDs, MaxDeleteLists)
	}
	return checkIDs("contacts", d.ContactIDs, MaxDeleteContacts)
}

// DeleteContacts asks the vendor to delete contacts and returns the activity that will do it. It makes one
// request over a connection of its own, and none of it is ever repeated. It ends at the deadline of ctx, and
// after MaxDeleteTime at the latest, waiting for the token and the governor included. An error is exactly one
// of *UnsentError (not sent), *Error (refused, nothing happened) and *UnclearError (may have run). Calling it
// again after an UnclearError may delete again what was put back meanwhile.
//
// https://developer.constantcontact.com/api_guide/deleting_contacts.html
func (s *ActivitiesService) DeleteContacts(ctx context.Context, body ContactDelete) (*Activity, error) {
	ctx, cancel := context.WithTimeout(ctx, MaxDeleteTime)
	defer cancel()
	p, err := s.prepareDelete(ctx, body)
	if err != nil {
		return nil, &UnsentError{Err: err}
	}
	a, activity, err := s.post(p)
	e := endingOf(a, err)
	s.client.tellDate(a, e)
	p.ended(e)
	if unauthorized(err) {
		s.client.refused(ctx, p.token)
	}
	return activity, err
}

// preparedDelete is a delete request that has permission to start.
type preparedDelete struct {
	req   *http.Request
	token string
	ended func(Ending)
}

// prepareDelete does everything that comes before the first byte, the governor's permission last.
func (s *ActivitiesService) prepareDelete(ctx context.Context, body ContactDelete) (p preparedDelete, err error) {
	if err := body.check(); err != nil {
		return p, err
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return p, err
	}
	if p.req, p.token, err = s.client.newRequest(ctx, http.MethodPost, deletePath, encoded); err != nil {
		return p, err
	}
	p.req.Close = true
	p.ended, err = s.client.permit(ctx, Call{Kind: KindDelete, Name: "activities.contact_delete"})
	if err == nil && !body.StartBefore.IsZero() && time.Now().After(body.StartBefore) {
		p.ended(Ending{Err: context.Canceled}) // we gave up ourselves; nothing was asked
		return p, errTooLate
	}
	return p, err
}

// post makes the request, once.
func (s *ActivitiesService) post(p preparedDelete) (*answer, *Activity, error) {
	req, written := watchWrites(p.req)
	sent := time.Now()
	res, err := s.client.deletes.RoundTrip(req)
	if err != nil && !written.Load() {
		return nil, nil, &UnsentError{Err: scrub(err, p.token)}
	}
	if err != nil {
		return nil, nil, &UnclearError{Err: scrub(err, p.token)}
	}
	defer res.Body.Close()
	a := readAnswer(res, deletePath, p.token, datedBy(res, sent))
	activity, err := classifyDelete(a)
	return a, activity, err
}

// errTooLate means that the time in which a deletion had to start is over.
var errTooLate = errors.New("its time to start is over")

// watchWrites reports whether any header of the request was handed to its connection. The transport calls the
// hook before it flushes its buffer, and returns an error only once its writer has stopped, so a false after
// an error is final.
func watchWrites(req *http.Request) (*http.Request, *atomic.Bool) {
	written := new(atomic.Bool)
	trace := &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { written.Store(true) },
		WroteHeaders:     func() { written.Store(true) },
	}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), trace)), written
}

// classifyDelete decides what an answer to a delete request proves.
func classifyDelete(a *answer) (*Activity, error) {
	switch a.status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		return acceptedActivity(a)
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests:
		if refused := newError(a); refused.FromVendor {
			return nil, refused
		}
	}
	return nil, unclear(a, errors.New(newError(a).Message))
}

// acceptedActivity takes a success at its word only if the body is whole and names the activity. The rest of
// the activity is a courtesy: if it makes no sense, the id still counts.
func acceptedActivity(a *answer) (*Activity, error) {
	if a.bodyErr != nil {
		return nil, unclear(a, scrub(a.bodyErr, a.token))
	}
	var named struct {
		ActivityID string `json:"activity_id"`
	}
	if err := json.Unmarshal(a.body, &named); err != nil {
		return nil, unclear(a, scrub(err, a.token))
	}
	if checkID(named.ActivityID) != nil {
		return nil, unclear(a, errors.New("answer has no activity id"))
	}
	activity := new(Activity)
	if json.Unmarshal(a.body, activity) != nil {
		return &Activity{ActivityID: named.ActivityID, State: StateInitialized}, nil
	}
	return activity, nil
}

func unclear(a *answer, cause error) *UnclearError {
	return &UnclearError{Status: a.status, RequestID: a.requestID, Err: cause}
}
