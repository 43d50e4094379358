package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Claims that every access token of the vendor has.
const (
	tokenIssuer   = "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8"
	tokenAudience = "https://api.cc.email/v3"
)

// signingKey is made on first use, because it takes longer than the rest of the start-up. It is new in every
// process, so a token of the sandbox convinces nobody else.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("sandbox: make the signing key: %v", err))
	}
	return key
})

const signingKeyID = "sandbox"

type tokenHeader struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"`
}

type tokenClaims struct {
	Version        int      `json:"ver"`
	ID             string   `json:"jti"`
	Issuer         string   `json:"iss"`
	Audience       string   `json:"aud"`
	IssuedAt       int64    `json:"iat"`
	ExpiresAt      int64    `json:"exp"`
	ClientID       string   `json:"cid"`
	Scopes         []string `json:"scp"`
	Subject        string   `json:"sub"`
	PlatformUserID string   `json:"platform_user_id"`
}

// signToken makes the access token of a grant. The sandbox itself never reads it again: it knows its tokens by
// digest.
func signToken(g *grant, now time.Time) string {
	claims := tokenClaims{
		Version: 1, ID: "AT." + rand.Text(), Issuer: tokenIssuer, Audience: tokenAudience,
		IssuedAt: now.Unix(), ExpiresAt: now.Add(accessLife).Unix(),
		ClientID: g.client, Scopes: g.scopes, Subject: g.user.Login, PlatformUserID: g.user.PlatformUserID,
	}
	unsigned := segment(encode(tokenHeader{signingKeyID, "RS256"})) + "." + segment(encode(claims))
	sum := sha256.Sum256([]byte(unsigned))
	signature, err := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(fmt.Sprintf("sandbox: sign a token: %v", err))
	}
	return unsigned + "." + segment(signature)
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// s256 is the PKCE transformation of a verifier, RFC 7636 section 4.2.
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return segment(sum[:])
}

// publicKey is one entry of the key set.
type publicKey struct {
	Type      string `json:"kty"`
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Exponent  string `json:"e"`
	Modulus   string `json:"n"`
}

// serveKeys answers the key set that the tokens can be verified with.
func serveKeys() reply {
	key := signingKey().PublicKey
	return jsonReply(200, map[string][]publicKey{"keys": {{
		Type: "RSA", Algorithm: "RS256", KeyID: signingKeyID, Use: "sig",
		Exponent: segment(big.NewInt(int64(key.E)).Bytes()), Modulus: segment(key.N.Bytes()),
	}}})
}
