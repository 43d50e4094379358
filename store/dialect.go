package store

// What differs between the databases is kept in this file; every other SQL text is written for both: $1 placeholders, BIGINT
// Unix milliseconds, RETURNING, ON CONFLICT DO UPDATE, CASE instead of GREATEST or a two-argument max.
const (
	// nowMS is the database's clock in Unix milliseconds, one value within a statement.
	nowMS = "CAST(round(unixepoch('subsec')*1000) AS INTEGER)"
	// forUpdate locks the rows a transaction reads before it changes them. SQLite needs none: every transaction of
	// the writer begins as the only one (_txlock=immediate).
	forUpdate = ""
)

// What a job of the queue is about, and when it is due in Unix milliseconds.
const (
	jobAccount  = "json_extract(args, '$.account')"
	jobDeletion = "json_extract(args, '$.deletion')"
	jobDue      = "CAST(round(unixepoch(scheduled_at, 'subsec')*1000) AS INTEGER)"
)
