package constantcontact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrAnswerTooLarge says that an answer was longer than 16 MiB after decompression and was not read on.
var ErrAnswerTooLarge = errors.New("answer is longer than 16 MiB")

// Keys by which the vendor tells its limits apart. A third one, the full queue of activities, has none.
// https://developer.constantcontact.com/api_guide/rate_limits.html
const (
	keyThrottled     = "throttled"
	keyQuotaExceeded = "quota_exceeded"
)

// redirectRefused is the message of every 3xx answer.
const redirectRefused = "the redirect was refused: requests never follow one"

// Error is an answer other than success. From DeleteContacts it is always Constant Contact's own refusal,
// and nothing was deleted.
//
// https://developer.constantcontact.com/api_guide/glossary_responses.html
type Error struct {
	Status    int    // HTTP status code
	Key       string // error_key of the first error; empty when FromVendor is false and for a full queue
	Message   string // error_message, or the start of a foreign body; cleaned, at most 300 characters
	RequestID string // x-amzn-requestid, for the vendor's support
	Method    string // of the request
	Path      string // of the request, from /v3 on, without the query

	// FromVendor says that the body was an error in the vendor's own JSON. It is false for a proxy's page, an
	// empty body and the {"message":"Forbidden"} of the gateway in front of the service.
	FromVendor bool
}

// Error describes the answer in one line that is safe to log.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: status %d", e.Method, e.Path, e.Status)
	if e.Key != "" {
		b.WriteString(" " + e.Key)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

// Unauthorized says that the vendor did not accept the token: missing, expired, withdrawn or wrong, it does
// not tell which.
func (e *Error) Unauthorized() bool { return e.is(http.StatusUnauthorized) }

// Forbidden says that the vendor refused for want of a scope or a privilege, or because the application is
// disabled; it uses one answer for all three.
func (e *Error) Forbidden() bool { return e.is(http.StatusForbidden) }

// NotFound says that the vendor knows no such thing. A 404 from anybody else does not count.
func (e *Error) NotFound() bool { return e.is(http.StatusNotFound) }

// Throttled says that more than 4 requests were made within a second with this API key.
func (e *Error) Throttled() bool {
	return e.is(http.StatusTooManyRequests) && e.Key == keyThrottled
}

// QuotaExceeded says that the 10,000 requests of the day are used up; the day ends at 00:00 UTC.
func (e *Error) QuotaExceeded() bool {
	return e.is(http.StatusTooManyRequests) && e.Key == keyQuotaExceeded
}

// QueueFull says that a new activity was refused because more than 1,000 are waiting in the account. The
// vendor gives this 429 no documented key, so it is the one that is neither of the other two.
func (e *Error) QueueFull() bool {
	return e.is(http.StatusTooManyRequests) && !e.Throttled() && !e.QuotaExceeded() &&
		e.Method == http.MethodPost && strings.HasPrefix(e.Path, activitiesPath+"/")
}

// Retryable says whether the same read may succeed if it is repeated after a pause, and why or why not. It is
// an answer about reads: a refused deletion is the caller's decision.
func (e *Error) Retryable() (bool, string) {
	switch {
	case e.Throttled():
		return true, "too many requests in one second"
	case e.QuotaExceeded():
		return false, "the requests of the day are used up until 00:00 UTC"
	case e.Status == http.StatusTooManyRequests:
		return true, "too many requests"
	case e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly:
		return true, "the server gave up waiting for the request"
	case e.Status == http.StatusNotImplemented, e.Status == http.StatusHTTPVersionNotSupported:
		return false, "the server does not support the request"
	case e.Status >= 500:
		return true, "the server had an error"
	case e.Status >= 300 && e.Status < 400:
		return false, "redirects are not followed"
	}
	return false, "the same request would get the same answer"
}

func (e *Error) is(status int) bool { return e.FromVendor && e.Status == status }

// UnsentError says that a deletion was not requested: it is proven that no byte of the request's headers was
// written. Sending it again is safe.
type UnsentError struct {
	Err error // why
}

// Error says in one line why the request was not sent.
func (e *UnsentError) Error() string { return "delete request was not sent: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnsentError) Unwrap() error { return e.Err }

// UnclearError says that a deletion may have been started: its request was written, at least in part, and
// no answer came that settles it. Sending it again could delete twice what was put back in between.
type UnclearError struct {
	Status    int    // of the answer, 0 when there was none
	RequestID string // x-amzn-requestid of the answer, if any
	Err       error  // why
}

// Error says in one line why the outcome is unclear.
func (e *UnclearError) Error() string {
	text := "delete request was written but its outcome is unclear: "
	if e.Status != 0 {
		text += fmt.Sprintf("status %d: ", e.Status)
	}
	text += e.Err.Error()
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *UnclearError) Unwrap() error { return e.Err }

// vendorError is one error as the vendor writes it.
type vendorError struct {
	Key     string `json:"error_key"`
	Message string `json:"error_message"`
}

// parseVendorErrors reads a body that should be an error of the vendor: an array from its services, a single
// object from its authorisation and its limits. Any other body gives nil. Every error must have a key, except
// in a 429: the one for a full queue has no known key, and a 429 refuses by itself.
func parseVendorErrors(status int, body []byte) []vendorError {
	body = bytes.TrimSpace(body)
	var found []vendorError
	if bytes.HasPrefix(body, []byte("[")) {
		if json.Unmarshal(body, &found) != nil {
			return nil
		}
	} else {
		var one vendorError
		if json.Unmarshal(body, &one) != nil {
			return nil
		}
		found = []vendorError{one}
	}
	for _, e := range found {
		keyless := status == http.StatusTooManyRequests && e.Message != ""
		if e.Key == "" && !keyless {
			return nil
		}
	}
	return found
}

// newError turns an answer that is not a success into an Error.
func newError(a *answer) *Error {
	e := &Error{Status: a.status, RequestID: a.requestID, Method: a.method, Path: a.path}
	if a.status >= 300 && a.status < 400 {
		e.Message = redirectRefused
		return e
	}
	found := parseVendorErrors(a.status, a.body)
	if a.bodyErr != nil || len(found) == 0 {
		e.Message = foreignSummary(a)
		return e
	}
	e.FromVendor = true
	e.Key = clean(found[0].Key, a.token, maxKey)
	messages := make([]string, 0, len(found))
	for _, one := range found {
		messages = append(messages, one.Message)
	}
	e.Message = clean(strings.Join(messages, "; "), a.token, maxText)
	return e
}

// foreignSummary says what stood where the vendor's error should have been.
func foreignSummary(a *answer) string {
	if a.bodyErr != nil {
		return clean("answer could not be read: "+a.bodyErr.Error(), a.token, maxText)
	}
	if len(bytes.TrimSpace(a.body)) == 0 {
		return "empty answer"
	}
	return clean(string(a.body), a.token, maxText)
}
