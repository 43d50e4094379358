package auth

import (
	"fmt"
	"strings"
)

// Code names the kind of a Refusal.
type Code string

// The refusals there are.
const (
	CodeConsentRefused    Code = "consent_refused"     // the person said no at Constant Contact
	CodeProviderError     Code = "provider_error"      // Constant Contact sent the browser back with an error
	CodeFlowMissing       Code = "flow_missing"        // a callback without a sign-in begun in this browser
	CodeFlowMismatch      Code = "flow_mismatch"       // a callback that belongs to another sign-in
	CodeFlowExpired       Code = "flow_expired"        // more than ten minutes at Constant Contact
	CodeFlowUsed          Code = "flow_used"           // the same callback a second time
	CodeExchangeFailed    Code = "exchange_failed"     // the token endpoint did not give tokens
	CodeNoIdentity        Code = "no_identity"         // the access token does not say who it is for
	CodeIdentifyFailed    Code = "identify_failed"     // account or privileges could not be read
	CodeMissingScope      Code = "missing_scope"       // the application was not given what it asked for
	CodeMissingPrivilege  Code = "missing_privilege"   // the person may not change contacts
	CodeAccountNotAllowed Code = "account_not_allowed" // the account is not on the allowed list
	CodeUserNotAllowed    Code = "user_not_allowed"    // the person is not on the allowed list
	CodeCrossSite         Code = "cross_site"          // another site made the browser send this request
)

// Refusal is a "no" with its reason, in words for the person it concerns. What, Why and Do are whole plain-text sentences and
// may contain ids that came from outside: they are escaped like any other text. Error holds the code alone and is fit for logs.
type Refusal struct {
	Code  Code
	What  string // what happened
	Why   string // why it happened
	Do    string // what to do now
	cause error
}

// Error names the code and the technical cause; neither holds personal data.
func (r *Refusal) Error() string {
	if r.cause != nil {
		return fmt.Sprintf("refused (%s): %v", r.Code, r.cause)
	}
	return fmt.Sprintf("refused (%s)", r.Code)
}

// Unwrap gives the technical cause, if there is one.
func (r *Refusal) Unwrap() error { return r.cause }

const startAgain = "Go to the start page and sign in again."

func flowMissing() error {
	return &Refusal{
		Code: CodeFlowMissing,
		What: "You are not signed in.",
		Why:  "No sign-in was waiting in this browser. It was finished already, or it began in another browser, or cookies are switched off.",
		Do:   startAgain,
	}
}

func flowMismatch() error {
	return &Refusal{
		Code: CodeFlowMismatch,
		What: "You are not signed in.",
		Why:  "The answer belongs to another sign-in than the one that began last in this browser, for example one in another tab.",
		Do:   startAgain,
	}
}

func flowExpired() error {
	return &Refusal{
		Code: CodeFlowExpired,
		What: "You are not signed in.",
		Why:  fmt.Sprintf("More than %d minutes passed between the click on sign in and the return from Constant Contact.", int(flowLife.Minutes())),
		Do:   startAgain,
	}
}

func flowUsed() error {
	return &Refusal{
		Code: CodeFlowUsed,
		What: "This sign-in was used already.",
		Why:  "The page that ends a sign-in works once. It was opened again.",
		Do:   "Go to the start page. If you are not signed in there, sign in again.",
	}
}

// providerErrors are the values of "error" that an authorization server may send (RFC 6749, 4.1.2.1, and OpenID Connect Core,
// 3.1.2.6). Anything else is not repeated to the person.
var providerErrors = map[string]bool{
	"invalid_request": true, "unauthorized_client": true, "unsupported_response_type": true, "invalid_scope": true,
	"server_error": true, "temporarily_unavailable": true, "login_required": true, "consent_required": true,
	"interaction_required": true,
}

func providerRefusal(code string) error {
	if code == "access_denied" {
		return &Refusal{
			Code: CodeConsentRefused,
			What: "You are not signed in.",
			Why:  "Constant Contact reports that access was not granted.",
			Do:   "To use Winnow, sign in again and choose to allow access.",
		}
	}
	why := "Constant Contact sent you back without a sign-in and without a known reason."
	if providerErrors[code] {
		why = "Constant Contact sent you back with the error " + code + "."
	}
	return &Refusal{
		Code: CodeProviderError,
		What: "You are not signed in.",
		Why:  why,
		Do:   "Sign in again in a minute. If it happens again, have the administrator compare the client id and the redirect URL with those in the Constant Contact developer portal.",
	}
}

