package auth

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is what a Store answers when there is no such row.
var ErrNotFound = errors.New("not found")

// Store is all that this package needs from a database. Every method is one atomic step, safe for concurrent use and for
// several processes on one database.
type Store interface {
	UserStore
	SessionStore
	TokenStore
}

// UserStore keeps the accounts and the people who signed in to them.
type UserStore interface {
	// PutUser writes the account and the person, or renews their names. It must be called before PutToken.
	PutUser(ctx context.Context, u User) error
	// FindUser reads one person, ErrNotFound if nobody with that key ever signed in.
	FindUser(ctx context.Context, key UserKey) (User, error)
}

// SessionStore keeps browser sessions, found by the SHA-256 of their id.
type SessionStore interface {
	// FindSession reads one session, whatever its age; ErrNotFound if there is none.
	FindSession(ctx context.Context, hash []byte) (SessionRow, error)
	// InsertSession writes a new session.
	InsertSession(ctx context.Context, row SessionRow) error
	// UpdateSession replaces the sealed values; false if the session is gone, which must not bring it back.
	UpdateSession(ctx context.Context, hash, sealed []byte) (bool, error)
	// TouchSession moves the time of the last activity forward, never back.
	TouchSession(ctx context.Context, hash []byte, seenAt time.Time) error
	// DeleteSession removes one session and tells whether this call was the one that did.
	DeleteSession(ctx context.Context, hash []byte) (bool, error)
	// DeleteUserSessions removes all sessions of one person and tells how many there were.
	DeleteUserSessions(ctx context.Context, key UserKey) (int64, error)
	// DeleteExpiredSessions removes sessions last active, or begun, at or before these times and tells how many there were.
	DeleteExpiredSessions(ctx context.Context, limits SessionLimits) (int64, error)
}

// TokenStore keeps the sealed tokens and the lease under which one of all processes renews them. Leases are measured by the
// database's clock, since the processes' clocks may differ.
type TokenStore interface {
	// LivingTokens reads the rows of an account that are not dead, latest sign-in first.
	LivingTokens(ctx context.Context, account string) ([]TokenRow, error)
	// PutToken writes the tokens of a fresh sign-in: next version, no lease, no tries, living.
	PutToken(ctx context.Context, key UserKey, sealed []byte) error
	// LeaseToken takes the lease and counts a try, if the version is still this one and no lease or pause is running.
	LeaseToken(ctx context.Context, ref TokenRef, life time.Duration) (bool, error)
	// ReplaceToken writes a renewed pair (next version, no lease, no tries, living), if version and lease are still these.
	ReplaceToken(ctx context.Context, ref TokenRef, sealed []byte) (bool, error)
	// PauseToken gives the lease back and lets nobody take it for a while, if version and lease are still these. It sets tries.
	PauseToken(ctx context.Context, ref TokenRef, pause Pause) (bool, error)
	// KillToken marks the row dead, if version and lease are still these. The lease stays, so that an answer that comes after
	// all can still be stored by whoever holds it.
	KillToken(ctx context.Context, ref TokenRef) (bool, error)
}

// UserKey names a person: the same login in two accounts is two people to us.
type UserKey struct {
	Account string // encoded_account_id
	ID      string // platform_user_id
}

// SessionRow is one browser session as the database has it.
type SessionRow struct {
	Hash      []byte  // SHA-256 of the id in the cookie
	Sealed    []byte  // the values, readable only with our key
	User      UserKey // whose sessions to end on EndAll; empty before sign-in. Identity comes from Sealed, never from here
	CreatedAt time.Time
	SeenAt    time.Time // last activity, at most a minute behind
}

// SessionLimits says which sessions are over.
type SessionLimits struct {
	SeenBy    time.Time // last active at or before
	CreatedBy time.Time // begun at or before
}

// TokenRow is the tokens of one person for one account as the database has them.
type TokenRow struct {
	Key        UserKey
	Sealed     []byte
	Version    int64
	Lease      string    // who renews now; empty if nobody
	LeaseUntil time.Time // until when nobody else may; without a Lease a pause after a failure
	Tries      int       // times the present refresh token was or may have been sent without an answer
	ReadAt     time.Time // the database's clock at this reading
}

// TokenRef names the state of a row that a change builds on.
type TokenRef struct {
	Key     UserKey
	Version int64
	Lease   string
}

// Pause is how a failed renewal is left behind.
type Pause struct {
	For   time.Duration
	Tries int // what TokenRow.Tries becomes
}
