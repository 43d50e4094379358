package deletion

import (
	"errors"

	"winnow/constantcontact"
)

// vendorError marks an error that came from asking Constant Contact for a page.
type vendorError struct{ err error }

func (e *vendorError) Error() string { return e.err.Error() }
func (e *vendorError) Unwrap() error { return e.err }

// fromVendor marks an error of the API client. A connection that is no longer accepted becomes ErrSignInAgain; what kept us
// from asking at all stays as it is.
func fromVendor(err error) error {
	var refused *constantcontact.Error
	var quota *QuotaError
	switch {
	case errors.As(err, &refused) && refused.Unauthorized():
		return errors.Join(ErrSignInAgain, err)
	case errors.Is(err, ErrSignInAgain), errors.As(err, &quota):
		return err
	}
	return &vendorError{err}
}

// clockForm is how a time of today is written for people.
const clockForm = "15:04:05 UTC"

// VendorTrouble tells whether an error came from asking Constant Contact for a page, and says why in a sentence for people.
func VendorTrouble(err error) (string, bool) {
	var marked *vendorError
	if !errors.As(err, &marked) {
		return "", false
	}
	var down *VendorDownError
	var busy *VendorBusyError
	var refused *constantcontact.Error
	switch {
	case errors.As(err, &down):
		return "It does not answer at the moment. Winnow tries again at " + down.RetryAt.UTC().Format(clockForm) + ".", true
	case errors.As(err, &busy):
		return "It wants a pause until " + busy.RetryAt.UTC().Format(clockForm) + ".", true
	case !errors.As(err, &refused):
		return "It did not answer, or its answer could not be read.", true
	case refused.Forbidden():
		return "It does not let this person or this application do that.", true
	case refused.Throttled(), refused.QuotaExceeded():
		return "It takes no more requests at the moment.", true
	}
	return "It answered with an error.", true
}
