package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"winnow/deletion"
)

func TestWhichErrorsOfAServerAreTrouble(t *testing.T) {
	code := func(state string) error { return fmt.Errorf("claim: %w", &pgconn.PgError{Code: state}) }
	for name, c := range map[string]struct {
		err  error
		want deletion.StorageKind // empty: none
	}{
		"the connection was lost":         {code("08006"), deletion.StorageAway},
		"the server is shut down":         {code("57P01"), deletion.StorageAway},
		"the server crashed":              {code("57P02"), deletion.StorageAway},
		"the server is starting":          {code("57P03"), deletion.StorageAway},
		"no connection is free":           {code("53300"), deletion.StorageAway},
		"a standby":                       {code("25006"), deletion.StorageReadOnly},
		"no room":                         {code("53100"), deletion.StorageFull},
		"an error of a file":              {code("58030"), deletion.StorageFailing},
		"a damaged table":                 {code("XX001"), deletion.StorageDamaged},
		"a row that is there already":     {code("23505"), ""},
		"a refused move":                  {code("23514"), ""},
		"a deadlock":                      {code("40P01"), ""},
		"a statement that was cancelled":  {code("57014"), ""},
		"a code that is too short":        {code("5"), ""},
		"the connection was reset":        {fmt.Errorf("read: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), deletion.StorageAway},
		"the connection ended":            {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), deletion.StorageAway},
		"nobody listens":                  {&pgconn.ConnectError{Config: &pgconn.Config{}}, deletion.StorageAway},
		"the caller gave up":              {fmt.Errorf("acquire: %w", context.Canceled), ""},
		"the caller's time was over":      {fmt.Errorf("acquire: %w", context.DeadlineExceeded), ""},
		"something else":                  {errors.New("something else"), ""},
		"what was found out before stays": {&storageError{deletion.StorageFull, errors.New("full")}, deletion.StorageFull},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHealth(slog.New(slog.DiscardHandler))
			err := h.note(c.err)
			if got := storageKind(c.err); got != c.want {
				t.Errorf("kind is %q, want %q", got, c.want)
			}
			if marked := errors.Is(err, deletion.ErrStorage); marked != (c.want != "") || marked != (h.current() != nil) || !errors.Is(err, c.err) {
				t.Errorf("noted as %v, trouble %v", err, h.current())
			}
		})
	}
}
