package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer not yet sent, so that a fault can spoil it.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

func jsonReply(status int, body any) reply {
	return reply{status: status, header: map[string]string{"Content-Type": "application/json"}, body: encode(body)}
}

// with adds a header.
func (r reply) with(name, value string) reply {
	if r.header == nil {
		r.header = make(map[string]string)
	}
	r.header[name] = value
	return r
}

// encode renders without the HTML escapes and the final line feed that the vendor's bodies do not have.
func encode(body any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		panic(fmt.Sprintf("sandbox: encode %T: %v", body, err)) // our own types only
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func (r reply) write(w http.ResponseWriter) {
	r.writeHeader(w)
	_, _ = w.Write(r.body) // the caller may be gone; nobody is left to tell
}

func (r reply) writeHeader(w http.ResponseWriter) {
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	if r.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
}

// apiError is an error of the services behind the gateway. They send it inside an array.
type apiError struct {
	Key     string `json:"error_key"`
	Message string `json:"error_message"`
}

// gatewayError is the shape of AWS's own refusals.
type gatewayError struct {
	Message string `json:"message"`
}

// Keys and messages of https://developer.constantcontact.com/api_guide/glossary_responses.html, and of captured
// answers.
var (
	errNotFound     = apiError{"not_found", "The requested resource was not found."}
	errUnauthorized = apiError{"unauthorized", "Unauthorized"}
	errForbidden    = apiError{"access_denied", "Request forbidden due to insufficient user privileges."}
	errThrottled    = apiError{"throttled", "Too Many Requests"}
	errQuota        = apiError{"quota_exceeded", "Limit Exceeded"}
)

// The two known bodies of status 429, for Fault.Body.
var (
	ThrottledBody     = string(encode(errThrottled))
	QuotaExceededBody = string(encode(errQuota))
)

// QueueFullBody is the third 429, of a POST with too many activities queued. Its real body is unknown: the
// words are a third party's, and there is no key to recognise it by.
const QueueFullBody = `{"error_message":"You exceeded 1,000 queued activities for this user account."}`

// noContent is the answer to a deletion that is done at once.
func noContent() reply { return reply{status: http.StatusNoContent} }

// conflict is the answer to something that exists already.
func conflict(message string) reply {
	return jsonReply(http.StatusConflict, []apiError{{"contacts.api.conflict", message}})
}

func notFound() reply { return jsonReply(http.StatusNotFound, []apiError{errNotFound}) }

func unauthorized() reply {
	return jsonReply(http.StatusUnauthorized, errUnauthorized).
		with("WWW-Authenticate", "Bearer realm=api.cc.email").
		with("x-amzn-ErrorType", "UnauthorizedException")
}

// invalid is a refused request: several findings share one message, separated by commas.
func invalid(message string) reply {
	return jsonReply(http.StatusBadRequest, []apiError{{"contacts.api.validation.error", message}})
}

// malformedID is the answer to an id in the path that is no UUID. The key is the documented one, although the
// status is 400.
func malformedID(name string) reply {
	return jsonReply(http.StatusBadRequest, []apiError{{"contacts.api.not_found", name + " is in an invalid format."}})
}

// stamp renders a time as the API does: UTC, whole seconds.
func (m moment) stamp() string { return m.time().Format(time.RFC3339) }

// links are the _links of a body.
type links struct {
	Self    *href `json:"self,omitempty"`
	Results *href `json:"results,omitempty"`
	Next    *href `json:"next,omitempty"`
}

type href struct {
	Href string `json:"href"`
}
