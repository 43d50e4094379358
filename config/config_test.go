package config_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"winnow/config"
)

// load reads flags and variables given as "NAME=value".
func load(t *testing.T, args []string, variables ...string) (*config.Config, string, error) {
	t.Helper()
	var out bytes.Buffer
	c, err := config.Load(args, func(name string) string {
		for _, v := range variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}, "1.2.3", &out)
	return c, out.String(), err
}

func TestWithoutAnythingItIsSandboxMode(t *testing.T) {
	c, _, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Serve.SandboxMode() || c.Command != config.CommandServe || c.Serve.PublicURL != "http://localhost:8080" || c.Serve.DataDir != "" {
		t.Errorf("got %+v", c.Serve)
	}
}

func TestTheAuditLogIsLookedForWhereTheConsoleKeepsIt(t *testing.T) {
	for name, c := range map[string]struct {
		args, variables []string
		want            string
	}{
		"by default":    {[]string{"audit", "verify"}, nil, "winnow-data"},
		"by a variable": {[]string{"audit", "verify"}, []string{"WINNOW_DATA_DIR=/srv/winnow"}, "/srv/winnow"},
		"by a flag":     {[]string{"audit", "verify", "--data-dir", "here"}, []string{"WINNOW_DATA_DIR=/srv/winnow"}, "here"},
	} {
		got, _, err := load(t, c.args, c.variables...)
		if err != nil || got.Command != config.CommandAudit || got.Audit.Verify.DataDir != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAVariableSetsAFlagAndTheFlagWins(t *testing.T) {
	variables := []string{"WINNOW_CLIENT_ID=id", "WINNOW_CLIENT_SECRET=secret", "WINNOW_GRACE=5m", "WINNOW_ALLOWED_ACCOUNTS=a1,a2", "WINNOW_PUBLIC_URL=https://winnow.example.org"}
	c, _, err := load(t, []string{"--grace", "7m"}, variables...)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Serve
	if s.ClientID != "id" || s.Grace != 7*time.Minute || len(s.AllowedAccounts) != 2 || s.DataDir != "winnow-data" || s.SandboxMode() {
		t.Errorf("got %+v", s)
	}
}

func TestWhatCannotWorkIsRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no secret":                {[]string{"--client-id", "id"}, "--client-secret is missing"},
		"foreign API":              {[]string{"--api-url", "https://evil.example/v3"}, "need --development"},
		"development half set":     {[]string{"--client-id", "id", "--client-secret", "s", "--development"}, "--development needs"},
		"http in public":           {[]string{"--public-url", "http://winnow.example.org"}, "plain http"},
		"public URL with path":     {[]string{"--public-url", "https://example.org/winnow"}, "without a path"},
		"public URL without host":  {[]string{"--public-url", "winnow"}, "must be a URL"},
		"proxy that is no range":   {[]string{"--trusted-proxies", "10.0.0.1"}, "--trusted-proxies"},
		"listen without port":      {[]string{"--listen", "localhost"}, "--listen"},
		"no requests a day":        {[]string{"--daily-limit", "0"}, "--daily-limit"},
		"no interval":              {[]string{"--interval", "0s"}, "--interval"},
		"negative reserve":         {[]string{"--reserve=-1"}, "--reserve"},
		"everything in reserve":    {[]string{"--daily-limit", "300"}, "--reserve must be at least 0 and less"},
		"unknown flag":             {[]string{"--chaos-monkey"}, "unknown flag"},
		"unknown log level":        {[]string{"--log-level", "loud"}, "log-level"},
		"database in sandbox mode": {[]string{"--database-url", "postgres://h/d", "--keys", "1:x"}, "forgotten"},
		"database without keys":    {[]string{"--client-id", "id", "--client-secret", "s", "--database-url", "postgres://h/d"}, "--keys"},
		"database of another kind": {[]string{"--client-id", "id", "--client-secret", "s", "--keys", "1:x", "--database-url", "mysql://h/d"}, "postgres://"},
		"migrating another kind":   {[]string{"migrate", "--database-url", "mysql://h/d"}, "postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := load(t, c.args)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want something about %q", err, c.says)
			}
		})
	}
}

func TestTheLimitsOfAPartner(t *testing.T) {
	c, _, err := load(t, []string{"--daily-limit", "500000", "--interval", "50ms", "--reserve", "0"})
	if err != nil || c.Serve.DailyLimit != 500_000 || c.Serve.Interval != 50*time.Millisecond || c.Serve.Reserve != 0 {
		t.Errorf("got %+v, %v", c.Serve, err)
	}
}

func TestPlainHTTPHasToBeAskedFor(t *testing.T) {
	if _, _, err := load(t, []string{"--public-url", "http://winnow.lan", "--plain-http"}); err != nil {
		t.Error(err)
	}
}

func TestHelpAndVersionArePrintedAndNothingRuns(t *testing.T) {
	for arg, says := range map[string]string{"--help": "sandbox", "--version": "1.2.3"} {
		_, out, err := load(t, []string{arg})
		if !errors.Is(err, config.ErrHelp) || !strings.Contains(out, says) {
			t.Errorf("%s: got %v and %q", arg, err, out)
		}
	}
}

func TestTheSandboxIsACommandOfItsOwn(t *testing.T) {
	c, _, err := load(t, []string{"sandbox", "--contacts", "7", "--per-second=-1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Command != config.CommandSandbox || c.Sandbox.Contacts != 7 || c.Sandbox.PerSecond != -1 {
		t.Errorf("got %q %+v", c.Command, c.Sandbox)
	}
}

func TestMigratingIsACommandOfItsOwn(t *testing.T) {
	c, _, err := load(t, []string{"migrate"}, "WINNOW_DATABASE_URL=postgresql://h/d")
	if err != nil {
		t.Fatal(err)
	}
	if c.Command != config.CommandMigrate || c.Migrate.DatabaseURL != "postgresql://h/d" || c.Migrate.DataDir != "winnow-data" {
		t.Errorf("got %q %+v", c.Command, c.Migrate)
	}
}
