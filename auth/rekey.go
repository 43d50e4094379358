package auth

import "fmt"

// Resealer seals stored values anew with the newest key, so that an older key can be removed. It never shows what is sealed.
type Resealer struct{ tokens, sessions *Sealer }

// Resealer returns one for these keys.
func (k *Keys) Resealer() (*Resealer, error) {
	tokens, err := k.Sealer(tokenPurpose)
	if err != nil {
		return nil, fmt.Errorf("keys for tokens: %w", err)
	}
	sessions, err := k.Sealer(sessionPurpose)
	if err != nil {
		return nil, fmt.Errorf("keys for sessions: %w", err)
	}
	return &Resealer{tokens: tokens, sessions: sessions}, nil
}

// Token returns the sealed tokens of a person sealed anew, or nil when the newest key has sealed them already. ErrUnsealed
// means that none of the keys opens them.
func (r *Resealer) Token(key UserKey, sealed []byte) ([]byte, error) {
	return r.tokens.reseal(sealed, key.Account, key.ID)
}

// Session does the same for the values of a session, whose row is known by its hash.
func (r *Resealer) Session(hash, sealed []byte) ([]byte, error) {
	return r.sessions.reseal(sealed, string(hash))
}

// reseal opens also what the newest key is said to have sealed: the id is only the first byte, and a value that does not open
// should be counted as lost, not as done.
func (s *Sealer) reseal(sealed []byte, row ...string) ([]byte, error) {
	plain, err := s.Open(sealed, row...)
	if err != nil || sealed[0] == s.newest {
		return nil, err
	}
	return s.Seal(plain, row...), nil
}
