package sandbox

import (
	"context"
	"net/http"
	"time"
)

// perform does the work inside the fault that struck the request, if any. It returns the answer and how to cut it:
// ResetAfter, TruncateAfter, Trickle or not at all.
func (x *exchange) perform(work func() reply) (answer reply, cut Effect) {
	h := x.hit
	if h == nil {
		return work(), ""
	}
	defer h.markFinished()
	if h.fault.Effect != HangBefore && h.fault.Effect != HangAfter {
		h.markReached()
	}
	switch h.fault.Effect {
	case AnswerBefore:
		return x.faultReply(), ""
	case ResetBefore:
		return reply{}, ResetAfter
	case ExpireToken:
		x.server.world().authority.expire(x.request.Header.Get("Authorization"))
		return unauthorized(), ""
	case HangBefore:
		if !x.hold() {
			return reply{}, ResetAfter
		}
	}
	return x.afterwards(x.around(work))
}

// around does the work with what a fault puts beside it.
func (x *exchange) around(work func() reply) reply {
	if x.call == nil {
		return work()
	}
	switch f := x.hit.fault; f.Effect {
	case ShortPage:
		x.call.shorten(x.hit.random)
	case IndexLag:
		x.call.lag = min(f.Delay, maxLag)
	case ForeignActivity:
		imitate(x.call, x.hit.random)
	}
	return work()
}

// afterwards spoils the answer of work that is done.
func (x *exchange) afterwards(answer reply) (reply, Effect) {
	switch f := x.hit.fault; f.Effect {
	case AnswerAfter:
		return x.faultReply(), ""
	case ResetAfter, TruncateAfter, Trickle:
		return answer, f.Effect
	case HangAfter:
		if !x.hold() {
			return reply{}, ResetAfter
		}
	case NoIDAfter:
		return answer.withoutID(), ""
	case GzipBomb:
		return answer.bomb(f.Size), ""
	case ExtraFields:
		return answer.withExtraFields(), ""
	case NoCompletedCount:
		return answer.withoutCompletedCount(), ""
	case NextOtherHost, NextNoScheme, NextDotDot, NextEndless, NextSelf:
		return answer.withNext(x.hostileLink(f.Effect)), ""
	}
	return answer, ""
}

// hold waits for the end of a hang. It is false when a fault with neither a release nor a delay lost its caller, and
// when the server closed.
func (x *exchange) hold() bool {
	x.hit.markReached()
	f, closed := &x.hit.fault, x.server.closed
	if f.Release == nil && f.Delay > 0 {
		// The effect is to come even when the caller has left.
		return x.server.clock.wait(context.Background(), closed, x.arrived.Add(f.Delay))
	}
	gone := x.request.Context().Done()
	if f.Release != nil {
		gone = nil // as above
	}
	select {
	case <-f.Release:
		return true
	case <-gone:
	case <-closed:
	}
	return false
}

// pause waits in real time. It is false when the caller left or the server closed.
func (x *exchange) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.request.Context().Done():
	case <-x.server.closed:
	}
	return false
}

// faultReply is the answer of a fault: the usual body of the status unless the fault has its own.
func (x *exchange) faultReply() reply {
	f := &x.hit.fault
	r := usualReply(f.Status)
	if !x.route.api() {
		r = usualOAuthReply(f.Status)
	}
	if f.Status >= 301 && f.Status <= 308 {
		r = reply{status: f.Status}.with("Location", x.server.options.Elsewhere+x.request.URL.RequestURI())
	}
	switch {
	case f.Body == NoBody:
		r.body = nil
	case f.Body != "":
		r.body = []byte(f.Body)
		if f.Body[0] == '<' {
			r = r.with("Content-Type", "text/html")
		}
	}
	if f.RetryAfter > 0 {
		r = r.with("Retry-After", seconds(f.RetryAfter))
	}
	return r
}

// usualReply is how the API says a status.
func usualReply(status int) reply {
	switch status {
	case http.StatusUnauthorized:
		return unauthorized()
	case http.StatusForbidden:
		return jsonReply(status, errForbidden)
	case http.StatusTooManyRequests:
		return jsonReply(status, errThrottled)
	case http.StatusNotFound:
		return notFound()
	}
	return jsonReply(status, []apiError{{"contacts.api.internal_error", http.StatusText(status)}})
}

// usualOAuthReply is how the OAuth2 server says a status.
func usualOAuthReply(status int) reply {
	switch status {
	case http.StatusBadRequest:
		return oauthRefusal(status, "invalid_grant", string(errRefreshToken))
	case http.StatusUnauthorized:
		return unknownClient()
	case http.StatusNotFound:
		return reply{status: status}
	case http.StatusTooManyRequests:
		return reply{status: status}.with("Retry-After", "1")
	}
	return oktaRefusal(status, "E0000009", http.StatusText(status))
}
