package deletion

import "time"

// Activity is the vendor's status of one bulk job, with every field it reports. Counters that it left out are nil.
type Activity struct {
	ID             string
	State          string // initialized, processing, completed, cancelled, failed, timed_out
	PercentDone    int
	CreatedAt      time.Time
	StartedAt      time.Time
	CompletedAt    time.Time
	UpdatedAt      time.Time
	Errors         []string
	SourceFileName string
	ResultsLink    string // shown, never followed

	ItemsTotal      *int
	ItemsCompleted  *int
	Lists           *int
	Persons         *int
	ErrorCount      *int
	Correctable     *int
	CannotAddToList *int
}
