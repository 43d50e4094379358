// Package store keeps what Winnow must not lose: uploads, deletions with their frozen manifests, every attempt to send
// something and what became of it, the pace of calls, accounts, sessions and tokens. It holds the only SQL of the program, and the
// job queue, whose jobs are rows too.
//
// # Life of a DB
//
// [Open] locks the file against a second process, verifies that commits reach the disk, migrates the schema and repairs
// what a killed process left. A PostgreSQL database may be open in several processes, so there it locks and repairs nothing; what
// a dead process left goes on when its leases ([DB.Lease]) are over. [DB.StartQueue] then delivers wake-ups to the functions it is given, until [DB.StopQueue].
// [DB.Close] comes last. Between Open and StartQueue everything works except that nobody is woken.
//
// # Rules
//
// The rows are the truth and the queue only says "look at this account": a wake-up may come twice, early or for nothing,
// and a lost one is put in again by a reconciler. Every change is one transaction, on the disk when it returns: on SQLite an
// immediate one on the only connection that writes, while pages read on a pool of their own; on PostgreSQL one that first locks
// what lines up with others (the lease of an account, the row of a deletion). Pages wait for nobody. What must never happen (a second open
// attempt of an account, a batch that was accepted waiting again, ids that change after a person confirmed them) is
// refused by the schema, in triggers and unique indexes, not only by this code. Every decision and every effect adds its row to
// the audit log in the same transaction, so that neither is there without the other.
//
// One SQL text serves both databases; what differs is in dialect.go and dialect_postgres.go, and in a folder of migrations for
// each.
package store

import "winnow/deletion"

var _ deletion.Store = (*DB)(nil)
