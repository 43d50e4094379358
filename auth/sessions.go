package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
)

const (
	// CookieName is the session cookie's name; the prefix makes browsers refuse it without Secure, with a Domain or another Path.
	CookieName = "__Host-winnow"
	// PlainCookieName is the name where Winnow is served over plain http on a LAN.
	PlainCookieName = "winnow"
	// IdleLife is how long a session lives without activity, AbsoluteLife how long in any case (NIST SP 800-63B, AAL2).
	IdleLife     = 30 * time.Minute
	AbsoluteLife = 12 * time.Hour

	sessionIDSize = 32 // bytes, random
	touchEvery    = time.Minute
)

// Names of the session's values. All of them are strings.
const (
	valueAccount  = "account"
	valueUser     = "user"
	valueState    = "flow_state"
	valueVerifier = "flow_verifier"
	valueStarted  = "flow_started"
)

// agesKey is under what a loaded session carries its times; not a string, so it is never saved with the values.
type agesKey struct{}

type ages struct{ created, seen time.Time }

// Sessions is a gorilla/sessions store over the database: the cookie holds a random id, the table its SHA-256 and the sealed
// values. It is safe for concurrent use.
type Sessions struct {
	store    SessionStore
	sealer   *Sealer
	now      func() time.Time
	idle     time.Duration
	absolute time.Duration
	name     string
	options  sessions.Options
}

var _ sessions.Store = (*Sessions)(nil)

// newSessions takes what it needs from complete options.
func newSessions(o Options) (*Sessions, error) {
	sealer, err := o.Keys.Sealer(sessionPurpose)
	if err != nil {
		return nil, err
	}
	s := &Sessions{
		store: o.Store, sealer: sealer, now: o.Now, idle: o.Idle, absolute: o.Absolute, name: CookieName,
		options: sessions.Options{
			Path: "/", MaxAge: int(o.Absolute.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		},
	}
	if o.PlainHTTP {
		s.name, s.options.Secure = PlainCookieName, false
	}
	return s, nil
}

// Get gives the request's session, loading it at most once a request.
func (s *Sessions) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New loads the session named by the cookie. A cookie that is malformed, unknown, expired or sealed with a key we no longer
// have gives an empty session; only a database that does not answer is an error.
func (s *Sessions) New(r *http.Request, name string) (*sessions.Session, error) {
	sess := sessions.NewSession(s, name)
	options := s.options
	sess.Options, sess.IsNew = &options, true
	cookie, err := r.Cookie(name)
	if err != nil {
		return sess, nil
	}
	hash, ok := hashID(cookie.Value)
	if !ok {
		return sess, nil
	}
	row, err := s.store.FindSession(r.Context(), hash)
	if errors.Is(err, ErrNotFound) {
		return sess, nil
	}
	if err != nil {
		return sess, fmt.Errorf("find session: %w", err)
	}
	values, ok := s.open(row)
	if !ok || s.over(row) {
		return sess, nil
	}
	for k, v := range values {
		sess.Values[k] = v
	}
	sess.Values[agesKey{}] = ages{row.CreatedAt, row.SeenAt}
	sess.ID, sess.IsNew = cookie.Value, false
	return sess, nil
}

// Save writes the session's string values and, for a session without id, a new random id and its cookie. A MaxAge below zero
// ends the session. A session that was ended meanwhile does not come back: whoever it knew is forgotten.
func (s *Sessions) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	if sess.Options.MaxAge < 0 {
		_, err := s.end(r.Context(), sess)
		http.SetCookie(w, sessions.NewCookie(sess.Name(), "", sess.Options))
		return err
	}
	if hash, ok := hashID(sess.ID); ok {
		kept, err := s.store.UpdateSession(r.Context(), hash, s.seal(sess, hash))
		if err != nil {
			return fmt.Errorf("update session: %w", err)
		}
		if kept {
			return nil
		}
		delete(sess.Values, valueAccount)
		delete(sess.Values, valueUser)
	}
	return s.insert(r.Context(), w, sess)
}

