package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"winnow/config"
)

// real are the flags of a console that is no sandbox.
var real = []string{"--client-id", "id", "--client-secret", "secret"}

func TestWhereOperationsAre(t *testing.T) {
	for name, c := range map[string]struct {
		args, variables []string
		want            string
	}{
		"by default":              {real, nil, config.DefaultOpsListen},
		"in sandbox mode":         {nil, nil, ""},
		"asked for in a sandbox":  {[]string{"--ops-listen", "127.0.0.1:7"}, nil, "127.0.0.1:7"},
		"turned off":              {append([]string{"--ops-listen", "off"}, real...), nil, ""},
		"turned off, by variable": {real, []string{"WINNOW_OPS_LISTEN=off"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := load(t, c.args, c.variables...)
			if err != nil || got.Serve.OpsListen != c.want {
				t.Errorf("got %q, %v; want %q", got.Serve.OpsListen, err, c.want)
			}
		})
	}
}

func TestOperationsThatCannotWorkAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no port":               {[]string{"--ops-listen", "localhost"}, "--ops-listen must be an address"},
		"a name alone":          {[]string{"--ops-user", "ops"}, "belong together"},
		"a password alone":      {[]string{"--ops-password", "a long password"}, "belong together"},
		"a short password":      {[]string{"--ops-user", "ops", "--ops-password", "short"}, "too short"},
		"a password for no one": {[]string{"--ops-listen", "off", "--ops-user", "ops", "--ops-password", "a long password"}, "is off"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := load(t, append(c.args, real...))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want something about %q", err, c.says)
			}
		})
	}
}

// write makes a file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretIsReadFromAFile(t *testing.T) {
	for name, content := range map[string]string{"with a line end": "from a file\n", "from Windows": "from a file\r\n", "bare": "from a file"} {
		t.Run(name, func(t *testing.T) {
			c, _, err := load(t, nil, "WINNOW_CLIENT_ID=id", "WINNOW_CLIENT_SECRET_FILE="+write(t, content))
			if err != nil || c.Serve.ClientSecret != "from a file" {
				t.Errorf("got %q, %v", c.Serve.ClientSecret, err)
			}
		})
	}
}

func TestAFlagWinsOverAFile(t *testing.T) {
	c, _, err := load(t, real, "WINNOW_CLIENT_SECRET_FILE="+write(t, "from a file"))
	if err != nil || c.Serve.ClientSecret != "secret" {
		t.Errorf("got %q, %v", c.Serve.ClientSecret, err)
	}
}

func TestAFileThatCannotBeUsedIsRefusedWithoutItsContent(t *testing.T) {
	for name, c := range map[string]struct {
		variables []string
		says      string
	}{
		"not there": {[]string{"WINNOW_CLIENT_SECRET_FILE=/no/such/file"}, "WINNOW_CLIENT_SECRET_FILE"},
		"empty":     {[]string{"WINNOW_CLIENT_SECRET_FILE=" + write(t, "\n")}, "is empty"},
		"too long":  {[]string{"WINNOW_CLIENT_SECRET_FILE=" + write(t, strings.Repeat("hush", 20_000))}, "longer than"},
		"set twice": {[]string{"WINNOW_CLIENT_SECRET=hush", "WINNOW_CLIENT_SECRET_FILE=" + write(t, "hush")}, "both set"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := load(t, []string{"--client-id", "id"}, c.variables...)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want something about %q", err, c.says)
			}
		})
	}
}

func TestCommandsForOperators(t *testing.T) {
	c, _, err := load(t, []string{"rekey"}, "WINNOW_DATA_DIR=/srv/winnow", "WINNOW_KEYS=2:b,1:a")
	if err != nil || c.Command != config.CommandRekey || c.Rekey.DataDir != "/srv/winnow" || c.Rekey.Keys != "2:b,1:a" {
		t.Errorf("rekey: %q %+v, %v", c.Command, c.Rekey, err)
	}
	c, _, err = load(t, []string{"healthcheck"}, "WINNOW_OPS_LISTEN=0.0.0.0:9464")
	if err != nil || c.Command != config.CommandHealth || c.Health.OpsListen != "0.0.0.0:9464" {
		t.Errorf("healthcheck: %q %+v, %v", c.Command, c.Health, err)
	}
}