func exchangeRefusal(err *EndpointError) error {
	r := &Refusal{Code: CodeExchangeFailed, What: "You are not signed in.", cause: err}
	switch {
	case err.Code == "invalid_grant":
		r.Why, r.Do = "Constant Contact did not accept the sign-in code. It is valid for five minutes and once.", startAgain
	case err.Code == "invalid_client", err.Code == "unauthorized_client", err.Status == 401:
		r.Why = "Constant Contact did not accept the client id and secret of this Winnow."
		r.Do = "Have the administrator compare the client id and secret with those in the Constant Contact developer portal."
	case err.Status == 429:
		r.Why, r.Do = "Constant Contact answers that there were too many sign-ins in a short time.", "Wait a minute, then sign in again."
	default:
		r.Why, r.Do = "Constant Contact's sign-in service did not give a usable answer.", "Wait a minute, then sign in again."
	}
	return r
}

func noIdentity(cause error) error {
	return &Refusal{
		Code:  CodeNoIdentity,
		What:  "You are not signed in.",
		Why:   "Constant Contact's answer does not say which person signed in.",
		Do:    "Sign in again. If it happens again, report it to the administrator of this Winnow.",
		cause: cause,
	}
}

func identifyFailed(cause error) error {
	return &Refusal{
		Code:  CodeIdentifyFailed,
		What:  "You are not signed in.",
		Why:   "Constant Contact did not answer the question which account this is and what you may do in it.",
		Do:    "Wait a minute, then sign in again.",
		cause: cause,
	}
}

func missingScopes(names []string) error {
	return &Refusal{
		Code: CodeMissingScope,
		What: "You are not signed in.",
		Why:  "Constant Contact did not grant Winnow everything it needs. Missing: " + strings.Join(names, ", ") + ".",
		Do:   "Have the administrator open this application in the Constant Contact developer portal and allow it " + strings.Join(names, ", ") + ". Then sign in again and agree to everything that is asked.",
	}
}

func missingPrivileges(u User, names []string) error {
	return &Refusal{
		Code: CodeMissingPrivilege,
		What: "You are not signed in.",
		Why:  fmt.Sprintf("Your role in account %s lacks: %s. Without it Constant Contact refuses every bulk deletion.", named(u), strings.Join(names, ", ")),
		Do:   "Ask the account owner to make you an Account Manager at Constant Contact, or sign in as somebody who is one.",
	}
}

func accountNotAllowed(u User) error {
	return &Refusal{
		Code: CodeAccountNotAllowed,
		What: "You are not signed in.",
		Why:  fmt.Sprintf("Account %s is not on this Winnow's list of allowed accounts. You came as user %s.", named(u), u.ID),
		Do:   fmt.Sprintf("Have the administrator add account id %s to the allowed accounts, or sign in to another account.", u.Account),
	}
}

func userNotAllowed(u User) error {
	return &Refusal{
		Code: CodeUserNotAllowed,
		What: "You are not signed in.",
		Why:  fmt.Sprintf("User %s of account %s is not on this Winnow's list of allowed users.", u.ID, named(u)),
		Do:   fmt.Sprintf("Have the administrator add user id %s to the allowed users, or sign in as somebody else.", u.ID),
	}
}

// named gives an account's id, with its name where there is one.
func named(u User) string {
	if u.AccountName == "" {
		return u.Account
	}
	return fmt.Sprintf("%s (%s)", u.AccountName, u.Account)
}

func crossSite(cause error) error {
	return &Refusal{
		Code:  CodeCrossSite,
		What:  "Nothing was done.",
		Why:   "The request did not come from one of Winnow's own pages.",
		Do:    "Open Winnow's start page and try again from there. If that is where you were, have the administrator check that the proxy in front of Winnow passes on the Host header.",
		cause: cause,
	}
}
