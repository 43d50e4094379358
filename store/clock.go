package store

import (
	"context"
	"slices"
	"time"

	"winnow/deletion"
)

// rounded is how far off a moment may be that the database gives in whole milliseconds.
const rounded = time.Millisecond

// sawClock hands on what the server's clock showed in the answer to something that was asked then. A file has no clock.
func (db *DB) sawClock(shown, asked time.Time) {
	if db.shared() {
		db.opts.Clocks.SawDatabase(shown.Add(-rounded), time.Since(asked)+2*rounded)
	}
}

// readClock asks the server for the time. Whoever has something else to ask asks for both.
func (db *DB) readClock(ctx context.Context) error {
	var shown time.Time
	asked := time.Now()
	if err := db.r.QueryRow(ctx, `SELECT `+nowMS).Scan(msTime{&shown}); err != nil {
		return wrap("ask the database", err)
	}
	db.sawClock(shown, asked)
	return nil
}

// compareClock asks for the time when no lease was renewed for a while, and in doubt.
func (db *DB) compareClock(ctx context.Context) error {
	if !slices.Contains(db.opts.Clocks.Due(), deletion.DatabaseClock) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeEvery)
	defer cancel()
	return db.readClock(ctx)
}
