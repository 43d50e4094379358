package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Effect is what a Fault does to a request, or to the activity that the request creates.
type Effect string

// The effects on a request. "Before" means that the request changes nothing; "after" means that it has its full effect
// and only the answer is spoiled.
const (
	// AnswerBefore answers Fault.Status without doing anything.
	AnswerBefore Effect = "answer before"
	// AnswerAfter does the work and then answers Fault.Status.
	AnswerAfter Effect = "answer after"
	// HangBefore holds the request and then does the work and answers as usual, even when the caller has left
	// meanwhile: a late effect. It ends when Fault.Release is closed or Fault.Delay is over. With neither it waits
	// for the caller to leave and does nothing.
	HangBefore Effect = "hang before"
	// HangAfter does the work at once and holds the answer, for as long as HangBefore would.
	HangAfter Effect = "hang after"
	// ResetUnread resets the connection when the headers have been read, before any of the body is.
	ResetUnread Effect = "reset unread"
	// ResetBefore reads the body and resets the connection without doing anything.
	ResetBefore Effect = "reset before"
	// ResetAfter does the work and then resets the connection instead of answering.
	ResetAfter Effect = "reset after"
	// TruncateAfter does the work, sends the headers and half of the body, and cuts the connection.
	TruncateAfter Effect = "truncate after"
	// NoIDAfter does the work and answers as usual, but without the id of what was made.
	NoIDAfter Effect = "answer without id"
	// ExpireToken voids the access token that the request came with and answers 401; its refresh token stays good.
	ExpireToken Effect = "expire token"
	// Trickle does the work and sends the answer byte by byte, Fault.Delay of real time apart; default 10 ms. Answers
	// over 250 bytes come in as many pieces.
	Trickle Effect = "trickle"
	// GzipBomb does the work and answers a small gzip body that inflates to Fault.Size bytes; default 1 GiB.
	GzipBomb Effect = "gzip bomb"
)

// The effects on what is answered. Those on links, pages and the index hit collections only.
const (
	// NextOtherHost gives the page a next link to Options.Elsewhere.
	NextOtherHost Effect = "next link to another host"
	// NextNoScheme gives the page a next link that begins with the host of Options.Elsewhere, "//host/v3/...".
	NextNoScheme Effect = "next link without a scheme"
	// NextDotDot gives the page a next link that climbs out of the API, "/v3/../".
	NextDotDot Effect = "next link with dots"
	// NextEndless gives every page, the last one too, a next link never seen before that leads to the same page.
	NextEndless Effect = "next link without end"
	// NextSelf gives the page a next link to itself.
	NextSelf Effect = "next link to itself"
	// ShortPage makes pages shorter than the limit asked for. The cursor holds the smaller limit.
	ShortPage Effect = "short page"
	// ExtraFields puts fields that nobody has documented into the answer.
	ExtraFields Effect = "unknown fields"
	// NoCompletedCount leaves items_completed_count out of activities.
	NoCompletedCount Effect = "no completed count"
	// IndexLag answers a collection as it stood Fault.Delay ago, at most five minutes: deleted contacts are still
	// there, and new contacts and activities are not yet. Reading one by its id shows the present.
	IndexLag Effect = "index lag"
)

// The effects on activities. They hit requests that create one.
const (
	// ActivityFails ends the created activity as failed after Fault.Items items.
	ActivityFails Effect = "activity fails"
	// ActivityTimesOut ends the created activity as timed_out after Fault.Items items.
	ActivityTimesOut Effect = "activity times out"
	// ActivityCancelled ends the created activity as cancelled after Fault.Items items.
	ActivityCancelled Effect = "activity cancelled"
	// ActivityEndsShort ends the created activity as completed after Fault.Items items.
	ActivityEndsShort Effect = "activity ends short"
	// ActivityStalls keeps the created activity, and with it the account's queue, initialized until
	// Fault.Release is closed; for ever with a nil one.
	ActivityStalls Effect = "activity stalls"
	// ForeignActivity has somebody else start an activity that looks like the created one, just before it: of the
	// same size, about contacts or lists that the account does not have. It hits contact_delete only.
	ForeignActivity Effect = "foreign activity"
	// ContactsReturn restores the first Fault.Items contacts that the created activity deleted, Fault.Delay after
	// its end, as a sign-up form does. It hits contact_delete only.
	ContactsReturn Effect = "contacts return"
)

// effects are all of them, for checking what comes from outside.
var effects = []Effect{
	AnswerBefore, AnswerAfter, HangBefore, HangAfter, ResetUnread, ResetBefore, ResetAfter, TruncateAfter, NoIDAfter,
	ExpireToken, Trickle, GzipBomb,
	NextOtherHost, NextNoScheme, NextDotDot, NextEndless, NextSelf, ShortPage, ExtraFields, NoCompletedCount, IndexLag,
	ActivityFails, ActivityTimesOut, ActivityCancelled, ActivityEndsShort, ActivityStalls, ForeignActivity, ContactsReturn,
}

// Effects names every effect.
func Effects() []Effect { return slices.Clone(effects) }

// collections are the paths of the API that answer page by page.
var collections = []string{
	"/v3/contacts", "/v3/contact_lists", "/v3/activities", "/v3/contact_tags", "/v3/segments", "/v3/contact_custom_fields",
}

// fits tells whether the effect can do anything to a request of the route.
func (e Effect) fits(rt *route) bool {
	switch e {
	case NextOtherHost, NextNoScheme, NextDotDot, NextEndless, NextSelf, ShortPage, IndexLag:
		return rt.method == "GET" && slices.Contains(collections, rt.pattern)
	case ActivityFails, ActivityTimesOut, ActivityCancelled, ActivityEndsShort, ActivityStalls:
		return rt.method == "POST" && strings.HasPrefix(rt.pattern, "/v3/activities/")
	case ForeignActivity, ContactsReturn:
		return rt.pattern == "/v3/activities/contact_delete"
	case NoCompletedCount:
		return rt.method == "GET" && strings.HasPrefix(rt.pattern, "/v3/activities")
	case NoIDAfter:
		return rt.method == "POST" && rt.api()
	case ExpireToken, ExtraFields:
		return rt.api()
	}
	return true
}

// maxLag is the most that an index can lag.
const maxLag = 5 * time.Minute

// HTMLBody is a page that a proxy on the way would send, for Fault.Body.
const HTMLBody = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<h1>502 Bad Gateway</h1>\r\n</body>\r\n</html>\r\n"
