package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"winnow/deletion"
)

// postgresKinds tells of the errors of a server what kind of trouble they are, by their SQLSTATE or its class (its first two
// characters); https://www.postgresql.org/docs/current/errcodes-appendix.html. A server whose disk fails to keep something ends
// all its processes itself, so what was committed is never in doubt here.
var postgresKinds = map[string]deletion.StorageKind{
	"08":    deletion.StorageAway,     // connection exception
	"57P01": deletion.StorageAway,     // admin shutdown
	"57P02": deletion.StorageAway,     // crash shutdown
	"57P03": deletion.StorageAway,     // cannot connect now
	"53300": deletion.StorageAway,     // too many connections
	"55000": deletion.StorageAway,     // object not in prerequisite state: it accepts no connections
	"3D000": deletion.StorageAway,     // the database is not there
	"25006": deletion.StorageReadOnly, // read only transaction: a standby, or a primary that became one
	"53100": deletion.StorageFull,
	"58":    deletion.StorageFailing, // system error, error of its files
	"XX001": deletion.StorageDamaged, // data corrupted
	"XX002": deletion.StorageDamaged, // index corrupted
}

// postgresKind tells what kind of trouble an error of PostgreSQL is, or nothing.
func postgresKind(err error) deletion.StorageKind {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		if kind, known := postgresKinds[refused.Code]; known {
			return kind
		}
		return postgresKinds[refused.Code[:min(2, len(refused.Code))]]
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled): // the caller gave up, which says nothing
		return ""
	case errors.As(err, &connect):
		return deletion.StorageAway
	case errors.Is(err, context.DeadlineExceeded):
		return ""
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn):
		return deletion.StorageAway
	}
	return ""
}
