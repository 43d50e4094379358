// Package config reads what the operator sets: flags, and environment variables named like them with WINNOW_ in front
// (--public-url is WINNOW_PUBLIC_URL, and WINNOW_PUBLIC_URL_FILE names a file that holds the value). A flag wins over its
// variable. Only main imports it; everybody else gets plain values.
package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// ErrHelp means that help or the version was asked for and printed; there is nothing to run.
var ErrHelp = errors.New("help was printed")

// The commands.
const (
	CommandServe   = "serve"
	CommandSandbox = "sandbox"
	CommandAudit   = "audit"
	CommandRekey   = "rekey"
	CommandHealth  = "healthcheck"
	CommandMigrate = "migrate"
)

// Config is everything that can be set.
type Config struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Serve   Serve   `cmd:"" default:"withargs" help:"Run the console. Without --client-id it runs against a sandbox of its own."`
	Migrate Migrate `cmd:"" help:"Bring the database's tables up to date and end. The console does it at its start, too."`
	Sandbox Sandbox `cmd:"" help:"Run only the emulator of Constant Contact, for other programs' tests."`
	Audit   Audit   `cmd:"" help:"Look at the audit log."`
	Rekey   Rekey   `cmd:"" help:"Seal tokens and sessions with the newest master key, so that an older one can be removed."`
	Health  Health  `cmd:"" name:"healthcheck" help:"Ask the console on this machine whether it is ready; ends with 0 when it is."`

	// Command is the command that was chosen.
	Command string `kong:"-"`
}

// Serve configures the console.
type Serve struct {
	Listen    string `default:"127.0.0.1:8080" help:"Address to listen on."`
	PublicURL string `name:"public-url" help:"URL under which browsers reach the console; the redirect URI is this with /oauth/callback. Default: http://localhost with the port of --listen."`
	DataDir   string `help:"Folder of the database and of temporary files. Default: winnow-data, or a temporary folder in sandbox mode."`
	Emergency string `name:"emergency-file" help:"File that takes results while the database cannot be written, best on another disk. Default: beside the database, in --data-dir."`
	Keys      string `help:"Master keys that seal tokens and sessions, as id:base64 of 32 bytes, newest first, separated by commas. Default: a key made at the first start, kept in the data folder."`

	DatabaseURL string `name:"database-url" help:"PostgreSQL database, as postgres://user:password@host/name. Several consoles may share it. Default: a SQLite file in --data-dir."`

	ClientID        string   `help:"API key of the application at Constant Contact. Without it the console runs in sandbox mode."`
	ClientSecret    string   `help:"Secret of the application."`
	AllowedAccounts []string `help:"Accounts (encoded_account_id) whose users may sign in. Default: all."`
	AllowedUsers    []string `help:"People (platform_user_id) who may sign in. Default: all."`

	MaxUpload  int64         `default:"1073741824" help:"Largest CSV in bytes."`
	DailyLimit int64         `default:"10000" help:"Requests a UTC day that the API key may make; partners of Constant Contact have more."`
	Interval   time.Duration `default:"254ms" help:"Time between the starts of two requests of the API key: 254ms keeps to 4 a second, the usual limit."`
	Reserve    int64         `default:"300" help:"Requests of the day kept back for finding out what happened to requests already sent; 0 for none."`
	Grace      time.Duration `default:"15m" help:"How long a request whose answer was lost may still run; nothing is sent again before."`
	Lag        time.Duration `default:"20s" help:"How long Constant Contact may show a contact's old state after an activity has ended."`
	Follow     time.Duration `default:"2s" help:"Shortest time between two looks at the activities of an account."`

	PlainHTTP      bool     `name:"plain-http" help:"Serve over plain http on a network: session cookies without Secure."`
	TrustedProxies []string `help:"Address ranges (CIDR) of proxies whose X-Forwarded-For is believed."`
	OpsListen      string   `help:"Address for metrics and health checks, which asks for no password: keep it from the internet. off for none. Default: 127.0.0.1:9464, or none in sandbox mode."`
	OpsUser        string   `help:"Name that opens the list of jobs at /river of --ops-listen."`
	OpsPassword    string   `help:"Its password, at least 12 characters. Default: no list of jobs."`
	LogLevel       string   `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: debug, info, warn or error."`

	Development  bool   `help:"Allow the URLs below to be set. Every page names the API's host."`
	APIURL       string `name:"api-url" help:"Base URL of the API, ending in /v3 (development only)."`
	AuthorizeURL string `name:"authorize-url" help:"URL of the sign-in page (development only)."`
	TokenURL     string `name:"token-url" help:"URL of the token endpoint (development only)."`

	SandboxSpeed float64 `default:"1" help:"How many times faster than the real service the console's own sandbox works."`
}

