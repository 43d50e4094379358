package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/store"
	"winnow/store/pgtest"
)

// TestBothSchemasAreTheSame fails when a migration was written for one database only.
func TestBothSchemasAreTheSame(t *testing.T) {
	_, file := openNew(t)
	url := pgtest.New(t, migratePostgres)
	lite, post := openRaw(t, file), openRaw(t, url)
	for _, part := range []struct{ name, sqlite, postgres string }{
		{"columns", sqliteColumns, postgresColumns},
		{"indexes", sqliteIndexes, postgresIndexes},
		{"unique keys", sqliteKeys, postgresKeys},
		{"triggers", sqliteTriggers, postgresTriggers},
	} {
		want, got := lines(lite, part.sqlite), lines(post, part.postgres)
		if len(want) == 0 {
			t.Fatalf("SQLite has no %s", part.name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-SQLite +PostgreSQL):\n%s", part.name, diff)
		}
	}
}

// TestMigrationsHaveTheSameFiles also compares what they say to people: each column is explained in both, in the same words.
func TestMigrationsHaveTheSameFiles(t *testing.T) {
	names := func(folder string) []string {
		t.Helper()
		files, err := filepath.Glob("migrations/" + folder + "/*.sql")
		must(t, err)
		for i := range files {
			files[i] = filepath.Base(files[i])
		}
		return files
	}
	if diff := cmp.Diff(names("sqlite"), names("postgres")); diff != "" {
		t.Errorf("migrations (-SQLite +PostgreSQL):\n%s", diff)
	}
}

// What belongs to others: River's and goose's tables, and what a database makes for itself.
const notOurs = ` NOT LIKE 'river%' AND %[1]s NOT LIKE 'goose%%' AND %[1]s NOT LIKE 'sqlite%%'`

func ours(column string) string {
	return column + fmt.Sprintf(strings.Replace(notOurs, "'river%'", "'river%%'", 1), column)
}

// Each query gives one line for each thing, in the same words for both databases.
var (
	sqliteColumns = `SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' NOT NULL' ELSE '' END
		|| CASE WHEN c.dflt_value IS NOT NULL THEN ' DEFAULT' ELSE '' END
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND ` + ours("m.name") + ` ORDER BY m.name, c.cid`
	postgresColumns = `SELECT table_name || '.' || column_name || ' '
		|| CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'text' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB' ELSE data_type END
		|| CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END || CASE WHEN column_default IS NOT NULL THEN ' DEFAULT' ELSE '' END
		FROM information_schema.columns WHERE table_schema = 'public' AND ` + ours("table_name") + ` ORDER BY table_name COLLATE "C", ordinal_position`

	sqliteIndexes = `SELECT m.name || ' ' || i.name || CASE WHEN i."unique" = 1 THEN ' UNIQUE' ELSE '' END
		|| CASE WHEN i.partial = 1 THEN ' WHERE' ELSE '' END
		|| ' (' || (SELECT group_concat(c.name, ', ') FROM pragma_index_info(i.name) c) || ')'
		FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin = 'c' AND ` + ours("m.name") + ` ORDER BY i.name`
	postgresIndexes = postgresIndex + ` AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
		ORDER BY i.relname COLLATE "C"`
	postgresIndex = `SELECT t.relname || ' ' || i.relname || CASE WHEN x.indisunique THEN ' UNIQUE' ELSE '' END
		|| CASE WHEN x.indpred IS NOT NULL THEN ' WHERE' ELSE '' END || ` + postgresIndexed + `
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		WHERE t.relnamespace = 'public'::regnamespace AND ` + ours("t.relname")
	postgresIndexed = `' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(x.indkey) WITH ORDINALITY AS k (attnum, n)
		JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum) || ')'`

	sqliteKeys = `SELECT m.name || ' UNIQUE (' || (SELECT group_concat(c.name, ', ') FROM pragma_index_info(i.name) c) || ')'
		FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin = 'u' AND ` + ours("m.name") + `
		UNION ALL SELECT m.name || ' KEY (' || (SELECT group_concat(name, ', ') FROM (SELECT c.name FROM pragma_table_info(m.name) c
			WHERE c.pk > 0 ORDER BY c.pk)) || ')' FROM sqlite_schema m WHERE m.type = 'table' AND ` + ours("m.name")
	postgresKeys = `SELECT t.relname || CASE k.contype WHEN 'p' THEN ' KEY' ELSE ' UNIQUE' END || ` + postgresIndexed + `
		FROM pg_constraint k JOIN pg_index x ON x.indexrelid = k.conindid JOIN pg_class t ON t.oid = k.conrelid
		WHERE k.contype IN ('p', 'u') AND t.relnamespace = 'public'::regnamespace AND ` + ours("t.relname")

	sqliteTriggers   = `SELECT tbl_name || ' ' || name FROM sqlite_schema WHERE type = 'trigger' AND ` + ours("tbl_name")
	postgresTriggers = `SELECT t.relname || ' ' || g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
		WHERE NOT g.tgisinternal AND g.tgtype & 32 = 0 AND ` + ours("t.relname")  // but those of TRUNCATE, which SQLite does not have
)

