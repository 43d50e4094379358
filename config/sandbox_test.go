package config_test

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"winnow/config"
)

func TestSandboxFlags(t *testing.T) {
	environment := map[string]string{"WINNOW_CHAOS": "default", "WINNOW_SEED": "3", "WINNOW_LONG_LIVED": "true"}
	c, err := config.Load([]string{
		"sandbox", "--seed", "5", "--contacts", "10", "--lists", "2", "--accounts", "3", "--other-contacts", "9", "--speed", "50", "--listen", "127.0.0.1:1", "--management", "127.0.0.1:2",
		"--client-id", "id", "--client-secret", "", "--redirect-uris", "http://localhost:1/a,https://*.example.com/b", "--per-second=-1", "--per-day", "7",
	}, func(name string) string { return environment[name] }, "1", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Sandbox{
		Listen: "127.0.0.1:1", Management: "127.0.0.1:2", Seed: 5, Contacts: 10, Lists: 2, Accounts: 3, OtherContacts: 9, Speed: 50, Chaos: "default",
		PerSecond: -1, PerDay: 7, ClientID: "id", LongLived: true,
		RedirectURIs: []string{"http://localhost:1/a", "https://*.example.com/b"},
	}
	if diff := cmp.Diff(want, c.Sandbox); diff != "" || c.Command != config.CommandSandbox {
		t.Errorf("the command %q has other flags (-want +got):\n%s", c.Command, diff)
	}
}

func TestSandboxIsKindByDefault(t *testing.T) {
	c, err := config.Load([]string{"sandbox"}, func(string) string { return "" }, "1", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Sandbox; s.Chaos != "off" || s.Management != "" || s.Contacts != 25_000 || s.Accounts != 2 || s.OtherContacts != 120 || s.PerSecond != 4 || s.PerDay != 10_000 || s.LongLived {
		t.Errorf("the defaults are %+v", s)
	}
}
