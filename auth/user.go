package auth

import (
	"time"

	"github.com/labstack/echo/v4"
)

// User is a person signed in to a Constant Contact account.
type User struct {
	Account     string // encoded_account_id, the key of everything we store
	AccountName string // organization name, for people to read
	ID          string // platform_user_id
	Name        string // login name at Constant Contact, for people to read; may be an e-mail address, so never for logs
}

// Key gives the part of a User that identifies it.
func (u User) Key() UserKey { return UserKey{Account: u.Account, ID: u.ID} }

// Keys of values in the echo.Context.
const (
	userKey    = "auth.user"
	passiveKey = "auth.passive"
	// signedInKey is set with userKey.
	signedInKey = "auth.signed_in"
)

// SignedInAt is when the person of the request signed in to this session. It is the zero time for strangers. A session begins
// with a sign-in and no other event moves that time.
func SignedInAt(c echo.Context) time.Time {
	at, _ := c.Get(signedInKey).(time.Time)
	return at
}

// Current tells who sent the request. It is false for strangers and on routes without Auth.Authenticate.
func Current(c echo.Context) (User, bool) {
	u, ok := c.Get(userKey).(User)
	return u, ok
}
