package store

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// jobClient is River on either database. Its types differ by the type of a transaction.
type jobClient interface {
	// insert puts in a job that exists when the transaction is committed.
	insert(ctx context.Context, t *tx, args river.JobArgs, opts *river.InsertOpts) error
	Start(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// client is a jobClient whose transactions are a T.
type client[T any] struct {
	*river.Client[T]
	of func(*tx) T
}

func newClient[T any](driver riverdriver.Driver[T], config *river.Config, of func(*tx) T) (jobClient, error) {
	made, err := river.NewClient(driver, config)
	return client[T]{made, of}, err
}

func (c client[T]) insert(ctx context.Context, t *tx, args river.JobArgs, opts *river.InsertOpts) error {
	_, err := c.InsertTx(ctx, c.of(t), args, opts)
	return err
}