// Migrate configures the migration of a database.
type Migrate struct {
	DataDir     string `default:"winnow-data" help:"Folder of the database."`
	DatabaseURL string `name:"database-url" help:"PostgreSQL database. Default: a SQLite file in --data-dir."`
}

// Sandbox configures the emulator.
type Sandbox struct {
	Listen        string   `default:"127.0.0.1:8081" help:"Address to listen on."`
	Management    string   `help:"Address of the management listener, which asks for no password: keep it on this machine. Default: none."`
	Seed          uint64   `default:"0" help:"Which contacts and lists to make up."`
	Contacts      int      `default:"25000" help:"Contacts of the main account."`
	Accounts      int      `default:"2" help:"Accounts there are, each with an owner."`
	OtherContacts int      `default:"120" help:"Contacts of each account but the main one."`
	Lists         int      `default:"40" help:"Lists of the main account."`
	Speed         float64  `default:"1" help:"How many times faster than the real service activities run."`
	Chaos         string   `default:"off" help:"Misbehaviour by chance: off, default (with a seed of its own, which is printed), or the number of a seed to replay."`
	PerSecond     int      `default:"4" help:"Requests a second that a client may make; -1 for any number."`
	PerDay        int      `default:"10000" help:"Requests a UTC day that a client may make; -1 for any number."`
	ClientID      string   `default:"sandbox-client" help:"Client id that may ask for tokens."`
	ClientSecret  string   `default:"sandbox-secret" help:"Its secret; none for a public client, which has to use PKCE."`
	RedirectURIs  []string `name:"redirect-uris" default:"http://localhost:8080/oauth/callback" help:"Its redirect URIs, separated by commas; one * may stand in the lowest sub-domain."`
	LongLived     bool     `help:"Refresh tokens stay the same, as an application at Constant Contact can be set to. Default: they rotate."`
}

// Audit holds the commands about the audit log.
type Audit struct {
	Verify VerifyAudit `cmd:"" help:"Check that no row of the audit log was changed, removed or left out. It only reads, also while the console runs."`
}

// VerifyAudit configures the check of the audit log.
type VerifyAudit struct {
	DataDir     string `default:"winnow-data" help:"Folder of the SQLite database."`
	DatabaseURL string `name:"database-url" help:"PostgreSQL database, instead of the SQLite file in --data-dir."`
}

// Rekey configures the sealing anew.
type Rekey struct {
	DataDir     string `default:"winnow-data" help:"Folder of the SQLite database and the key file."`
	DatabaseURL string `name:"database-url" help:"PostgreSQL database, instead of the SQLite file in --data-dir."`
	Keys        string `help:"Master keys as for serve: the newest seals, all of them open. Default: those in the data folder."`
}

// Health configures the health check.
type Health struct {
	OpsListen string `default:"127.0.0.1:9464" help:"Address of the console's metrics and health checks."`
}

