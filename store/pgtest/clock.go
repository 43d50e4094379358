package pgtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// wrongClock shadows the functions that tell the time with others that are wrong by what a table says. Nothing but the order of
// the schemas makes the difference, so whoever is tested asks in its own words.
const wrongClock = `CREATE SCHEMA skew;
	CREATE TABLE skew.clock (ahead INTERVAL NOT NULL);
	INSERT INTO skew.clock VALUES ('0');
	CREATE FUNCTION skew.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
		AS 'SELECT pg_catalog.statement_timestamp() + ahead FROM skew.clock';
	CREATE FUNCTION skew.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
		AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM skew.clock';
	DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, skew, pg_catalog', current_database()); END $$`

// Clock gives a database a clock that can be set, for all connections that are opened from now on. now() stays right.
func Clock(tb testing.TB, url string) (set func(ahead time.Duration)) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close(context.Background()) })
	run := func(sql string) {
		tb.Helper()
		if _, err := conn.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	run(wrongClock)
	return func(ahead time.Duration) {
		tb.Helper()
		run(fmt.Sprintf(`UPDATE skew.clock SET ahead = make_interval(secs => %f)`, ahead.Seconds()))
	}
}
