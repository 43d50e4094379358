// Command winnow is a console for deleting large numbers of Constant Contact contacts. This file wires its parts together by
// hand; each part explains itself in its package comment.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/config"
	"winnow/constantcontact"
	"winnow/deletion"
	"winnow/handlers"
	"winnow/sandbox"
	"winnow/store"
)

// version is set by the linker at a release.
var version = "dev"

func main() {
	slog.SetDefault(newLog("info")) // what libraries write through package log is JSON, too
	ctx, stop := untilTold()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	if err != nil {
		if !errors.As(err, new(told)) {
			fmt.Fprintln(os.Stderr, "winnow:", err)
		}
		os.Exit(1)
	}
}

// run is the whole program. It ends when ctx does, having let an open request to Constant Contact finish, or with the error
// that kept it from running. Tests call it too.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	c, err := config.Load(args, getenv, version, out)
	if errors.Is(err, config.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	switch c.Command {
	case config.CommandSandbox:
		return runSandbox(ctx, c.Sandbox, out)
	case config.CommandMigrate:
		return migrate(ctx, c.Migrate, out)
	}
	if c.Command == config.CommandAudit {
		return verifyAudit(ctx, c.Audit.Verify, out)
	}
	if c.Command == config.CommandRekey {
		return rekey(ctx, c.Rekey, out)
	}
	if c.Command == config.CommandHealth {
		return healthcheck(ctx, c.Health, out)
	}
	return tell(newLog(c.Serve.LogLevel), serve(ctx, c.Serve, out))
}

