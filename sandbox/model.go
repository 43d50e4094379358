package sandbox

import "time"

// Contact is a contact as tests see it; the API has its own rendering.
type Contact struct {
	ID    string `json:"id"`
	Email string `json:"email,omitempty"` // empty for a contact without an address
	// Status is active, not_set, pending_confirmation, temp_hold, unsubscribed or deleted.
	Status     string `json:"status"`
	Permission string `json:"permission"` // permission_to_send; survives a deletion
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	// Lists are the ids of the lists it is on, oldest list first.
	Lists []string `json:"lists"`
	// Tags are the ids of its tags, oldest tag first.
	Tags      []string  `json:"tags"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// DeletedAt is the moment of the deletion, zero for a contact that is not deleted. The API shows only its day.
	DeletedAt time.Time `json:"deleted_at,omitzero"`
}

// List is a contact list.
type List struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Members   int       `json:"members"` // all members
	Active    int       `json:"active"`  // members with status active
	CreatedAt time.Time `json:"created_at"`
}

// Activity is a bulk job.
type Activity struct {
	ID string `json:"id"`
	// State is initialized, processing, completed, cancelled, failed or timed_out.
	State       string    `json:"state"`
	Total       int       `json:"total"`     // ids sent, or members matched by the lists
	Completed   int       `json:"completed"` // of those, deleted now or before
	CreatedAt   time.Time `json:"created_at"`
	StartedAt   time.Time `json:"started_at,omitzero"`
	CompletedAt time.Time `json:"completed_at,omitzero"`
}

// User is somebody who can sign in.
type User struct {
	Login string `json:"login"` // the sub claim
	Name  string `json:"name"`
	Role  string `json:"role"`
	// PlatformUserID is the platform_user_id claim.
	PlatformUserID string `json:"platform_user_id"`
	Account        string `json:"account"` // encoded_account_id
	// Privileges are the names of what the user may do.
	Privileges []string `json:"privileges"`
}

// Counts are the sums behind Server.Counts.
type Counts struct {
	Accounts map[string]AccountCounts `json:"accounts"`
	OAuth    OAuthCounts              `json:"oauth"`
}

// AccountCounts are the sums of one account.
type AccountCounts struct {
	Contacts   map[string]int `json:"contacts"`   // by status
	Activities map[string]int `json:"activities"` // by state, of the last ten days
	Queued     int            `json:"queued"`     // unfinished activities
}

// OAuthCounts are what the OAuth2 server has done so far.
type OAuthCounts struct {
	CodesIssued    int `json:"codes_issued"`
	CodesRedeemed  int `json:"codes_redeemed"`
	Refreshes      int `json:"refreshes"`
	ReusesDetected int `json:"reuses_detected"` // of codes and of refresh tokens; each voids its family
}