// Load reads flags and environment. ErrHelp means that out has what was asked for; any other error is for the operator.
func Load(args []string, getenv func(string) string, version string, out io.Writer) (*Config, error) {
	var c Config
	printed := false
	parser, err := kong.New(&c,
		kong.Name("winnow"),
		kong.Description("A console for deleting large numbers of Constant Contact contacts. Every flag can be set as an environment variable: --public-url is WINNOW_PUBLIC_URL, or WINNOW_PUBLIC_URL_FILE for a file that holds it."),
		kong.Vars{"version": version},
		kong.Writers(out, out),
		kong.Exit(func(int) { printed = true }),
		kong.Resolvers(environment(getenv)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return nil, fmt.Errorf("describe flags: %w", err)
	}
	parsed, err := parser.Parse(args)
	if printed {
		return nil, ErrHelp
	}
	if err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	c.Command, _, _ = strings.Cut(parsed.Command(), " ")
	return &c, c.finish()
}

// SandboxMode tells that the console brings its own sandbox.
func (s *Serve) SandboxMode() bool { return s.ClientID == "" }

func (c *Config) finish() error {
	switch c.Command {
	case CommandMigrate:
		return validDatabase(c.Migrate.DatabaseURL)
	case CommandSandbox:
		return nil
	}
	s := &c.Serve
	if s.PublicURL == "" {
		_, port, err := net.SplitHostPort(s.Listen)
		if err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
		s.PublicURL = "http://localhost:" + port
	}
	if s.DataDir == "" && !s.SandboxMode() {
		s.DataDir = "winnow-data"
	}
	s.finishOperations()
	return s.validate()
}

// validate refuses what cannot work or would be unsafe, in words for the operator.
func (s *Serve) validate() error {
	public, err := url.Parse(s.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" && public.Path != "/" {
		return errors.New("--public-url must be a URL without a path, such as https://winnow.example.org")
	}
	if public.Scheme == "http" && public.Hostname() != "localhost" && !s.PlainHTTP {
		return errors.New("--public-url is plain http: browsers keep session cookies only on https or localhost. Use https, or set --plain-http on a network you trust")
	}
	if !s.SandboxMode() && s.ClientSecret == "" {
		return errors.New("--client-secret is missing: the application at Constant Contact has one")
	}
	if !s.Development && (s.APIURL != "" || s.AuthorizeURL != "" || s.TokenURL != "") {
		return errors.New("--api-url, --authorize-url and --token-url need --development: tokens go wherever they say")
	}
	if s.Development && !s.SandboxMode() && (s.APIURL == "" || s.AuthorizeURL == "" || s.TokenURL == "") {
		return errors.New("--development needs --api-url, --authorize-url and --token-url")
	}
	if err := s.validateDatabase(); err != nil {
		return err
	}
	if err := s.validateLimits(); err != nil {
		return err
	}
	if err := s.validateOperations(); err != nil {
		return err
	}
	for _, r := range s.TrustedProxies {
		if _, _, err := net.ParseCIDR(r); err != nil {
			return fmt.Errorf("--trusted-proxies: %w", err)
		}
	}
	return nil
}

// validateDatabase refuses a shared database with what cannot be shared.
func (s *Serve) validateDatabase() error {
	if s.DatabaseURL != "" && s.SandboxMode() {
		return errors.New("--database-url needs --client-id: in sandbox mode everything is forgotten at the end, so it keeps to a file of its own")
	}
	if s.DatabaseURL != "" && s.Keys == "" {
		return errors.New("--database-url needs --keys: all consoles on one database seal with the same keys, and a key file is on one machine only")
	}
	return validDatabase(s.DatabaseURL)
}

// validateLimits refuses limits of the API key with which nothing could ever be sent.
func (s *Serve) validateLimits() error {
	switch {
	case s.DailyLimit < 1:
		return errors.New("--daily-limit must be at least 1: the requests a day that the API key may make")
	case s.Interval < time.Millisecond || s.Interval > time.Hour:
		return errors.New("--interval must be between 1ms and 1h: the time between two requests, 254ms for the usual 4 a second")
	case s.Reserve < 0 || s.Reserve >= s.DailyLimit:
		return errors.New("--reserve must be at least 0 and less than --daily-limit, or nothing could be sent")
	}
	return nil
}

// validDatabase refuses what is no address of a PostgreSQL database, without repeating it: it holds a password.
func validDatabase(raw string) error {
	if raw == "" || strings.HasPrefix(raw, "postgres://") || strings.HasPrefix(raw, "postgresql://") {
		return nil
	}
	return errors.New("--database-url must be a URL such as postgres://user:password@host/name")
}
