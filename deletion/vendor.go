package deletion

import (
	"errors"
	"time"
)

// VendorDownError means that Constant Contact has not answered several times in a row, so it is left alone for now. Nothing was
// sent.
type VendorDownError struct {
	RetryAt time.Time // when one reading tries again; it may have come
}

func (e *VendorDownError) Error() string {
	return "Constant Contact does not answer; it is tried again at " + e.RetryAt.UTC().Format(time.RFC3339)
}

// VendorBusyError means that Constant Contact asked for a pause, or that many other requests are waiting. Nothing was sent.
type VendorBusyError struct {
	RetryAt time.Time // when it is worth asking again
}

func (e *VendorBusyError) Error() string {
	return "Constant Contact takes no requests until " + e.RetryAt.UTC().Format(time.RFC3339)
}

// retryAt is when a call that was held back is worth another try, if the error says so.
func retryAt(err error) (time.Time, bool) {
	var down *VendorDownError
	var busy *VendorBusyError
	switch {
	case errors.As(err, &down):
		return down.RetryAt, true
	case errors.As(err, &busy):
		return busy.RetryAt, true
	}
	return time.Time{}, false
}

// Usage is how much of an API key's day is used, and what its health is.
type Usage struct {
	Used    int64 // Sends + Looks, or Limit when Constant Contact says that the day is used
	Sends   int64 // requests that delete
	Looks   int64 // all other requests of ours
	Limit   int64
	Reserve int64 // kept back for finding out what happened
	Waiting int64 // requests that the running deletions of all accounts still have to send

	Interval  time.Duration // between the starts of two requests
	AsOf      time.Time     // the moment of all this, on the clock that counts the days
	Resets    time.Time     // 00:00 UTC of the next day
	DownUntil time.Time     // when Constant Contact, which does not answer, is tried again; zero while it answers
}
