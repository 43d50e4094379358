package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"winnow/store"
)

// untilTold gives a context that ends with the first SIGINT or SIGTERM. The second one ends the process at once.
func untilTold() (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		fmt.Fprintln(os.Stderr, "winnow: told to stop twice; a request that was on its way is looked into at the next start")
		os.Exit(1)
	}()
	return ctx, stop
}

var errStopping = errors.New("winnow is stopping")

// serveUntil answers requests until ctx ends or the disk has lost something. Then nothing new is claimed, and a request
// that is on its way to Constant Contact gets its answer stored, before the pages go: until then they say how it stands.
func (a *app) serveUntil(ctx context.Context, db *store.DB, listener net.Listener) error {
	pages, closePages := context.WithCancel(context.WithoutCancel(ctx))
	defer closePages()
	served := make(chan error, 1)
	go func() { served <- serveHTTP(pages, listener, a.handler) }()
	var err error
	select {
	case <-ctx.Done():
	case <-db.Lost():
	case err = <-served:
		served <- nil
	}
	a.stopping.Store(true)
	err = errors.Join(err, stopWork(db))
	closePages()
	return errors.Join(err, <-served, db.Err())
}

// stopWork claims nothing new and waits for a request that is on the wire.
func stopWork(db *store.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), workTimeout)
	defer cancel()
	return db.StopQueue(ctx)
}

// readiness tells a load balancer whether to send people here: not when the process is stopping, not when the database does
// not answer, and not when it cannot be written.
func readiness(db *store.DB, stopping *atomic.Bool) func(context.Context) error {
	return func(ctx context.Context) error {
		if stopping.Load() {
			return errStopping
		}
		return db.Ready(ctx)
	}
}
