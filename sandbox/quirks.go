package sandbox

import "net/http"

// Quirks chooses between what is known of the live service, what its reference says, and what nobody knows. The zero
// value is what was seen live and, where nothing was seen, the likeliest; it is what every sandbox starts with.
type Quirks struct {
	// OwnSelfLinks gives each item of GET /activities its own self link. Default: as live, that of the page's last.
	OwnSelfLinks bool `json:"own_self_links"`
	// PublicDeleteLinks gives the activity of a list's or tag's deletion a self link that works. Default: as live, one
	// from inside the vendor.
	PublicDeleteLinks bool `json:"public_delete_links"`
	// AcceptedDeletes answers the deletion of a list or a tag 202, as documented. Default: 200, as live.
	AcceptedDeletes bool `json:"accepted_deletes"`
	// ZeroCompleted shows items_completed_count of an activity over nothing. Default: as live, it is absent.
	ZeroCompleted bool `json:"zero_completed"`
	// ForgetfulCursors keeps no more than the limit in a cursor, so that filters are lost on the second page.
	// Default: they travel in it.
	ForgetfulCursors bool `json:"forgetful_cursors"`

	// InternalSelfLinks answers POST /activities/... with a self link from inside the vendor. Default: a public one.
	InternalSelfLinks bool `json:"internal_self_links"`
	// AcceptedActivities answers POST /activities/... 202. Default: 201, as documented.
	AcceptedActivities bool `json:"accepted_activities"`
	// ShortListPages takes a limit of at most 500 in GET /contact_lists, as one of the vendor's pages says. Default: 1,000,
	// as another does.
	ShortListPages bool `json:"short_list_pages"`
	// SegmentWaits is how often a query by segment_id answers 202 before 200. Default 1, Off for never.
	SegmentWaits int `json:"segment_waits"`
	// ActiveByDefault shows active contacts alone when GET /contacts names no status. Default: all but the deleted.
	ActiveByDefault bool `json:"active_by_default"`
	// PendingExports answers 202 for the file of an unfinished export. Default: 404, as documented.
	PendingExports bool `json:"pending_exports"`
	// MalformedIDNotFound answers 404 for a malformed id in the path. Default: 400.
	MalformedIDNotFound bool `json:"malformed_id_not_found"`
	// UnknownListDeleteNotFound answers 404 to the deletion of an unknown list. Default: 400, as seen.
	UnknownListDeleteNotFound bool `json:"unknown_list_delete_not_found"`
	// RefuseChallengeWithSecret refuses a code_challenge of an application that has a secret. Default: both are taken;
	// third parties report the one and the other.
	RefuseChallengeWithSecret bool `json:"refuse_challenge_with_secret"`
	// Conflict is the message of a contact that exists already.
	Conflict Conflict `json:"conflict"`
	// ConfirmedOptIn is the account's setting that makes sign-ups by form pending_confirmation. Default: explicit.
	ConfirmedOptIn bool `json:"confirmed_opt_in"`
	// SignUpResubscribes lets sign_up_form end an opt-out. Default: who unsubscribed stays so.
	SignUpResubscribes bool `json:"sign_up_resubscribes"`

	// Counters says what items_total_count of an activity over contacts counts.
	Counters Counters `json:"counters"`
	// Unknown says what becomes of contact ids that the account does not have, in any bulk activity. Default Skip.
	Unknown Input `json:"unknown"`
	// Deleted says what a contact_delete does with contacts that are deleted by then. Default Count.
	Deleted Input `json:"deleted"`
	// Duplicate says what becomes of an id's second occurrence in one request. Default Count.
	Duplicate Input `json:"duplicate"`
	// Malformed says what becomes of entries that are no UUID. Default Refuse; otherwise they are unknown ids.
	Malformed Input `json:"malformed"`
	// Both says what happens with two sources that are mutually exclusive, such as contact_ids and list_ids. Default
	// Refuse; Count takes both, Skip the first of them.
	Both Input `json:"both"`
	// Empty says what happens with no source, or an empty array. Default Refuse; otherwise it is an activity over
	// nothing.
	Empty Input `json:"empty"`
	// TooMany says what happens with more ids than allowed. Default Refuse; Count takes them all, Skip drops the
	// excess without a word.
	TooMany Input `json:"too_many"`
}

// Input is what becomes of input that no document speaks of.
type Input int

const (
	// Default is what the field of Quirks says.
	Default Input = iota
	// Count accepts it and counts the item in items_completed_count.
	Count
	// Skip accepts it and does not count it as completed.
	Skip
	// Report accepts it and names it in activity_errors, not counted as completed.
	Report
	// Refuse answers 400.
	Refuse
)

func (i Input) or(def Input) Input {
	if i == Default {
		return def
	}
	return i
}

// Counters are the readings of items_total_count.
type Counters int

const (
	// CountSent counts the ids that were sent, or the members found on lists.
	CountSent Counters = iota
	// CountMatches counts the contacts that the ids stand for, each once, without those that are deleted already.
	CountMatches
)

// Conflict is a form of the message of status 409.
type Conflict int

const (
	// ConflictWithPrefix is "Validation failed: Email already exists for contact <id>".
	ConflictWithPrefix Conflict = iota
	// ConflictPlain is the same without "Validation failed: ".
	ConflictPlain
	// ConflictWithoutID is the oldest one seen, which does not name the contact.
	ConflictWithoutID
)

func (q Quirks) conflict(contactID string) string {
	switch q.Conflict {
	case ConflictPlain:
		return "Email already exists for contact " + contactID
	case ConflictWithoutID:
		return "Validation failed: EmailAddress is not unique"
	}
	return "Validation failed: Email already exists for contact " + contactID
}

func (q Quirks) deleteStatus() int {
	if q.AcceptedDeletes {
		return http.StatusAccepted
	}
	return http.StatusOK
}

func (q Quirks) activityStatus() int {
	if q.AcceptedActivities {
		return http.StatusAccepted
	}
	return http.StatusCreated
}
