package auth_test

import (
	"bytes"
	"errors"
	"testing"

	"winnow/auth"
)

// resealing has a value that the old key sealed, and resealers of people who have both keys and only the new one.
func resealing(t *testing.T) (old, next string, both *auth.Resealer) {
	t.Helper()
	old, next = "1:"+auth.GenerateKey(), "2:"+auth.GenerateKey()
	return old, next, resealer(t, next+","+old)
}

func resealer(t *testing.T, text string) *auth.Resealer {
	t.Helper()
	r, err := keys(t, text).Resealer()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sealedWith(t *testing.T, text, purpose, plain string, row ...string) []byte {
	t.Helper()
	s, err := keys(t, text).Sealer(purpose)
	if err != nil {
		t.Fatal(err)
	}
	return s.Seal([]byte(plain), row...)
}

func TestWhatAnOldKeySealedOpensWithTheNewestAlone(t *testing.T) {
	old, next, both := resealing(t)
	hash := bytes.Repeat([]byte{7}, 32)
	for name, c := range map[string]struct {
		purpose string
		row     []string
		reseal  func(*auth.Resealer, []byte) ([]byte, error)
	}{
		"tokens": {"tokens.sealed", []string{ada.Account, ada.ID}, func(r *auth.Resealer, b []byte) ([]byte, error) { return r.Token(ada.Key(), b) }},
		"a session": {"sessions.sealed", []string{string(hash)}, func(r *auth.Resealer, b []byte) ([]byte, error) {
			return r.Session(hash, b)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before := sealedWith(t, old, c.purpose, "content", c.row...)
			again, err := c.reseal(both, before)
			if err != nil || bytes.Equal(again, before) {
				t.Fatalf("sealed anew: %v, %v", again, err)
			}
			s, err := keys(t, next).Sealer(c.purpose)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := s.Open(again, c.row...); err != nil || string(plain) != "content" {
				t.Errorf("opened with the new key alone: %q, %v", plain, err)
			}
			if third, err := c.reseal(both, again); third != nil || err != nil {
				t.Errorf("a second time: %v, %v", third, err)
			}
		})
	}
}

func TestWhatDoesNotOpenIsNotSealedAnew(t *testing.T) {
	old, next, both := resealing(t)
	good := sealedWith(t, old, "tokens.sealed", "content", ada.Account, ada.ID)
	broken := sealedWith(t, next, "tokens.sealed", "content", ada.Account, ada.ID)
	broken[len(broken)-1] ^= 1
	for name, c := range map[string]struct {
		with   *auth.Resealer
		key    auth.UserKey
		sealed []byte
	}{
		"its key is gone":                 {resealer(t, next), ada.Key(), good},
		"it is another row's":             {both, auth.UserKey{Account: ada.Account, ID: "somebody else"}, good},
		"changed under the newest key":    {both, ada.Key(), broken},
		"nothing is there":                {both, ada.Key(), nil},
		"it was sealed as something else": {both, ada.Key(), sealedWith(t, old, "sessions.sealed", "content", ada.Account, ada.ID)},
	} {
		t.Run(name, func(t *testing.T) {
			if again, err := c.with.Token(c.key, c.sealed); again != nil || !errors.Is(err, auth.ErrUnsealed) {
				t.Errorf("got %v, %v", again, err)
			}
		})
	}
}
