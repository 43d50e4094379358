package main

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"winnow/constantcontact"
	"winnow/deletion"
)

// The tests of this file look at what operators deploy with. No engine for containers and no systemd runs here; what a program
// can see without one is checked.

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// settings are the names of all variables that the program reads.
func settings(t *testing.T) map[string]bool {
	t.Helper()
	flag := regexp.MustCompile(`--(?:\[no-\])?([a-z][a-z-]*)`)
	known := map[string]bool{}
	for _, command := range []string{"serve", "sandbox", "rekey", "healthcheck"} {
		var out bytes.Buffer
		if err := run(t.Context(), []string{command, "--help"}, noEnvironment, &out); err != nil {
			t.Fatal(err)
		}
		for _, found := range flag.FindAllStringSubmatch(out.String(), -1) {
			known["WINNOW_"+strings.ToUpper(strings.ReplaceAll(found[1], "-", "_"))] = true
		}
	}
	if !known["WINNOW_CLIENT_SECRET"] || !known["WINNOW_OPS_LISTEN"] {
		t.Fatalf("the help tells only of %v", slices.Sorted(maps.Keys(known)))
	}
	return known
}

func TestEveryVariableOfADeploymentIsASetting(t *testing.T) {
	known := settings(t)
	variable := regexp.MustCompile(`WINNOW_[A-Z_]+`)
	for _, path := range []string{"Containerfile", "compose.yaml", "contrib/winnow.service", "contrib/Caddyfile", "docs/operations.md", "README.md"} {
		found := variable.FindAllString(content(t, path), -1)
		if len(found) == 0 && path != "contrib/Caddyfile" {
			t.Errorf("%s sets nothing", path)
		}
		for _, name := range found {
			if !known[strings.TrimSuffix(name, "_FILE")] {
				t.Errorf("%s: %s is no setting", path, name)
			}
		}
	}
}

// composed is the part of a compose file that is checked.
type composed struct {
	Services map[string]struct {
		Image, Restart string
		ReadOnly       bool              `yaml:"read_only"`
		Environment    map[string]string `yaml:"environment"`
		Secrets        []string          `yaml:"secrets"`
		Networks       []string          `yaml:"networks"`
		Volumes        []string          `yaml:"volumes"`
		Ports          []string          `yaml:"ports"`
		CapDrop        []string          `yaml:"cap_drop"`
		SecurityOpt    []string          `yaml:"security_opt"`
		StopGrace      string            `yaml:"stop_grace_period"`
		DependsOn      any               `yaml:"depends_on"`
	}
	Networks map[string]any
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
}

