// Package store keeps what Winnow must not lose: uploads, deletions with their frozen manifests, every attempt to send
// something and what became of it, the pace of calls, accounts, sessions and tokens. It holds the only SQL of the program, and the
// job queue, whose jobs are rows too.
//
// # Life of a DB
//
// [Open] locks the file against a second process, verifies that commits reach the disk, migrates the schema and repairs
// what a killed process left. [DB.StartQueue] then delivers wake-ups to the functions it is given, until [DB.StopQueue].
// [DB.Close] comes last. Between Open and StartQueue everything works except that nobody is woken.
//
// # Rules
//
// The rows are the truth and the queue only says "look at this account": a wake-up may come twice, early or for nothing,
// and a lost one is put in again by a reconciler. Every change is one immediate transaction on one connection, on the
// disk when it returns; pages read on a pool of their own and wait for nobody. What must never happen (a second open
// attempt of an account, a batch that was accepted waiting again, ids that change after a person confirmed them) is
// refused by the schema, in triggers and unique indexes, not only by this code. Every decision and every effect adds its row to
// the audit log in the same transaction, so that neither is there without the other.
//
// One SQL text serves every database; what differs is in dialect.go.
package store

import "winnow/deletion"

var _ deletion.Store = (*DB)(nil)
