package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"
)

// exchange is one request on its way through the server: checked, spoiled by a fault perhaps, answered and journaled.
type exchange struct {
	server  *Server
	writer  http.ResponseWriter
	request *http.Request
	entry   *Request
	arrived time.Time
	route   *route // nil for unknown paths and methods
	call    *call  // of the API, once it passed its checks
	hit     *hit   // nil when no fault struck
	body    []byte
	bodyErr error // what kept the body from being read whole
}

// open journals the arrival of a request.
func (s *Server) open(w http.ResponseWriter, r *http.Request, rt *route) *exchange {
	x := &exchange{server: s, writer: w, request: r, route: rt, arrived: s.clock.Now()}
	entry := Request{
		At: x.arrived, Since: x.arrived.Sub(s.started),
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
	}
	if rt != nil {
		entry.Route = rt.name()
		if !rt.api() {
			entry.Query = withoutSecrets(r.URL.Query())
		}
	}
	x.entry = s.journal.open(entry)
	return x
}

// strike asks the fault plan what is to happen to a request that has passed its checks.
func (x *exchange) strike(account string) {
	struck, nth := x.server.faults.take(x.route, account)
	x.hit = struck
	x.server.journal.update(x.entry, func(j *Request) {
		if j.Nth = nth; struck != nil {
			j.Fault = struck.fault.Effect
		}
	})
}

// cutUnread resets the connection before the body is read, if that is what struck.
func (x *exchange) cutUnread() bool {
	if x.hit == nil || x.hit.fault.Effect != ResetUnread {
		return false
	}
	x.hit.markReached()
	x.hit.markFinished()
	x.over(reply{}, ResetAfter)
	reset(x.writer)
	return true
}

// receive reads the body, up to a limit.
func (x *exchange) receive(limit int64) {
	body, err := io.ReadAll(http.MaxBytesReader(x.writer, x.request.Body, limit))
	x.body, x.bodyErr = body, err
	sum := sha256.Sum256(body)
	x.server.journal.update(x.entry, func(j *Request) {
		j.BodyComplete = x.server.journal.moment()
		j.BodySize, j.BodySHA256 = len(body), hex.EncodeToString(sum[:])
	})
}

// send journals the end of the request and answers it as far as the fault lets it. The journal is first, so that who
// has the answer finds it there.
func (x *exchange) send(answer reply, cut Effect) {
	x.over(answer, cut)
	x.deliver(answer, cut)
}

func (x *exchange) over(answer reply, cut Effect) {
	x.server.journal.update(x.entry, func(j *Request) {
		if j.Done = true; cut != ResetAfter {
			j.Status, j.AnswerWritten = answer.status, x.server.journal.moment()
		}
	})
}

// serveAPI answers a request under /v3.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	rt, pathID := findRoute(r.Method, r.URL.Path)
	x := s.open(w, r, rt)
	c := s.admit(x)
	if c.refusal == nil {
		x.call = c
		x.strike(c.account.id)
	}
	if x.cutUnread() {
		return
	}
	x.receive(rt.bodyLimit())
	answer, cut := x.answer(c, pathID)
	x.send(answer.gatewayHeaders(x.entry.RequestID, s.clock.Now()), cut)
}

func (x *exchange) answer(c *call, pathID string) (answer reply, cut Effect) {
	switch {
	case c.refusal != nil:
		return *c.refusal, ""
	case x.bodyErr != nil:
		return bodyRefusal(x.bodyErr), ""
	}
	c.body = x.body
	return x.run(pathID)
}

// admit takes a request through the checks in the order of the vendor: route, token, rate, then scope and
// privilege.
func (s *Server) admit(x *exchange) *call {
	rt, r, world := x.route, x.request, s.world()
	switch {
	case rt == nil && r.Method == http.MethodOptions && knownPath(r.URL.Path):
		return refused(preflight())
	case rt == nil:
		return refused(notFound())
	}
	g, ok := world.authority.grantOf(r.Header.Get("Authorization"))
	if !ok {
		return refused(unauthorized())
	}
	s.journal.update(x.entry, func(j *Request) {
		j.ClientID, j.Account, j.User = g.client, g.user.Account, g.user.Login
	})
	if refusal, ok := world.limiter.admit(g.client); !ok {
		return refused(refusal)
	}
	account, _ := world.account(g.user.Account)
	if !g.allows(rt) || !account.may(g.user.Login, rt.privilege) {
		return refused(jsonReply(http.StatusForbidden, errForbidden))
	}
	return &call{
		route: rt, query: r.URL.Query(), jsonBody: isJSON(r), contentType: r.Header.Get("Content-Type"),
		grant: g, account: account,
	}
}

func refused(answer reply) *call { return &call{refusal: &answer} }

func bodyRefusal(err error) reply {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return jsonReply(http.StatusRequestEntityTooLarge, gatewayError{"Request Too Long"})
	}
	return invalid("the body could not be read")
}

// run asks the handler, inside the fault that struck, and journals what it changed.
func (x *exchange) run(pathID string) (answer reply, cut Effect) {
	c, journal := x.call, x.server.journal
	if x.hit != nil {
		c.fault = &x.hit.fault
	}
	return x.perform(func() reply {
		answer := c.answer(pathID)
		journal.update(x.entry, func(j *Request) {
			j.ContactIDs, j.ListIDs = c.contactIDs, c.listIDs
			j.ActivityID, j.Applied = c.activityID, c.applied
			if j.Applied {
				j.EffectApplied = journal.moment()
			}
		})
		return answer
	})
}
