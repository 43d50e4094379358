package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"winnow/auth"
	"winnow/deletion"
	"winnow/static"
)

// Options are what the handlers work with. All but Sandbox, API, Hosts, HTTPS, IP and Observe are required.
type Options struct {
	Auth    *auth.Auth
	Store   deletion.Store
	Console *deletion.Console
	// Usage tells how much of today's requests is used.
	Usage func(ctx context.Context) (deletion.Usage, error)
	// DownUntil tells when Constant Contact, which does not answer, is tried again; zero while it answers.
	DownUntil func(ctx context.Context) (time.Time, error)
	// Ready tells whether people should be sent here: not when the database does not answer or cannot be written.
	Ready func(ctx context.Context) error
	// Trouble is what keeps the database from being written, or nil.
	Trouble func() *deletion.StorageTrouble
	// Clocks are the differences of clocks for which nothing is sent.
	Clocks    func() []deletion.ClockDifference
	Log       *slog.Logger
	Version   string
	Sandbox   bool     // every page says that nothing here touches Constant Contact
	API       string   // host of an API that is neither the vendor's nor our sandbox; every page names it
	Endpoint  string   // full URL of the vendor's bulk endpoint, for the curl command
	Authorize string   // origin of the sign-in page, to which the sign-in form may lead
	Hosts     []string // names under which the console answers; none: any
	HTTPS     bool     // browsers reach the console by https only, and are told to keep to it
	MaxUpload int64
	// IP finds out who is asking; by default the peer of the connection.
	IP echo.IPExtractor
	// Observe is told of each request when it has been answered: the pattern of its route or OtherRoute, and the HTTP status.
	Observe func(route string, status int, took time.Duration)
}

// New returns the console as one handler. Everything that a URL does and who may use it can be read here.
func New(o Options) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = o.IP
	if o.IP == nil {
		e.IPExtractor = echo.ExtractIPDirect()
	}
	s := &site{Options: o, routes: map[string]bool{}}
	e.HTTPErrorHandler = s.answerError
	e.Pre(s.headers)
	e.Use(s.logged, s.recovered, s.knownHost)
	s.register(e)
	for _, r := range e.Routes() {
		s.routes[r.Path] = true
	}
	return e
}

// register lists every URL with its guards.
func (s *site) register(e *echo.Echo) {
	// Requests that another site caused are refused before anything is read of them. Users see and change what belongs to
	// their account only. Forms are bounded before they are parsed. What a page fetches again by itself reads our database
	// only, and does not keep a session alive.
	browser := []echo.MiddlewareFunc{s.Auth.CrossSite, s.Auth.Authenticate, acting}
	user := append(slices.Clip(browser), auth.Require)
	form := append(slices.Clip(user), formLimit)
	polled := append(slices.Clip(user), auth.Passive)

	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)

	e.GET("/", s.home, browser...)
	e.GET("/running", s.running, polled...)
	e.POST("/login", s.Auth.Login, browser...)
	e.GET("/oauth/callback", s.Auth.Callback, browser...)
	e.POST("/logout", s.Auth.Logout, browser...)

	e.GET("/lists", s.lists, user...)
	e.POST("/lists/refresh", s.refreshLists, form...)
	e.GET("/upload", s.uploadForm, user...)
	e.POST("/uploads", s.upload, user...)

	e.GET("/deletions", s.deletions, user...)
	e.POST("/deletions/lists", s.deleteLists, form...)
	e.GET("/deletions/:id", s.deletion, user...)
	e.GET("/deletions/:id/progress", s.progress, polled...)
	e.POST("/deletions/:id/column", s.chooseColumn, form...)
	e.POST("/deletions/:id/confirm", s.confirm, form...)
	e.POST("/deletions/:id/discard", s.discard, form...)
	e.POST("/deletions/:id/pause", s.pause, form...)
	e.POST("/deletions/:id/resume", s.resume, form...)
	e.POST("/deletions/:id/stop", s.stop, form...)
	e.POST("/deletions/:id/retry", s.retry, form...)
	e.POST("/deletions/:id/changed", s.sendChanged, form...)
	e.GET("/deletions/:id/problems.csv", s.problems, user...)
	e.GET("/deletions/:id/results.csv", s.results, user...)
	e.GET("/deletions/:id/batches", s.batches, user...)
	e.GET("/deletions/:id/batches/table", s.batchesTable, polled...)
	e.GET("/deletions/:id/batches/:n", s.batch, user...)
	e.POST("/deletions/:id/batches/:n/decide", s.decide, form...)
	e.GET("/deletions/:id/batches/:n/request.json", s.batchRequest, user...)

	e.GET("/held", s.held, user...)
	e.POST("/held/release", s.release, form...)

	e.GET("/activities", s.activities, user...)
	e.GET("/activities/:activity", s.activity, user...)

	e.GET("/audit", s.audit, user...)
	e.GET("/audit.csv", s.auditFile, user...)
	e.GET("/halt", s.halt, user...)
	e.POST("/halt", s.haltAll, form...)
	e.POST("/halt/lift", s.liftHalt, form...)
}

// site holds what handlers share. Handlers are its methods, one file for each page.
type site struct {
	Options
	routes map[string]bool // patterns
}

// healthz tells that the process runs.
func (s *site) healthz(c echo.Context) error { return c.String(http.StatusOK, "up\n") }

// readyz tells that the database answers and can be written, and that the process is not stopping.
func (s *site) readyz(c echo.Context) error {
	if err := s.Ready(c.Request().Context()); err != nil {
		s.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		if errors.Is(err, deletion.ErrStorage) {
			return c.String(http.StatusServiceUnavailable, "down: "+deletion.ErrStorage.Error()+"\n")
		}
		return c.String(http.StatusServiceUnavailable, "down\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
