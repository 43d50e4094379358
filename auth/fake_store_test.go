package auth_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"winnow/auth"
)

// errDisk is what a store answers whose disk is full.
var errDisk = errors.New("disk full")

// clock is a clock that moves only when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fakeToken is a token row with what the interface does not show.
type fakeToken struct {
	row      auth.TokenRow
	signedIn int // order of sign-ins
	dead     bool
}

// fakeStore keeps everything in maps under one lock.
type fakeStore struct {
	clock *clock

	mu       sync.Mutex
	users    map[auth.UserKey]auth.User
	sessions map[string]auth.SessionRow
	tokens   map[auth.UserKey]*fakeToken
	signIns  int
	touches  int
	readOnly bool   // every write fails
	broken   bool   // every call fails
	replaces int    // how many of the next ReplaceToken calls fail
	found    func() // called after each FindSession
}

func newFakeStore(c *clock) *fakeStore {
	return &fakeStore{
		clock: c, users: map[auth.UserKey]auth.User{}, sessions: map[string]auth.SessionRow{},
		tokens: map[auth.UserKey]*fakeToken{},
	}
}

// set changes the store's faults.
func (f *fakeStore) set(change func(*fakeStore)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeStore) reading(ctx context.Context) error {
	if f.broken {
		return errDisk
	}
	return ctx.Err()
}

func (f *fakeStore) writing(ctx context.Context) error {
	if f.readOnly {
		return errDisk
	}
	return f.reading(ctx)
}

func (f *fakeStore) PutUser(ctx context.Context, u auth.User) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return err
	}
	f.users[u.Key()] = u
	return nil
}

func (f *fakeStore) FindUser(ctx context.Context, key auth.UserKey) (auth.User, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(ctx); err != nil {
		return auth.User{}, err
	}
	u, ok := f.users[key]
	if !ok {
		return auth.User{}, auth.ErrNotFound
	}
	return u, nil
}

func (f *fakeStore) FindSession(ctx context.Context, hash []byte) (auth.SessionRow, error) {
	f.mu.Lock()
	if f.found != nil {
		defer f.found()
	}
	defer f.mu.Unlock()
	if err := f.reading(ctx); err != nil {
		return auth.SessionRow{}, err
	}
	row, ok := f.sessions[string(hash)]
	if !ok {
		return auth.SessionRow{}, auth.ErrNotFound
	}
	return row, nil
}

func (f *fakeStore) InsertSession(ctx context.Context, row auth.SessionRow) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return err
	}
	f.sessions[string(row.Hash)] = row
	return nil
}

func (f *fakeStore) UpdateSession(ctx context.Context, hash, sealed []byte) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	row, ok := f.sessions[string(hash)]
	if err := f.writing(ctx); err != nil || !ok {
		return false, err
	}
	row.Sealed = sealed
	f.sessions[string(hash)] = row
	return true, nil
}

func (f *fakeStore) TouchSession(ctx context.Context, hash []byte, seenAt time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	row, ok := f.sessions[string(hash)]
	if err := f.writing(ctx); err != nil || !ok {
		return err
	}
	f.touches++
	if seenAt.After(row.SeenAt) {
		row.SeenAt = seenAt
		f.sessions[string(hash)] = row
	}
	return nil
}

func (f *fakeStore) DeleteSession(ctx context.Context, hash []byte) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return false, err
	}
	_, ok := f.sessions[string(hash)]
	delete(f.sessions, string(hash))
	return ok, nil
}

func (f *fakeStore) DeleteUserSessions(ctx context.Context, key auth.UserKey) (int64, error) {
	return f.deleteSessions(ctx, func(row auth.SessionRow) bool { return row.User == key })
}

func (f *fakeStore) DeleteExpiredSessions(ctx context.Context, limits auth.SessionLimits) (int64, error) {
	return f.deleteSessions(ctx, func(row auth.SessionRow) bool {
		return !row.SeenAt.After(limits.SeenBy) || !row.CreatedAt.After(limits.CreatedBy)
	})
}

func (f *fakeStore) deleteSessions(ctx context.Context, match func(auth.SessionRow) bool) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return 0, err
	}
	before := len(f.sessions)
	maps.DeleteFunc(f.sessions, func(_ string, row auth.SessionRow) bool { return match(row) })
	return int64(before - len(f.sessions)), nil
}

func (f *fakeStore) LivingTokens(ctx context.Context, account string) ([]auth.TokenRow, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reading(ctx); err != nil {
		return nil, err
	}
	var living []*fakeToken
	for key, token := range f.tokens {
		if key.Account == account && !token.dead {
			living = append(living, token)
		}
	}
	slices.SortFunc(living, func(a, b *fakeToken) int { return b.signedIn - a.signedIn })
	var rows []auth.TokenRow
	for _, token := range living {
		row := token.row
		row.ReadAt = f.clock.Now()
		rows = append(rows, row)
	}
	return rows, nil
}

func (f *fakeStore) PutToken(ctx context.Context, key auth.UserKey, sealed []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return err
	}
	version := int64(1)
	if old := f.tokens[key]; old != nil {
		version = old.row.Version + 1
	}
	f.signIns++
	f.tokens[key] = &fakeToken{row: auth.TokenRow{Key: key, Sealed: sealed, Version: version}, signedIn: f.signIns}
	return nil
}

func (f *fakeStore) LeaseToken(ctx context.Context, ref auth.TokenRef, life time.Duration) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.writing(ctx); err != nil {
		return false, err
	}
	token, now := f.tokens[ref.Key], f.clock.Now()
	if token == nil || token.dead || token.row.Version != ref.Version || token.row.LeaseUntil.After(now) {
		return false, nil
	}
	token.row.Lease, token.row.LeaseUntil = ref.Lease, now.Add(life)
	token.row.Tries++
	return true, nil
}

func (f *fakeStore) ReplaceToken(ctx context.Context, ref auth.TokenRef, sealed []byte) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.replaces > 0 {
		f.replaces--
		return false, errDisk
	}
	return f.change(ctx, ref, func(token *fakeToken) {
		token.row = auth.TokenRow{Key: ref.Key, Sealed: sealed, Version: ref.Version + 1}
		token.dead = false
	})
}

func (f *fakeStore) PauseToken(ctx context.Context, ref auth.TokenRef, pause auth.Pause) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.change(ctx, ref, func(token *fakeToken) {
		token.row.Lease, token.row.LeaseUntil = "", f.clock.Now().Add(pause.For)
		token.row.Tries = pause.Tries
	})
}

func (f *fakeStore) KillToken(ctx context.Context, ref auth.TokenRef) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.change(ctx, ref, func(token *fakeToken) { token.dead = true })
}

// change applies a guarded change; the caller holds the lock.
func (f *fakeStore) change(ctx context.Context, ref auth.TokenRef, apply func(*fakeToken)) (bool, error) {
	if err := f.writing(ctx); err != nil {
		return false, err
	}
	token := f.tokens[ref.Key]
	if token == nil || token.row.Version != ref.Version || token.row.Lease != ref.Lease {
		return false, nil
	}
	apply(token)
	return true, nil
}

// token gives one row as it is.
func (f *fakeStore) token(key auth.UserKey) auth.TokenRow {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tokens[key] == nil {
		return auth.TokenRow{}
	}
	return f.tokens[key].row
}

// counts tells how many sessions, tokens and touches there are.
func (f *fakeStore) counts() (sessions, tokens, touches int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.sessions), len(f.tokens), f.touches
}
