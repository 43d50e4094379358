package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// management answers the management listener.
type management struct {
	*Server

	mu   sync.Mutex
	held map[int]chan struct{} // by fault, what releases it
}

// ManagementHandler is the door for people and test programs that run the sandbox in another process. It asks for no
// credentials: mount it on a listener of its own that only they can reach, never on the public one. Requests from other
// sites' pages are refused. Bodies are JSON, durations are written like "1m30s", and errors are a line of text.
//
//	GET    /journal?after=SEQ&route=ROUTE    {"requests": [Request ...]}, those with a higher Seq, oldest first
//	GET    /counts                           Counts
//	GET    /users                            {"users": [User ...]}
//	GET    /contacts/{account}?status=S      {"contacts": [Contact ...]}, newest first, deleted ones included
//	GET    /contacts/{account}/{id}          Contact
//	GET    /lists/{account}                  {"lists": [List ...]}
//	GET    /activities/{account}             {"activities": [Activity ...]}
//	GET    /state                            all of the above in one, for keeping
//	GET    /clock                            {"now", "since", "stopped"}
//	POST   /clock                            {"advance": "25h", "stopped": true}, both optional; answers as GET
//	POST   /settle                           ends every queued activity at once
//	POST   /activities/{account}             {"contacts": 500}: somebody else starts a deletion that looks like ours
//	POST   /contacts/{account}/{id}/return   restores a deleted contact, as a sign-up form does
//	GET    /faults                           {"faults": [...]}, those of chaos last, with their hits
//	POST   /faults                           a fault, with "held": true for one that hangs until its release
//	DELETE /faults                           removes all, those of chaos too
//	DELETE /faults/{id}                      removes one
//	POST   /faults/{id}/release              lets go of a held one
//	POST   /tokens                           {"login", "scopes": [...]}: an access token without the browser's way round
//	POST   /revoke                           {"login"}: voids all tokens of a user
//	POST   /expire                           {"login"}: voids the access tokens of a user
//	GET    /quirks                           Quirks
//	POST   /quirks                           Quirks that are to change: starts over with them
//	POST   /seed                             {"seed", "contacts", "lists"}: starts over with other contacts
//	POST   /reset                            starts over
func (s *Server) ManagementHandler() http.Handler {
	m := &management{Server: s, held: make(map[int]chan struct{})}
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*http.Request) (any, error){
		"GET /journal":                         m.getJournal,
		"GET /counts":                          func(*http.Request) (any, error) { return s.Counts(), nil },
		"GET /users":                           func(*http.Request) (any, error) { return map[string]any{"users": s.Users()}, nil },
		"GET /contacts/{account}/{id}":         m.getContact,
		"GET /lists/{account}":                 m.getLists,
		"GET /activities/{account}":            m.getActivities,
		"GET /clock":                           func(*http.Request) (any, error) { return m.clockBody(), nil },
		"POST /clock":                          m.setClock,
		"POST /settle":                         m.settleAll,
		"POST /activities/{account}":           m.addForeign,
		"POST /contacts/{account}/{id}/return": m.returnContact,
		"GET /faults":                          m.getFaults,
		"POST /faults":                         m.addFault,
		"DELETE /faults":                       m.clearFaults,
		"DELETE /faults/{id}":                  m.removeFault,
		"POST /faults/{id}/release":            m.releaseFault,
		"POST /tokens":                         m.issueToken,
		"POST /revoke":                         m.revoke,
		"POST /expire":                         m.expire,
		"GET /quirks":                          func(*http.Request) (any, error) { return s.Quirks(), nil },
		"POST /quirks":                         m.setQuirks,
		"POST /seed":                           m.reseed,
		"POST /reset":                          m.reset,
	} {
		mux.HandleFunc(pattern, managed(answer))
	}
	mux.HandleFunc("GET /contacts/{account}", m.streamContacts)
	mux.HandleFunc("GET /state", m.streamState)
	return http.NewCrossOriginProtection().Handler(mux)
}

// errUnknown is about something that the path names and the sandbox does not have.
var errUnknown = errors.New("the sandbox has nothing of this name")

// managed turns an answer into JSON. A nil one is 204.
func managed(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := answer(r)
		switch {
		case errors.Is(err, errUnknown):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case body == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			jsonReply(http.StatusOK, body).write(w)
		}
	}
}

// readJSON reads a body whose fields are all known; an empty one leaves everything as it is.
func readJSON(r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the body: %w", err)
	}
	return nil
}

// duration is written like "1m30s" in JSON.
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func (m *management) getJournal(r *http.Request) (any, error) {
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return nil, errors.New("after has to be a sequence number")
		}
		after = n
	}
	requests := m.JournalAfter(after)
	if route := r.URL.Query().Get("route"); route != "" {
		kept := requests[:0]
		for _, request := range requests {
			if request.Route == route {
				kept = append(kept, request)
			}
		}
		requests = kept
	}
	return map[string][]Request{"requests": requests}, nil
}

func (m *management) getContact(r *http.Request) (any, error) {
	c, ok := m.Contact(r.PathValue("account"), r.PathValue("id"))
	if !ok {
		return nil, errUnknown
	}
	return c, nil
}

func (m *management) getLists(r *http.Request) (any, error) {
	if _, ok := m.account(r.PathValue("account")); !ok {
		return nil, errUnknown
	}
	return map[string]any{"lists": m.Lists(r.PathValue("account"))}, nil
}

func (m *management) getActivities(r *http.Request) (any, error) {
	if _, ok := m.account(r.PathValue("account")); !ok {
		return nil, errUnknown
	}
	return map[string]any{"activities": m.Activities(r.PathValue("account"))}, nil
}
