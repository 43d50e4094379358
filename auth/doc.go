// Package auth knows who is asking and speaks to Constant Contact in their name.
//
// A person signs in through Constant Contact's OAuth2 server; Winnow keeps no passwords. The life of a sign-in:
//
//	POST /login            Auth.Login: a random state and a PKCE verifier go into the session, the browser to Constant Contact
//	GET  /oauth/callback   Auth.Callback: state compared, flow used up, code exchanged once, person and account asked for,
//	                       scopes, privileges and the allowed lists checked, tokens sealed and stored, new session id
//	every request          Auth.Authenticate: session loaded, person still allowed, Current(c) answers who it is
//	POST /logout           Auth.Logout: the session is gone on the server, the browser is told to forget
//
// A Refusal is an answer a person can act on: what happened, why, what to do. Anything else is an error for the log.
//
// Sessions live in the database. The cookie holds 32 random bytes and nothing else, the table their SHA-256 and the sealed
// values. A session ends after 30 minutes without activity and after 12 hours in any case; polled fragments (Passive) are no
// activity.
//
// Tokens outlive sessions, since deletions run for days. There is one sealed row for each account and person. Tokens.Access
// gives an access token for an account and renews it early, under a lease in the row, so that several processes together spend
// a single-use refresh token once: the lease is committed first (which proves that the store can be written), one request is
// made, and the new pair is committed before anybody uses it.
//
// The package imports nothing else of Winnow. What it needs from the database is the Store interface, what it needs from the
// API is the Identify function; main wires both.
package auth
