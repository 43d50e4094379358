package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/sandbox"
)

func TestAccessTokenIsASignedJWT(t *testing.T) {
	a := startOAuth(t)
	access := a.issued(a.exchange(codeForm(a.code(sandbox.ManagerLogin)))).Access
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		t.Fatalf("it has %d parts", len(parts))
	}
	var header, claims map[string]any
	decode(t, parts[0], &header)
	decode(t, parts[1], &claims)
	jti := claims["jti"]
	if delete(claims, "jti"); jti == "" || jti == nil {
		t.Error("it has no jti")
	}
	issued := float64(a.clock.Now().Unix())
	want := map[string]any{
		"ver": 1.0, "iss": "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8", "aud": "https://api.cc.email/v3",
		"iat": issued, "exp": issued + 86_400, "cid": confidential, "sub": sandbox.ManagerLogin,
		"platform_user_id": a.Users()[1].PlatformUserID, "scp": []any{"account_read", "contact_data", "offline_access"},
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("wrong claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"kid": "sandbox", "alg": "RS256"}, header); diff != "" {
		t.Errorf("wrong header (-want +got):\n%s", diff)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(a.publishedKey(), crypto.SHA256, sum[:], signature); err != nil {
		t.Errorf("the published key does not verify it: %v", err)
	}
}

func decode(t *testing.T, segment string, into any) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// publishedKey reads the key set.
func (a *api) publishedKey() *rsa.PublicKey {
	a.t.Helper()
	var set struct {
		Keys []struct{ N, E string }
	}
	a.get(sandbox.KeysPath, &set)
	number := func(text string) *big.Int {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			a.t.Fatal(err)
		}
		return new(big.Int).SetBytes(raw)
	}
	return &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
}
