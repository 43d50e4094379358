// Package sandbox imitates Constant Contact: the OAuth2 server that issues access tokens and the part of API v3 that is
// about contacts, lists, tags, segments, custom fields and bulk activities. It is a real HTTP server, keeps everything in
// memory, and is meant for trying a program out and for testing it, above all against what goes wrong.
// docs/sandbox.md shows how to point a program at it.
//
// # Life cycle
//
// New seeds two accounts, or as many as are asked for, with made-up contacts, lists, tags, fields, segments and users, always the same for the same
// Options. ServeHTTP answers under /oauth2 and /v3. There are no goroutines: whenever somebody looks at an account, its
// activities are first brought up to the present, each item dated to its own moment, so that nobody can tell this from
// work done in the background, and a test that moves the clock need not wait. Reset and Reseed start over. Close lets go
// of requests that hang in a fault.
//
// A request passes through these steps, each in a file of its own: its arrival is journaled (serve.go), route, token, rate,
// scope and privilege are checked (route.go, authority.go, limiter.go), the fault plan decides what is to happen to it
// (fault_plan.go), its body is read, a handler does the work inside the fault (api.go, fault_perform.go), and the answer
// goes out as far as the fault lets it (spoil.go, deliver.go).
//
// # What a test has in hand
//
// Server.Clock is the time that everything goes by; it can be moved forward and stopped. Options.Speed makes activities
// faster. Inject plans a Fault: for certain requests, or by chance. Options.Chaos is a set of faults by chance, decided by a
// seed: what happens to a request depends on the seed, its route and its number within the route, so that the same
// requests meet the same faults again. DefaultChaos says what it leaves out and why. New is kind unless asked for chaos;
// sandboxtest.Start is the other way round.
//
// The Journal has every request with four moments: headers in, body complete, effect applied, answer written.
// ManagementHandler offers all of this over HTTP, for a sandbox in another process; it belongs on a listener of its own.
// Server also has accessors for what the API does not show, and methods that act like somebody else in the account:
// AddContact, ChangeContact, Restore, AddMember, RemoveMember, AddList, DeleteList, Withdraw, AddForeignActivity.
//
// # What it imitates
//
// Routes() names the operations. Bodies have the keys, key order, absences and time stamps of captured answers where
// such answers are public, and of the vendor's reference otherwise:
//
//   - An unknown path or method under /v3 is 404 before the token is looked at, never 405.
//   - 400, 404, 409 and 500 answer an array of errors; 401, 403 and 429 a single object. The OAuth2 server has three
//     shapes of its own: the object of RFC 6749, Okta's object, and nothing at all (404, and 429 with a Retry-After).
//   - 401 looks the same for a missing, malformed, expired or revoked token.
//   - 403 looks the same for a missing scope, a missing privilege, and a change of the account by another than its owner.
//   - 4 requests in any sliding second and 10,000 in a UTC day for one client id.
//   - The next page is a path from the host's root; its cursor holds the limit. The last page has no _links, except
//     that of segments, where the next link is null.
//   - In GET /activities every item carries the self link of the page's last item; deleting a list or a tag answers with
//     a link from inside the vendor. An activity over nothing has no items_completed_count.
//   - An activity starts at percent_done 1 with an empty status, and can be seen for ten days. An account has at most
//     1,000 unfinished ones, which run one after another.
//   - A deleted contact leaves all lists and tags and stays readable, with deleted_at. PUT, sign_up_form, imports and
//     add_list_memberships bring it back, without the lists it was on; POST of its address is 409. Who unsubscribed
//     cannot be opted in again by the account.
//   - Sign-up, imports and PUT differ in what they change: what is given; the cells that are not empty; everything, with
//     scalars left out emptied.
//   - Codes work once and for five minutes, access tokens for a day, refresh tokens until unused for 180 days.
//     Rotating ones work once: a second use voids the whole family, and a new sign-in voids the user's earlier one.
//     Long-lived ones stay (Client.LongLived). Without offline_access there is none, nor for devices.
//   - Client credentials are taken from HTTP Basic, the body or the query, and parameters from a form, the query or JSON.
//     PKCE is optional, except for a client without a secret. Redirect URIs match byte by byte, but for one * in the
//     lowest sub-domain.
//
// # What is unknown, and what was chosen
//
// No public source shows an answer of the live contact_delete, nor what it makes of odd input. Options.Quirks has a switch
// for each of these, and for where captures and reference disagree; the zero value is:
//
//   - An empty or oversized array, both arrays, neither, and a malformed UUID are 400 with the key
//     contacts.api.validation.error. Only the 36-character spelling of a UUID is taken, in either case.
//   - Ids that are unknown, already deleted or repeated are accepted. Unknown lists have no members.
//   - items_total_count counts the ids sent, or the members found when the work began. items_completed_count counts
//     those that are deleted at the end, be it now or before; unknown ids are missing from it.
//   - A segment query is answered 202 once before it is answered 200; an unfinished export is 404.
//   - A malformed id in a path is 400; deleting an unknown list is 400, and any other unknown id 404.
//
// Chosen without a switch:
//
//   - Each activity takes about 1 s, and for each item 10 ms of a deletion, 4 ms of a change of lists or tags, 3 ms of an
//     import, a fifth of a millisecond of an export; all divided by Options.Speed.
//   - The 429 of a full queue has no error key. An activity that failed or timed out keeps the percent_done it had
//     reached. An activity older than ten days is 404, and so is the file of its export.
//   - Refused requests use up neither the second nor the day. 403 and 404 answers behind a valid token do.
//   - Everything beside a cursor is ignored. A cursor that is not ours is 400.
//   - GET /contact_lists, /contacts and /activities are ordered newest first; tags and custom fields oldest first.
//   - The headings of an export that nobody has published are guesses. Engagement levels and the ids of the older API
//     are made up. PUT /contacts/resubscribe changes nothing, since nobody reads the mail that it sends.
//   - The consent page asks who to be, without a password. A browser that signed in is remembered for 12 hours: it is
//     offered that user alone, unless prompt=login is sent; it is asked for its consent every time, so that nobody
//     mistakes this for the real service. One POST of the form's fields will do as well.
//   - state is required. Only S256 is taken. Access tokens are signed JWTs whose issuer claim is the vendor's and whose
//     key is not. A device code lives ten minutes and may be asked for every five seconds.
//   - A body over 1 MiB, or 10 MiB of an import, is 413; a POST that is not JSON is 415. Of an import what is over 4 MB is
//     dropped, as the reference says.
//
// # What it does not do
//
// It keeps nothing on disk, sends no mail, and has no campaigns, landing pages, e-commerce, partners, implicit flow,
// discovery documents and revocation endpoint. No contact has an SMS channel and no list is for SMS: the filters for
// them are read, and find nobody. Segments can be read and asked for their contacts, but not made or changed. An owner
// here has 19 privileges instead of 94. It sends no rate limit headers from the API, as the vendor sends none. An
// IndexLag shows contacts and activities late, but not counts of lists, tags and segments. It says nothing about how
// fast the vendor is.
package sandbox
