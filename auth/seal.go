package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// keySize is the size of a master key and of the AES-256 keys derived from it, in bytes.
const keySize = 32

// What the keys are derived for: a table and its column.
const (
	tokenPurpose   = "tokens.sealed"
	sessionPurpose = "sessions.sealed"
)

// ErrUnsealed says that sealed bytes did not open: another key, another row, or changed bytes. Which one cannot be told.
var ErrUnsealed = errors.New("sealed value does not open")

// Keys are the master keys by their ids. The highest id seals, all of them open, so a key is replaced by adding one with a
// higher id and removed once nothing sealed with it is left.
type Keys struct {
	newest  byte
	masters map[byte][]byte
}

// GenerateKey makes a new random master key in the form ParseKeys reads behind the id and colon.
func GenerateKey() string {
	key := make([]byte, keySize)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// ParseKeys reads "2:base64,1:base64": ids from 1 to 255, each once, and 32 bytes of standard base64 each. Its errors name the
// place and never the text, which is secret.
func ParseKeys(text string) (*Keys, error) {
	k := &Keys{masters: map[byte][]byte{}}
	place := 0
	for entry := range strings.SplitSeq(text, ",") {
		place++
		id, key, err := parseKey(entry)
		if err != nil {
			return nil, fmt.Errorf("key %d of the list: %w", place, err)
		}
		if k.masters[id] != nil {
			return nil, fmt.Errorf("key %d of the list: id %d is there twice", place, id)
		}
		k.masters[id] = key
		k.newest = max(k.newest, id)
	}
	return k, nil
}

func parseKey(entry string) (byte, []byte, error) {
	number, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
	if !ok {
		return 0, nil, errors.New("want id:base64")
	}
	id, err := strconv.ParseUint(number, 10, 8)
	if err != nil || id == 0 {
		return 0, nil, errors.New("the id must be a number from 1 to 255")
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return 0, nil, errors.New("not standard base64")
	}
	if len(key) != keySize {
		return 0, nil, fmt.Errorf("want %d bytes, got %d", keySize, len(key))
	}
	return byte(id), key, nil
}

// Format prints a placeholder for every verb.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Sealer derives the keys for one purpose: what is sealed for one purpose does not open for another.
func (k *Keys) Sealer(purpose string) (*Sealer, error) {
	if len(k.masters) == 0 {
		return nil, errors.New("no master key")
	}
	s := &Sealer{newest: k.newest, aeads: map[byte]cipher.AEAD{}}
	for id, master := range k.masters {
		key, err := hkdf.Key(sha256.New, master, nil, "winnow "+purpose, keySize)
		if err != nil {
			return nil, fmt.Errorf("derive key %d: %w", id, err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("use key %d: %w", id, err)
		}
		if s.aeads[id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("use key %d: %w", id, err)
		}
	}
	return s, nil
}

// Sealer encrypts values for one purpose with AES-256-GCM. A sealed value is the key id in one byte, the nonce, the ciphertext
// and the tag: 29 bytes more than the plain one. It is safe for concurrent use.
type Sealer struct {
	newest byte
	aeads  map[byte]cipher.AEAD
}

// Format prints a placeholder for every verb.
func (s *Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Seal encrypts plain with the newest key and binds it to the row it belongs to.
func (s *Sealer) Seal(plain []byte, row ...string) []byte {
	return s.aeads[s.newest].Seal([]byte{s.newest}, nil, plain, boundTo(s.newest, row)) //nolint:gosec // the first argument is what the result is appended to; the nonce is random
}

// Open decrypts what Seal made for the same row with any of the keys; otherwise ErrUnsealed.
func (s *Sealer) Open(sealed []byte, row ...string) ([]byte, error) {
	if len(sealed) == 0 || s.aeads[sealed[0]] == nil {
		return nil, ErrUnsealed
	}
	plain, err := s.aeads[sealed[0]].Open(nil, nil, sealed[1:], boundTo(sealed[0], row))
	if err != nil {
		return nil, ErrUnsealed
	}
	return plain, nil
}

// boundTo is the additional data: the key id and the row's parts, each with its length so that ("a","bc") is not ("ab","c").
func boundTo(id byte, row []string) []byte {
	data := []byte{id}
	for _, part := range row {
		data = binary.AppendUvarint(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}
