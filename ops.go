package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"winnow/config"
	"winnow/store"
)

const (
	// scrapeTimeout bounds the answer to a scrape; Prometheus gives up after 10 s.
	scrapeTimeout = 10 * time.Second
	// operationsTimeout bounds everything that the listener for operations writes.
	operationsTimeout = 30 * time.Second
)

// operations is the listener for whoever runs Winnow: figures and health. It knows no sessions and no accounts, and nothing
// on it changes anything.
type operations struct {
	server  *http.Server // nil without a listener
	ended   chan error
	release func() // ends what works for the pages
}

// startOperations listens at once, so that a taken address is an error of the start. It calls release at the end.
func startOperations(address string, handler http.Handler, release func(), log *slog.Logger) (*operations, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		release()
		return nil, fmt.Errorf("listen for operations (--ops-listen, off for none): %w", err)
	}
	o := &operations{ended: make(chan error, 1), release: release, server: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: operationsTimeout, WriteTimeout: operationsTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	go func() { o.ended <- o.server.Serve(l) }()
	return o, nil
}

// operate starts the listener for operations of this console.
func (a *app) operate(c config.Serve, db *store.DB) (*operations, error) {
	if c.OpsListen == "" {
		return &operations{release: func() {}}, nil
	}
	watched := &figureCollector{read: standOf(db, c.ClientID, a.usage), now: time.Now, log: a.log}
	_, _, _ = watched.current() // what has ended before now is not counted; an error is in the log
	if err := a.metrics.registry.Register(watched); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	ctx, release := context.WithCancel(context.Background())
	mux := operationsHandler(a.metrics.handler(a.log), a.ready, a.log)
	if c.OpsPassword != "" {
		pages, err := db.JobsPages(ctx, jobsPath)
		if err != nil {
			release()
			return nil, err
		}
		mux.Handle(jobsPath+"/", forOperators(c, pages, a.log))
	}
	return startOperations(c.OpsListen, mux, release, a.log)
}

// stop ends the listener. It comes last, so that a console that is ending still says so.
func (o *operations) stop() error {
	defer o.release()
	if o.server == nil {
		return nil
	}
	err := o.server.Close()
	if served := <-o.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve operations: %w", served))
	}
	return err
}

// operationsHandler answers /metrics, /healthz and /readyz; ready is the same that the console's own /readyz asks.
func operationsHandler(metrics http.Handler, ready func(context.Context) error, log *slog.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", plain(metrics))
	mux.Handle("GET /healthz", plain(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answerText(w, http.StatusOK, "up")
	})))
	mux.Handle("GET /readyz", plain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			log.WarnContext(r.Context(), "not ready", "error", err)
			answerText(w, http.StatusServiceUnavailable, "down")
			return
		}
		answerText(w, http.StatusOK, "ready")
	})))
	return mux
}

func answerText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// plain puts what every answer of this listener carries.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}
