package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// What the sandbox reads of a body. The largest ordinary one, 500 ids, is under 20 kB; imports are cut at 4 MB only
// after they have come in, and what is larger than the gateway lets through is refused.
const (
	maxBody       = 1 << 20
	maxBodyImport = 10 << 20
)

// call is one request of the API on its way to a handler.
type call struct {
	route       *route
	id          uuid.UUID
	query       url.Values
	body        []byte
	jsonBody    bool // the Content-Type says JSON
	contentType string
	grant       *grant
	account     *account
	fault       *Fault
	lag         time.Duration // how far the index behind a collection lags; 0: not at all
	refusal     *reply        // set when the request got no further than a check

	// Set by handlers that change something, for the journal.
	contactIDs []uuid.UUID
	listIDs    []uuid.UUID
	activityID string
	applied    bool
}

// bodyLimit is how many bytes of a body are read for the route.
func (rt *route) bodyLimit() int64 {
	if rt != nil && rt.large {
		return maxBodyImport
	}
	return maxBody
}

// answer reads the id in the path, for every route in the same way, and asks the handler.
func (c *call) answer(pathID string) reply {
	if c.route.idName != "" {
		id, ok := parseID(pathID)
		if !ok && c.account.quirks.MalformedIDNotFound {
			return notFound()
		}
		if !ok {
			return malformedID(c.route.idName)
		}
		c.id = id
	}
	return c.route.handle(c)
}

// checked is a body that knows what is wrong with itself.
type checked interface{ problem() string }

// read takes the body as JSON, and refuses it when it is none, of another form, or has a problem.
func (c *call) read(body any) (refusal reply, bad bool) {
	if !c.jsonBody {
		return reply{status: http.StatusUnsupportedMediaType, body: []byte("Unsupported Media Type")}.
			with("Content-Type", "text/plain"), true
	}
	if err := json.Unmarshal(c.body, body); err != nil {
		return invalid("the body is not a JSON object of the expected form"), true
	}
	if known, ok := body.(checked); ok {
		if problem := known.problem(); problem != "" {
			return invalid(problem), true
		}
	}
	return reply{}, false
}

// gatewayHeaders are those of the gateway and of the network before it, as captured, on every answer of the API. The
// numbers in them come from the request id, the Date from the server's clock.
func (r reply) gatewayHeaders(requestID string, now time.Time) reply {
	short := strings.ReplaceAll(requestID, "-", "")
	if len(short) < 32 {
		short += strings.Repeat("0", 32-len(short))
	}
	for name, value := range map[string]string{
		"Date":                        now.UTC().Format(http.TimeFormat),
		"x-amzn-requestid":            requestID,
		"x-amz-apigw-id":              short[:15] + "=",
		"x-amzn-trace-id":             "Root=1-" + short[:8] + "-" + short[8:32],
		"x-eig-tracking-id":           short[8:24],
		"x-cache":                     "Miss from cloudfront",
		"via":                         "1.1 " + short + ".cloudfront.net (CloudFront)",
		"x-amz-cf-pop":                "SBX50-P1",
		"x-amz-cf-id":                 short + "==",
		"Access-Control-Allow-Origin": "*",
	} {
		r = r.with(name, value)
	}
	return r
}

func isJSON(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}
