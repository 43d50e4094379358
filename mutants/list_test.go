//go:build mutants

package mutants

const schema = "store/migrations/sqlite/00002_deletions.sql"

var all = []mutant{
	{"commits are not synced (synchronous=NORMAL)", []edit{
		{"store/open.go", `"synchronous(FULL)"`, `"synchronous(NORMAL)"`},
		{"store/open.go", `sync != 2`, `sync < 1`},
	}, []tests{{".", "^TestAnAttemptIsSyncedBeforeItsRequest$"}}},

	{"two attempts of an account may be open (index dropped)", []edit{
		{schema, "CREATE UNIQUE INDEX attempts_one_open", "CREATE INDEX attempts_one_open"},
	}, []tests{{"./store", "Schema|SQLiteIsADeletionStore"}}},

	{"redirects are followed", []edit{
		{"constantcontact/delete.go", "s.client.deletes.RoundTrip(req)", "(&http.Client{Transport: s.client.deletes}).Do(req)"},
		{"constantcontact/call.go", "\treq.GetBody = nil // without it no layer below can send the body a second time\n", ""},
	}, []tests{histories}},

	{"the token endpoint is asked in two ways (OAuth auto-detect)", []edit{
		{"auth/auth.go", "AuthStyle: oauth2.AuthStyleInHeader", "AuthStyle: oauth2.AuthStyleAutoDetect"},
	}, []tests{{"./auth", "NewProcess|Renewal"}}},

	{"what was being sent is sent again at the start", []edit{
		{"store/attempts.go", "SET state = 'unknown', evidence = $2", "SET state = 'unsent', evidence = $2"},
		{"store/attempts.go", "UPDATE batches SET outcome = 'unknown'", "UPDATE batches SET outcome = 'waiting'"},
	}, []tests{crashes, histories}},

	{"the first of several activities is taken for ours", []edit{
		{"deletion/resolve.go", "\t\tcase k.showed(c):\n", "\t\tdefault:\n"},
	}, []tests{{"./deletion", "Another|Two"}}},

	{"the transport repeats deletes", []edit{
		{"constantcontact/call.go", "\treq.GetBody = nil // without it no layer below can send the body a second time\n", ""},
		{"constantcontact/delete.go", "\tp.req.Close = true\n", "\tp.req.Header.Set(\"Idempotency-Key\", \"1\")\n"},
		{"constantcontact/transport.go", "\tt.DisableKeepAlives = true\n", ""},
	}, []tests{{"./constantcontact", "Delete"}}},

	{"the transport repeats reads", []edit{
		{"constantcontact/call.go", "io.NopCloser(http.NoBody)", "http.NoBody"},
	}, []tests{{"./constantcontact", "Repeated"}}},

	{"the sums of a page are not kept (trigger dropped)", []edit{
		{schema, "ON batches\nWHEN OLD.outcome <> NEW.outcome OR OLD.deleted", "ON batches\nWHEN 0 AND OLD.outcome <> NEW.outcome AND OLD.deleted"},
	}, []tests{histories, {"./store", "SQLiteIsADeletionStore"}}},

	{"the grace time is ignored", []edit{
		{"deletion/resolve.go", "\tcase l.graceLeft(a) > 0:", "\tcase l.graceLeft(a) > 0 && len(found.open) > 0:"},
	}, []tests{histories, lost}},

	{"the marks of missed contacts are read upside down", []edit{
		{"deletion/batch.go", "m[i/8]&(1<<(i%8)) != 0", "m[i/8]&(1<<(i%8)) == 0"},
	}, []tests{histories, {"./deletion", "Missed|Ends|Apart|Results"}}},

	{"a lost answer counts as not sent", []edit{
		{"deletion/send.go", "return verdict{state: AttemptUnknown, outcome: Unknown, cause: err}", "return verdict{state: AttemptUnsent, outcome: Waiting, cause: err}"},
	}, []tests{histories, lost}},

	{"an old page can confirm", []edit{
		{"store/control.go", "WHERE id = $1 AND items = $4 AND hash = $5", "WHERE id = $1 AND $4 > 0 AND length($5) > 0"},
	}, []tests{histories, {"./store", "SQLiteIsADeletionStore"}}},

	{"a renewed token is used before it is stored", []edit{
		{"auth/renew.go", "\tif err := t.commit(ctx, ref, renewed); err != nil {\n\t\treturn \"\", err\n\t}\n",
			"\ttime.AfterFunc(20*time.Millisecond, func() { _ = t.commit(ctx, ref, renewed) })\n"},
	}, []tests{histories}},

	{"a renewal begins while another one is in flight", []edit{
		{"auth/renew.go", "if row.ReadAt.Before(row.LeaseUntil) {", "if row.Lease == \"\" && row.ReadAt.Before(row.LeaseUntil) {"},
		{"store/tokens.go", "AND lease_until <= `+nowMS,", "AND ($4 <> '' OR lease_until <= `+nowMS+`)`,"},
	}, []tests{histories}},

	{"a renewed token is stored over a newer one", []edit{
		{"store/tokens.go", "tries = 0, dead_at = 0\n\t\tWHERE account = $1 AND user_id = $2 AND version = $3 AND lease = $4`",
			"tries = 0, dead_at = 0\n\t\tWHERE account = $1 AND user_id = $2 AND version >= $3 AND $4 <> ''`"},
	}, []tests{histories}},

	{"a refresh token without an answer is presented on and on", []edit{
		{"auth/renew.go", "maxTries = 2", "maxTries = 200"},
	}, []tests{histories}},

	{"requests are 150 ms apart", []edit{
		{"store/governor.go", "defaultInterval = 254 * time.Millisecond", "defaultInterval = 150 * time.Millisecond"},
	}, []tests{histories}},

	{"any number of unknown attempts may be set aside (limit dropped)", []edit{
		{"store/migrations/sqlite/00007_parking.sql", "state = 'parked') >= 30)", "state = 'parked') >= 300)"},
		{"store/attempts.go", "attempt, deletion.MaxParked)", "attempt, 300)"},
	}, []tests{{"./store", "SQLiteIsADeletionStore"}}},

	{"who changed after the preview is sent", []edit{
		{"store/claim.go", "if c.source == deletion.FromLists || len(changes) == 0 {", "if c.source != \"\" || len(changes) == 0 {"},
	}, []tests{histories}},

	{"the first batches are not proven", []edit{
		{"store/claim.go", "(d.first_proven >= d.first_batches OR", "(d.first_proven >= 0 OR"},
	}, []tests{histories}},

	{"the log has no row for what is being sent", []edit{
		{"store/claim.go", "\ttx.auditAttempt(ctx, deletion.ActionSending, a)\n", ""},
	}, []tests{histories}},

	{"a request that waits for its turn does not hear of a halt", []edit{
		{"clients.go", "if err := c.db.MaySend(ctx, account, deletion.SendingOf(ctx)); err != nil {", "if err := c.db.MaySend(ctx, account, deletion.SendingOf(ctx)); err != nil && account == \"\" {"},
	}, []tests{histories, {".", "WaitsForItsTurn"}}},

	{"a halt does not keep anything from being claimed", []edit{
		{"store/claim.go", "\tif halted {\n", "\tif halted && account == \"\" {\n"},
		{"clients.go", "if err := c.db.MaySend(ctx, account, deletion.SendingOf(ctx)); err != nil {", "if err := c.db.MaySend(ctx, account, deletion.SendingOf(ctx)); err != nil && account == \"\" {"},
	}, []tests{histories}},

	{"what is in the emergency file is not read at the start", []edit{
		{"store/generation.go", "db.readKept(ctx, lines, unreadable)", "db.readKept(ctx, lines[:0], unreadable)"},
	}, []tests{{"./store", "Kept|Emergency|Start"}}},

	{"an older copy beside a newer emergency file is not noticed", []edit{
		{"store/generation.go", "name == file && now < marked", "name == file && now < marked && now < 0"},
		{"store/generation.go", "generation <= marked", "generation <= marked && marked < 0"},
	}, []tests{histories}},

	{"what nobody waits for is sent again", []edit{
		{"store/migrations/sqlite/00010_stalled.sql", "CHECK (waived_at = 0 OR outcome NOT IN ('waiting',", "CHECK (waived_at = 0 OR outcome NOT IN ("},
		{"store/control.go", "AND waived_at = 0 AND outcome IN", "AND outcome IN"},
	}, []tests{{"./store", "WhatNobodyWaitedFor"}, {"./deletion", "NobodyWaits|NeverBegins|HalfWay"}}},

	{"a lost request is sent again though a person stopped waiting", []edit{
		{"deletion/stalled.go", "len(f.open) == 0 && (b.WaivedAt.IsZero() || len(f.ours) > 0)", "len(f.open) == 0"},
	}, []tests{{"./deletion", "IsNotSentAgain"}}},

	{"clocks that differ hold nothing", []edit{
		{"deletion/lane.go", "if !l.runner.Clocks.Agree() {", "if !l.runner.Clocks.Agree() && l.account == \"\" {"},
	}, []tests{{"./deletion", "Clocks"}}},

	{"one freak answer decides about the clocks", []edit{
		{"deletion/clock_gap.go", "confirmed := g.n > 0 && g.before.beyond() == side", "confirmed := g.n >= 0"},
	}, []tests{{"./deletion", "Comparisons|Freak"}}},

	{"a lost request is looked for as if the clocks agreed", []edit{
		{"deletion/window.go", "Add(-ahead.Most - clockSafety)", "Add(-clockSafety)"},
		{"deletion/window.go", "l.mayRunFor() - ahead.Least + clockSafety", "l.mayRunFor() + clockSafety"},
	}, []tests{{"./deletion", "AlthoughTheClocks"}}},

	{"an older copy is not noticed by the account's activities", []edit{
		{"deletion/restored.go", "if len(strange) == 0 {", "if len(strange) >= 0 {"},
	}, []tests{{"./deletion", "OlderCopy"}}},
}