func compose(t *testing.T) composed {
	t.Helper()
	var c composed
	if err := yaml.Unmarshal([]byte(content(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// longestStop is how long a console may take to end: its pages, and then a request to Constant Contact.
const longestStop = pageTimeout + workTimeout

func TestReplicasInContainersAreConfined(t *testing.T) {
	c := compose(t)
	for _, name := range []string{"winnow-1", "winnow-2"} {
		s, there := c.Services[name]
		if !there {
			t.Fatalf("there is no %s", name)
		}
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do too much: %+v", name, s)
		}
		if len(s.Ports) > 0 {
			t.Errorf("%s is reached past the proxy at %v", name, s.Ports)
		}
		if grace, err := time.ParseDuration(s.StopGrace); err != nil || grace <= longestStop {
			t.Errorf("%s is killed after %v, while it may need %v (%v)", name, grace, longestStop, err)
		}
		for variable, value := range s.Environment {
			secret := strings.Contains(variable, "SECRET") || strings.Contains(variable, "KEYS") || strings.Contains(variable, "PASSWORD") || strings.Contains(variable, "URL_FILE")
			if secret && !strings.HasPrefix(value, "/run/secrets/") {
				t.Errorf("%s has %s as %q, not as a file", name, variable, value)
			}
		}
	}
	if c.Services["winnow-1"].Volumes[0] == c.Services["winnow-2"].Volumes[0] {
		t.Error("both replicas work in the same folder")
	}
}

func TestEverythingThatComposeNamesIsThere(t *testing.T) {
	c := compose(t)
	hosted := regexp.MustCompile(`^[^/]*[.:][^/]*/`) // a host before the name of an image
	for name, s := range c.Services {
		if s.Image == "" || hosted.MatchString(s.Image) {
			t.Errorf("%s: image %q", name, s.Image)
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s: there is no secret %s", name, secret)
			}
		}
		for _, network := range s.Networks {
			if _, there := c.Networks[network]; !there {
				t.Errorf("%s: there is no network %s", name, network)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			_, there := c.Volumes[source]
			if path, local := strings.CutPrefix(source, "./"); local {
				content(t, path)
			} else if !there {
				t.Errorf("%s: there is no volume %s", name, source)
			}
		}
	}
	front := regexp.MustCompile(`subnet: ([0-9./]+)`).FindStringSubmatch(content(t, "compose.yaml"))
	if trusted := c.Services["winnow-1"].Environment["WINNOW_TRUSTED_PROXIES"]; front == nil || trusted != front[1] {
		t.Errorf("the proxy is in %v, and %q is believed", front, trusted)
	}
	for _, replica := range []string{"winnow-1:8080", "winnow-2:8080", "health_port 9464", "health_uri /readyz", "lb_retries 0"} {
		if !strings.Contains(content(t, "contrib/Caddyfile"), replica) {
			t.Errorf("the proxy does not know %s", replica)
		}
	}
}

func TestTheServiceIsConfinedAndGivenTimeToEnd(t *testing.T) {
	unit := map[string]string{}
	for line := range strings.Lines(content(t, "contrib/winnow.service")) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(line, "#") {
			unit[name] = value
		}
	}
	for name, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
		"StateDirectory": "winnow", "StateDirectoryMode": "0700", "UMask": "0077", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "",
		"LimitCORE": "0", "Restart": "on-failure",
	} {
		if got, there := unit[name]; !there || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if stop, err := time.ParseDuration(unit["TimeoutStopSec"] + "s"); err != nil || stop <= longestStop {
		t.Errorf("it is killed after %v, while it may need %v (%v)", stop, longestStop, err)
	}
}

func TestTheImageHasNoShellAndNoRoot(t *testing.T) {
	text := content(t, "Containerfile")
	last := text[strings.LastIndex(text, "\nFROM "):]
	for _, want := range []string{"FROM scratch", "USER 65532:65532", "ENTRYPOINT [\"/winnow\"]", "CMD [\"/winnow\", \"healthcheck\"]", "STOPSIGNAL SIGTERM"} {
		if !strings.Contains(last, want) {
			t.Errorf("the image has no %q", want)
		}
	}
	if strings.Contains(last, "\nRUN") || !strings.Contains(text, "CGO_ENABLED=0") {
		t.Error("the image needs a shell, or a libc")
	}
}

func TestEveryMetricThatOperatorsAreToldOfExists(t *testing.T) {
	f := newFakeFigures(t, io.Discard)
	f.metrics.callEnded(t.Context(), constantcontact.Call{Kind: constantcontact.KindRead, Name: "contacts.list"}, time.Second, nil)
	f.metrics.pageAnswered("/", http.StatusOK, time.Second)
	clocks := new(deletion.Clocks)
	clocks.SawDatabase(time.Now(), time.Second)
	f.metrics.registry.MustRegister(clockCollector{clocks})
	exposition := f.scraped(0)
	named := regexp.MustCompile(`winnow_[a-z_]+`).FindAllString(content(t, "docs/operations.md"), -1)
	if len(named) < 10 {
		t.Fatalf("the page names only %v", named)
	}
	for _, name := range named {
		family := strings.TrimSuffix(name, "_bucket")
		if !strings.HasSuffix(name, "_") { // winnow_calls_* names several
			family += " "
		}
		if !strings.Contains(exposition, "# TYPE "+family) {
			t.Errorf("there is no metric %s", name)
		}
	}
}
