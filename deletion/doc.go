// Package deletion is what Winnow exists for: it turns a file or lists into a frozen set of contacts, has a person confirm
// exactly that set, deletes it through Constant Contact in batches, and knows of every row what became of it. It knows no
// HTTP, no SQL and no pages.
//
// # The life of a deletion
//
//	preparing -> ready -> running <-> paused -> finished
//	                         \-----------\----> stopped
//
// It begins as preparing: [Console.Upload] reads a CSV while it arrives, or the runner reads the members of lists. The ids
// go through an external sort and come out as the manifest: unique, sorted, cut into batches of one request each, with a
// SHA-256 over all of them. Then it is ready, and nothing about the set changes any more. [Console.Confirm] takes the
// number of contacts and the hash that the person saw; when both are still true, it is running.
//
// The [Runner] sends one batch of an account after another and follows what Constant Contact calls activities until each
// has ended. The first two batches of contacts are small, and the next is sent only after the account was compared with
// what they should have done to it. Contacts that changed after the preview are left out of every batch, see [Changes]. A pause stops sending but not following. It is finished when every id is proven deleted or proven not
// deleted. Stopping leaves out what was not sent; what was sent before is still deleted.
//
// # Sending without an idempotency key
//
// Constant Contact has no idempotency key and no way to take a request back, so a request whose answer is lost may have
// run. Three rules make that safe:
//
//  1. The attempt is on disk before the first byte of its request. Whoever finds it there later knows that the request may
//     have run, and never sends it again as it is.
//  2. Nothing repeats a request: no transport, no redirect, no job queue. The queue only says "look at this account".
//  3. An attempt with an unknown end is resolved by looking, at the activities for evidence and at the contacts for proof.
//     No other batch of the account is sent before a first look; then the attempt is parked, and up to MaxParked leave the
//     account free. Contacts that did not go within the grace time are sent once more, after all others; lists never
//     without a person, because their members may have changed.
//
// An activity that does not end is waited for. When it has not moved for AskAfter a person may stop waiting: then the contacts
// are read back, and what is not deleted has failed and is never sent again, because the activity may still delete it.
//
// Constant Contact reports how many items an activity deleted, not which. So rows are called deleted only when the
// activity completed with all of its items, or when the contacts were read back as deleted.
//
// # Numbers
//
// For the manifest, deleted + failed + left out + not sent + in progress + unknown = items, at every moment; for the source,
// read = accepted + duplicate + invalid + blank. The store keeps the first sum by construction, the reader the second.
package deletion