// lines are what a query of one column gives, sorted unless it is of columns.
func lines(r raw, query string) []string {
	r.t.Helper()
	rows, err := r.db.Query(query)
	if err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var line sql.NullString
		if err := rows.Scan(&line); err != nil {
			r.t.Fatal(err)
		}
		found = append(found, line.String)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	if !strings.Contains(query, "ordinal_position") && !strings.Contains(query, "cid") {
		slices.Sort(found)
	}
	return found
}

// TestReplicasThatStartTogetherMigrateOnce starts three on a database without a table.
func TestReplicasThatStartTogetherMigrateOnce(t *testing.T) {
	url := pgtest.Empty(t)
	type opened struct {
		db  *store.DB
		err error
	}
	replicas := make(chan opened)
	for range 3 {
		go func() {
			db, err := store.Open(t.Context(), store.Options{URL: url, Emergency: filepath.Join(t.TempDir(), "emergency")})
			replicas <- opened{db, err}
		}()
	}
	for range 3 {
		o := <-replicas
		if o.err != nil {
			t.Error(o.err)
			continue
		}
		defer o.db.Close()
	}
	r := openRaw(t, url)
	if twice := one[int](r, `SELECT count(*) FROM (SELECT 1 FROM goose_db_version GROUP BY version_id HAVING count(*) > 1) AS twice`); twice != 0 {
		t.Errorf("%d migrations ran twice", twice)
	}
}

// TestAnotherReplicaRepairsNothing opens a database in which somebody is at work.
func TestAnotherReplicaRepairsNothing(t *testing.T) {
	url := pgtest.New(t, migratePostgres)
	first := openAt(t, url)
	must(t, first.Wake(t.Context(), "a"))
	upload, err := first.CreateUpload(t.Context(), "a", "being read.csv")
	must(t, err)
	r := openRaw(t, url)
	r.exec(`UPDATE river_job SET state = 'running'`)
	must(t, first.Lease(t.Context(), "a"))
	second := openAt(t, url)
	if n := one[int](r, `SELECT count(*) FROM river_job WHERE state = 'running'`); n != 1 {
		t.Errorf("%d jobs are running, want 1", n)
	}
	if _, err := second.Upload(t.Context(), "a", upload); err != nil {
		t.Errorf("an upload that is being read: %v", err)
	}
	if err := second.Lease(t.Context(), "a"); err == nil {
		t.Error("the lease of a process at work was taken")
	}
}

// TestAWakeUpReachesAnotherReplica needs LISTEN and NOTIFY, or a poll within a second.
func TestAWakeUpReachesAnotherReplica(t *testing.T) {
	url := pgtest.New(t, migratePostgres)
	first, second := openAt(t, url), openAt(t, url)
	c := start(t, second)
	must(t, first.Wake(t.Context(), "a"))
	next(t, c.advance, "a")
}
