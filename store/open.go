package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"modernc.org/sqlite"

	"winnow/deletion"
)

// ErrInUse means that another process has the database open.
var ErrInUse = errors.New("another Winnow process uses this database: stop it first, or give this one a file of its own")

// ErrFolderInUse means that two processes which share a PostgreSQL database were given one emergency file.
var ErrFolderInUse = errors.New("another Winnow process uses this emergency file: give each process a data folder of its own")

// readers is the size of the read pool: pages are answered from the page cache in well under a millisecond, so more
// connections than cores bring nothing.
const readers = 4

// Options says which database to open.
type Options struct {
	Path string       // the SQLite file; its directory is created, readable by its owner only
	URL  string       // a PostgreSQL database, postgres://...; empty: SQLite. Path then only says where Emergency is
	Log  *slog.Logger // nil discards
	// Emergency is the file of this process that takes what cannot be stored; best on another disk. Default: Path with
	// .emergency behind it.
	Emergency string
	// Clocks hears what time a server says it is, whenever it is asked for something; nil: nobody does.
	Clocks *deletion.Clocks
}

// DB is the database of one Winnow: one SQLite file that one process uses, or a PostgreSQL database that several share. It is
// safe for concurrent use.
type DB struct {
	opts  Options
	log   *slog.Logger
	lock  *os.File      // SQLite's
	pool  *pgxpool.Pool // PostgreSQL's, nil for SQLite; write and read draw from it
	write *sql.DB       // SQLite: one connection
	read  *sql.DB       // SQLite: query_only
	w, r  q             // the same two as q
	queue *queue

	holding   *holding // our leases
	health    *health
	emergency *emergency
	rescue    rescue
	volumeOf  func(path string) (volume, error) // what holds a file
	stopProbe context.CancelFunc
	probing   sync.WaitGroup
}

// Open opens the database, creates it when it is not there, brings its schema up to date and repairs what a killed
// process left behind: jobs that counted as running, uploads and CSV readings whose request died. It refuses with a plain
// message when another process has it open (ErrInUse), when it lies on a network file system (ErrNetworkDisk) or on one that
// cannot keep commits, and when a newer version of Winnow wrote it. A PostgreSQL database must exist; others may have it open, so nothing in it is repaired.
func Open(ctx context.Context, o Options) (*DB, error) {
	return newDB(o).opened(ctx)
}

// opened opens the database, or closes what was opened of it.
func (db *DB) opened(ctx context.Context) (*DB, error) {
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", db.opts.String(), err), db.Close())
	}
	return db, nil
}

// Migrate only brings the schema of a database up to date. It creates a SQLite file, and refuses what Open refuses.
func Migrate(ctx context.Context, o Options) error {
	db := newDB(o)
	err := db.bringUp(ctx)
	return errors.Join(wrap("migrate the database "+o.String(), err), db.Close())
}

func newDB(o Options) *DB {
	db := &DB{opts: o, log: o.Log, holding: newHolding(), volumeOf: volumeOf}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	db.health = newHealth(db.log)
	return db
}

// bringUp connects to the database and brings its schema up to date.
func (db *DB) bringUp(ctx context.Context) error {
	if err := db.reach(ctx); err != nil {
		return err
	}
	return db.migrate(ctx)
}

// String is what people know the database by; a URL without its password.
func (o Options) String() string {
	if o.URL == "" {
		return o.Path
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return "at the URL that was given"
	}
	return u.Redacted()
}

func (db *DB) open(ctx context.Context) error {
	if err := db.bringUp(ctx); err != nil {
		return err
	}
	if err := db.openRescue(ctx); err != nil { // before anything looks at an attempt
		return err
	}
	if err := db.repair(ctx); err != nil {
		return err
	}
	var err error
	if db.queue, err = newQueue(db); err != nil {
		return err
	}
	db.startProbe()
	return nil
}

// shared tells that other processes may use the database, too.
func (db *DB) shared() bool { return db.pool != nil }

