// Package constantcontact is a typed client of the part of Constant Contact's API, version 3, that
// deleting contacts in bulk needs: the account, its contact lists, its contacts and its bulk activities.
//
// # Scope
//
// A [Client] talks to one API for one account. It asks [Options.Token] for a bearer token and
// [Options.Governor] for permission before every single request, so sign-in, token refresh, the
// allowance of 4 requests a second and 10,000 a day, and waiting are all somebody else's work. The client
// never follows a redirect, never reads the proxy variables of the environment and reads at most 16 MiB of any
// answer. It never retries. (Only net/http itself may repeat a read, never a deletion, when the connection it
// had kept turns out closed before a byte of the answer.) A Client is safe for concurrent use; make one for
// each account and keep it, because it holds the idle connections.
//
// # Life of a deletion at Constant Contact
//
// [ActivitiesService.DeleteContacts] hands over up to 500 contact ids or up to 50 list ids and gets an
// [Activity] back: a job in the vendor's queue. The job goes from "initialized" over "processing" to one of
// four final states; [ActivitiesService.Get] and [ActivitiesService.Recent] show it for 10 days. Its counters
// say how many, never which; whether one contact is gone is seen by reading it back with
// [ContactsService.Get]. The vendor keeps a deleted contact, off all lists and no longer active, and it can
// be put back.
//
// # Did it happen?
//
// The vendor offers no idempotency key, so the one question after a failed delete request is whether it may
// have run. Every error of DeleteContacts is therefore exactly one of three types:
//
//   - [*UnsentError]: it is proven that no part of the request left; it may be sent again.
//   - [*Error]: Constant Contact itself refused it; nothing was deleted.
//   - [*UnclearError]: the request was, or may have been, written and no trustworthy answer came; it may
//     have run. It must not be sent again before somebody has looked.
//
// They are the outermost type, so a type switch decides; what they wrap is for people and for errors.Is.
//
// Reads fail with [*Error] when an answer came, whoever wrote it, and with an ordinary wrapped error when
// none did.
//
// # Text from outside
//
// No error text of this package holds a token, an e-mail address, a control character or more than 300
// characters of what a server wrote. Paths in it come without their query. Errors of Token and Governor are
// repeated as they are.
//
// The vendor's own description starts at https://developer.constantcontact.com/api_guide/bulk_activities.html.
package constantcontact