// Sweep deletes the sessions that are over and tells how many there were. Whether it runs changes nothing but the disk used.
func (s *Sessions) Sweep(ctx context.Context) (int64, error) {
	now := s.now()
	n, err := s.store.DeleteExpiredSessions(ctx, SessionLimits{SeenBy: now.Add(-s.idle), CreatedBy: now.Add(-s.absolute)})
	if err != nil {
		return 0, fmt.Errorf("delete expired sessions: %w", err)
	}
	return n, nil
}

// EndAll ends every session of a person, on all machines, from the next request on. It tells how many there were.
func (s *Sessions) EndAll(ctx context.Context, key UserKey) (int64, error) {
	n, err := s.store.DeleteUserSessions(ctx, key)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return n, nil
}

// insert gives the session a new id and writes it.
func (s *Sessions) insert(ctx context.Context, w http.ResponseWriter, sess *sessions.Session) error {
	sess.ID = newID()
	hash, _ := hashID(sess.ID)
	now := s.now()
	row := SessionRow{Hash: hash, Sealed: s.seal(sess, hash), User: keyOf(sess), CreatedAt: now, SeenAt: now}
	if err := s.store.InsertSession(ctx, row); err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	sess.Values[agesKey{}] = ages{now, now}
	http.SetCookie(w, sessions.NewCookie(sess.Name(), sess.ID, sess.Options))
	return nil
}

// end deletes the session and empties it; it tells whether this call was the one that did.
func (s *Sessions) end(ctx context.Context, sess *sessions.Session) (bool, error) {
	hash, ok := hashID(sess.ID)
	if !ok {
		return false, nil
	}
	ended, err := s.store.DeleteSession(ctx, hash)
	if err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	clear(sess.Values)
	sess.ID, sess.IsNew = "", true
	return ended, nil
}

// touch writes the time of this activity, at most once a minute.
func (s *Sessions) touch(ctx context.Context, sess *sessions.Session) error {
	hash, ok := hashID(sess.ID)
	if !ok {
		return nil
	}
	known, _ := sess.Values[agesKey{}].(ages)
	now := s.now()
	if now.Sub(known.seen) < touchEvery {
		return nil
	}
	if err := s.store.TouchSession(ctx, hash, now); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// over reports whether a session may no longer be used.
func (s *Sessions) over(row SessionRow) bool {
	now := s.now()
	return now.Sub(row.SeenAt) >= s.idle || now.Sub(row.CreatedAt) >= s.absolute
}

func (s *Sessions) seal(sess *sessions.Session, hash []byte) []byte {
	values := map[string]string{}
	for k, v := range sess.Values {
		key, isKey := k.(string)
		value, isText := v.(string)
		if isKey && isText {
			values[key] = value
		}
	}
	plain, err := json.Marshal(values)
	if err != nil {
		panic("auth: a map of strings does not marshal") // cannot happen: encoding/json accepts every string
	}
	return s.sealer.Seal(plain, string(hash))
}

func (s *Sessions) open(row SessionRow) (map[string]string, bool) {
	plain, err := s.sealer.Open(row.Sealed, string(row.Hash))
	if err != nil {
		return nil, false
	}
	var values map[string]string
	if json.Unmarshal(plain, &values) != nil {
		return nil, false
	}
	return values, true
}

// keyOf reads who a session belongs to; empty before sign-in.
func keyOf(sess *sessions.Session) UserKey {
	return UserKey{Account: text(sess, valueAccount), ID: text(sess, valueUser)}
}

func text(sess *sessions.Session, name string) string {
	value, _ := sess.Values[name].(string)
	return value
}

func newID() string {
	id := make([]byte, sessionIDSize)
	rand.Read(id)
	return base64.RawURLEncoding.EncodeToString(id)
}

// hashID gives the key of a session's row; false for anything that we cannot have issued.
func hashID(id string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != sessionIDSize {
		return nil, false
	}
	hash := sha256.Sum256(raw)
	return hash[:], true
}