// startProbe watches for the end of trouble until Close.
func (db *DB) startProbe() {
	ctx, stop := context.WithCancel(context.Background())
	db.stopProbe = stop
	db.probing.Go(func() {
		ticker := time.NewTicker(probeEvery)
		defer ticker.Stop()
		db.probeFrom(ctx, ticker.C)
	})
}

// reach connects to the database and makes sure that it keeps what it is given.
func (db *DB) reach(ctx context.Context) error {
	if db.opts.URL != "" {
		return db.connectPostgres(ctx)
	}
	if err := db.create(); err != nil {
		return err
	}
	return db.connect(ctx)
}

// create makes the directory and the file with modes that keep others out, and takes the lock.
func (db *DB) create() error {
	if err := os.MkdirAll(filepath.Dir(db.opts.Path), 0o700); err != nil {
		return fmt.Errorf("create its directory: %w", err)
	}
	if err := db.refuseNetwork(db.opts.Path); err != nil { // before the lock, which would hang or hold nothing there
		return err
	}
	var err error
	if db.lock, err = lockFile(db.opts.Path + ".lock"); err != nil {
		return err
	}
	f, err := os.OpenFile(db.opts.Path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would obey the umask alone
	if err != nil {
		return err
	}
	return f.Close()
}

func (db *DB) connect(ctx context.Context) error {
	writer, err := sqlite.NewConnector(dsn(db.opts.Path, "synchronous(FULL)"))
	if err != nil {
		return err
	}
	db.write = sql.OpenDB(watchedConnector{writer, db.health})
	db.write.SetMaxOpenConns(1)
	db.w = q{db.write}
	if err := db.verify(ctx); err != nil {
		return err
	}
	if err := db.health.opened(db.opts.Path); err != nil {
		return err
	}
	reader, err := sqlite.NewConnector(dsn(db.opts.Path, "query_only(1)"))
	if err != nil {
		return err
	}
	db.read = sql.OpenDB(markedConnector{reader, db.health})
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	db.r = q{&prepared{DB: db.read}}
	return db.openReaders(ctx)
}

// openReaders opens all connections of the read pool now: when the file is taken away later, pages can still say so.
func (db *DB) openReaders(ctx context.Context) error {
	for range readers {
		conn, err := db.read.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() // back into the pool, when all are open
	}
	return nil
}

// dsn names the file, which must be there, and how each connection is set up. auto_vacuum comes first because it only works before the file
// has its first page, which journal_mode writes.
func dsn(path, pragma string) string {
	v := url.Values{
		"mode":    {"rw"},        // a file that was taken away is not made anew
		"_txlock": {"immediate"}, // a transaction that reads first and writes later would fail with SQLITE_BUSY
		"_pragma": {"auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", pragma, "busy_timeout(10000)", "foreign_keys(1)",
			"journal_size_limit(67108864)"}, // the log of a large upload does not stay large
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
}

// verify makes sure that a commit is on the disk when it returns: whether a request may be sent hangs on it.
func (db *DB) verify(ctx context.Context) error {
	var mode string
	var sync int
	if err := db.w.QueryRow(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := db.w.QueryRow(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	if mode != "wal" || sync != 2 {
		return fmt.Errorf("SQLite keeps it with journal_mode=%s and synchronous=%d instead of wal and 2, so what was"+
			" written could be lost with the power: put it on a local disk", mode, sync)
	}
	return nil
}

// Close ends all connections and gives the file free for another process. Stop the queue first. Closing twice does
// nothing.
func (db *DB) Close() error {
	if db.stopProbe != nil {
		db.stopProbe()
		db.probing.Wait()
	}
	var errs []error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil && db.Err() == nil { // closing would copy what may be lost over what is not
			errs = append(errs, pool.Close())
		}
	}
	if db.pool != nil {
		db.pool.Close()
	}
	if db.emergency != nil {
		errs = append(errs, db.emergency.close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	db.emergency, db.lock = nil, nil
	return errors.Join(errs...)
}
