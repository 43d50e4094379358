package store

import "strings"

// What differs between the databases is kept in the files dialect*.go; every other SQL text is written for both: $1
// placeholders, BIGINT Unix milliseconds, RETURNING, ON CONFLICT DO UPDATE, CASE instead of GREATEST or a two-argument max,
// CAST where nothing else says the type of an argument. The constants are SQLite's words; postgresWords has PostgreSQL's.
const (
	// nowMS is the database's clock in Unix milliseconds, one value within a statement.
	nowMS = "CAST(round(unixepoch('subsec')*1000) AS INTEGER)"
	// clockMS is nowMS, but on PostgreSQL read when a row that was waited for is there, so that who comes next does not come
	// before.
	clockMS = nowMS + " /* when it is there */"
	// forUpdate locks the rows a transaction reads before it changes them. SQLite needs none and reads a comment: every
	// transaction of the writer begins as the only one (_txlock=immediate).
	forUpdate = " /* FOR UPDATE */"
)

// What a job of the queue is about, and when it is due in Unix milliseconds.
const (
	jobAccount  = "json_extract(args, '$.account')"
	jobDeletion = "json_extract(args, '$.deletion')"
	jobDue      = "CAST(round(unixepoch(scheduled_at, 'subsec')*1000) AS INTEGER)"
)

// postgresWords says for PostgreSQL what the constants say for SQLite. Its clock is the beginning of the statement too, not
// that of the transaction, which may have waited for a lock since.
var postgresWords = strings.NewReplacer(
	clockMS, "CAST(extract(epoch FROM clock_timestamp())*1000 AS BIGINT)",
	nowMS, "CAST(extract(epoch FROM statement_timestamp())*1000 AS BIGINT)",
	forUpdate, " FOR UPDATE",
	jobAccount, "(args->>'account')",
	jobDeletion, "CAST(args->>'deletion' AS BIGINT)",
	jobDue, "CAST(extract(epoch FROM scheduled_at)*1000 AS BIGINT)",
)
