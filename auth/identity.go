package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/oauth2"
)

// Scopes are what Winnow asks for: reading the account's id and name, reading and changing contacts (there is no smaller
// scope for deleting), and a refresh token. See https://developer.constantcontact.com/api_guide/scopes.html
var Scopes = []string{"account_read", "contact_data", "offline_access"}

// privileges are what a person needs in the account: every bulk activity, even looking at one, wants contacts:write.
// See https://developer.constantcontact.com/api_guide/account_get_privileges.html
var privileges = []string{"contacts:read", "contacts:write"}

// Profile is what the API says about the owner of an access token.
type Profile struct {
	AccountID   string   // encoded_account_id of GET /account/summary
	AccountName string   // organization_name of the same
	Privileges  []string // privilege_name of GET /account/user/privileges
}

// Longest texts taken over from outside, in bytes. The vendor's access tokens have 1,000 to 1,200 characters; ids are far
// shorter than these limits.
const (
	maxToken = 16 << 10
	maxID    = 256
)

// claims are the parts of the access token we read.
type claims struct {
	Subject  string          `json:"sub"`
	Platform json.RawMessage `json:"platform_user_id"`
}

// readClaims decodes the payload of the access token (a JWT) without checking its signature. That is sound here and only here:
// the token came in the answer to our own request to the token endpoint, over TLS, with our client secret, so nobody but the
// issuer could have put it there (OpenID Connect Core 3.1.3.7 makes the same exception for id tokens). A token that arrived any other
// way must never be read with this function.
func readClaims(accessToken string) (claims, error) {
	var c claims
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 || len(accessToken) > maxToken {
		return c, errors.New("access token is not a JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, errors.New("access token payload is not base64url")
	}
	if json.Unmarshal(payload, &c) != nil {
		return c, errors.New("access token payload has an unexpected shape")
	}
	return c, nil
}

// userID gives the stable id of the person: platform_user_id, a string or a number, or else the subject.
func (c claims) userID() string {
	var text string
	if json.Unmarshal(c.Platform, &text) == nil && text != "" {
		return text
	}
	var number json.Number
	if json.Unmarshal(c.Platform, &number) == nil && number != "" {
		return number.String()
	}
	return c.Subject
}

// person takes id and name from the access token.
func person(accessToken string) (User, error) {
	c, err := readClaims(accessToken)
	if err != nil {
		return User{}, err
	}
	if !isID(c.userID()) {
		return User{}, errors.New("access token names no user")
	}
	u := User{ID: c.userID(), Name: c.Subject}
	if !isID(u.Name) {
		u.Name = u.ID
	}
	return u, nil
}

// isID accepts what can be a key, a file name in a log and a word on a page: short and without spaces or control characters.
func isID(s string) bool {
	return s != "" && len(s) <= maxID && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
}

// missingFrom gives the wanted words that are not there.
func missingFrom(have, want []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(w string) bool { return slices.Contains(have, w) })
}

// checkScopes compares what was granted with what was asked for. An answer without "scope" grants what was asked (RFC 6749,
// 5.1). Whether offline_access was granted is seen by the refresh token, the one thing it is for.
func checkScopes(tok *oauth2.Token) error {
	missing := []string{}
	if granted, ok := tok.Extra("scope").(string); ok && granted != "" {
		missing = missingFrom(strings.Fields(granted), Scopes)
	}
	missing = slices.DeleteFunc(missing, func(s string) bool { return s == "offline_access" })
	if tok.RefreshToken == "" {
		missing = append(missing, "offline_access")
	}
	if len(missing) > 0 {
		return missingScopes(missing)
	}
	return nil
}