// serve runs the console and, in sandbox mode, a sandbox beside it.
func serve(ctx context.Context, c config.Serve, out io.Writer) (err error) {
	log := newLog(c.LogLevel)
	var demo *demo
	if c.SandboxMode() {
		if demo, err = startDemo(&c); err != nil {
			return fmt.Errorf("start the sandbox: %w", err)
		}
		defer func() { err = errors.Join(err, demo.stop()) }()
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	clocks := &deletion.Clocks{Log: log}
	db, err := store.Open(ctx, store.Options{
		Path: databaseFile(c.DataDir), URL: c.DatabaseURL, Emergency: c.Emergency, Log: log, Clocks: clocks,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	app, err := build(c, db, clocks, log, demo != nil)
	if err != nil {
		return err
	}
	ops, err := app.operate(c, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ops.stop()) }()
	if err := db.StartQueue(ctx, store.Wakes{Advance: app.runner.Advance, Prepare: app.runner.Prepare}); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go app.keepHouse(ctx, db)
	go app.calls.watchClocks(ctx)
	greet(out, c, demo)
	return app.serveUntil(ctx, db, listener)
}

// app is the console without its listener.
type app struct {
	handler  http.Handler
	stopping *atomic.Bool
	runner   *deletion.Runner
	calls    *clients
	sessions *auth.Sessions
	metrics  *metrics
	ready    func(context.Context) error
	usage    func(context.Context) (deletion.Usage, error)
	log      *slog.Logger
}

// build puts the parts together.
func build(c config.Serve, db *store.DB, clocks *deletion.Clocks, log *slog.Logger, sandboxed bool) (*app, error) {
	keys, err := loadKeys(c)
	if err != nil {
		return nil, err
	}
	governor := store.NewGovernor(db, limits(c))
	counted := newMetrics()
	counted.registry.MustRegister(clockCollector{clocks})
	door := &gate{governor: governor, key: c.ClientID, log: log, seen: counted.callEnded}
	calls := &clients{config: c, gate: door, db: db, clocks: clocks, byAccount: map[string]*constantcontact.Client{}}
	people, err := auth.New(auth.Options{
		ClientID: c.ClientID, ClientSecret: auth.Secret(c.ClientSecret),
		AuthorizeURL: orElse(c.AuthorizeURL, auth.VendorAuthorizeURL), TokenURL: orElse(c.TokenURL, auth.VendorTokenURL),
		RedirectURL: redirectURL(c), Store: db, Keys: keys, Identify: calls.identify, SignedIn: signedIn(db, log),
		AllowedAccounts: c.AllowedAccounts, AllowedUsers: c.AllowedUsers, TokenPace: tokenPace(store.NewGovernor(db, tokenLimits()), c.ClientID),
		PlainHTTP: c.PlainHTTP, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("sign-in: %w", err)
	}
	calls.tokens = people.Tokens
	catalog := &deletion.Catalog{Client: calls.of, Now: time.Now}
	stopping := new(atomic.Bool)
	options := handlers.Options{
		Auth: people, Store: db, Log: log, Version: version, Sandbox: sandboxed, MaxUpload: c.MaxUpload,
		Console: &deletion.Console{Store: db, Catalog: catalog, Dir: c.DataDir, MaxUpload: c.MaxUpload, FirstSizes: deletion.FirstSizes, Clocks: clocks},
		Usage:   door.usage, DownUntil: door.downUntil, Clocks: clocks.Differences,
		Ready: readiness(db, stopping), Trouble: db.Trouble, Endpoint: apiURL(c) + "/activities/contact_delete",
		Authorize: signInSources(c), Hosts: hosts(c), IP: ipExtractor(c),
		HTTPS: strings.HasPrefix(c.PublicURL, "https://"), Observe: counted.pageAnswered,
	}
	if c.Development && !sandboxed {
		options.API = hostOf(c.APIURL)
	}
	return &app{
		handler: handlers.New(options), stopping: stopping, sessions: people.Sessions, log: log,
		calls: calls, metrics: counted, ready: options.Ready, usage: options.Usage,
		runner: deletion.NewRunner(deletion.RunnerOptions{
			Store: db, Client: calls.of, Log: log, Dir: c.DataDir, FirstSizes: deletion.FirstSizes, Follow: c.Follow, Lag: c.Lag, Grace: c.Grace,
			MayDelete: door.mayDelete, Clocks: clocks,
		}),
	}, nil
}

const (
	// houseEvery is how often what is over is removed.
	houseEvery = 10 * time.Minute
	// abandonedAfter is how long a request may take that reads a file: more than any upload.
	abandonedAfter = 24 * time.Hour
)

// keepHouse removes sessions that are over and files that were kept long enough, until ctx ends.
func (a *app) keepHouse(ctx context.Context, db *store.DB) {
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		_, err := a.sessions.Sweep(ctx)
		_, purge := db.PurgeUploads(ctx, time.Now().AddDate(0, 0, -handlers.KeepDays))
		abandoned := db.RemoveAbandoned(ctx, time.Now().Add(-abandonedAfter))
		if err = errors.Join(err, purge, abandoned); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "tidying up did not work", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// Limits of the listener. Uploads move their own read deadline while bytes arrive.
const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
	// pageTimeout is how long open pages may take at shutdown, workTimeout how long an open request to Constant Contact may:
	// its own deadline is 90 s.
	pageTimeout = 5 * time.Second
	workTimeout = constantcontact.MaxDeleteTime + 5*time.Second
)

func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageTimeout)
	defer cancel()
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return server.Close()
}

func greet(out io.Writer, c config.Serve, d *demo) {
	fmt.Fprintf(out, "Winnow %s: open %s\n", version, c.PublicURL)
	if d != nil {
		fmt.Fprintf(out, "Sandbox mode: nothing here touches Constant Contact.\nSign in as %s. A CSV to try: %s\n", sandbox.OwnerLogin, d.sample)
	}
}

func ipExtractor(c config.Serve) echo.IPExtractor {
	if len(c.TrustedProxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, r := range c.TrustedProxies {
		_, network, _ := net.ParseCIDR(r) // checked by config
		options = append(options, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func apiURL(c config.Serve) string { return orElse(c.APIURL, constantcontact.DefaultBaseURL) }
func redirectURL(c config.Serve) string {
	return strings.TrimSuffix(c.PublicURL, "/") + "/oauth/callback"
}

func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// signInSources are the origins to which the sign-in form may lead. The vendor's sign-in page redirects to another host of its
// domain, and browsers ask about every step.
func signInSources(c config.Serve) string {
	if c.AuthorizeURL == "" {
		return "https://*.constantcontact.com"
	}
	return originOf(c.AuthorizeURL)
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Host
}

// hosts are the names under which the console answers: its public one and, for looking at it from its own machine, the
// loopback ones.
func hosts(c config.Serve) []string {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil
	}
	return []string{strings.ToLower(u.Hostname()), "localhost", "127.0.0.1", "::1", "[::1]"}
}
