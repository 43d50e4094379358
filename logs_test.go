package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"winnow/sandbox"
)

// logLine is one line of the log.
type logLine map[string]any

func (l logLine) text(name string) string { s, _ := l[name].(string); return s }

// logLines reads a log, every line of which must be one JSON object with a time in UTC, and free of what terminals obey.
func logLines(t *testing.T, log string) []logLine {
	t.Helper()
	var lines []logLine
	for raw := range strings.Lines(log) {
		var l logLine
		if err := json.Unmarshal([]byte(raw), &l); err != nil {
			t.Errorf("not one JSON object: %q: %v", raw, err)
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, l.text("time")); err != nil || !strings.HasSuffix(l.text("time"), "Z") {
			t.Errorf("the time is %q: %v, %v", l.text("time"), at, err)
		}
		if i := strings.IndexFunc(strings.TrimSuffix(raw, "\n"), func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }); i >= 0 {
			t.Errorf("a control character at %d of %q", i, raw)
		}
		lines = append(lines, l)
	}
	return lines
}

// logged is what a log writes when something is said to it.
func logged(t *testing.T, say func(*slog.Logger)) (logLine, string) {
	t.Helper()
	var out bytes.Buffer
	say(newLogTo(&out, "debug"))
	lines := logLines(t, out.String())
	if len(lines) != 1 {
		t.Fatalf("%d lines: %q", len(lines), out.String())
	}
	return lines[0], out.String()
}

func TestNothingHostileGetsThroughTheLog(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a second line":          {"x\n{\"level\":\"ERROR\"}", "x\n{\"level\":\"ERROR\"}"}, // within one JSON string
		"carriage return":        {"x\ry", "x\ry"},
		"an escape sequence":     {"\x1b[2Jx", "\x1b[2Jx"},
		"the same in one byte":   {"x\u009b2J", "x\ufffd2J"},
		"delete":                 {"x\x7f", "x\ufffd"},
		"reversed text":          {"x\u202egpj.exe", "x\ufffdgpj.exe"},
		"an address":             {"contact ada@example.com is gone", "contact [e-mail] is gone"},
		"an address in a query":  {"/v3/contacts?email=ada%40example.co.uk&x=1", "[e-mail]&x=1"},
		"an address of a domain": {"<Ädä.Lovelace+x@bücher.example>", "<[e-mail]>"},
		"a password in a URL":    {"postgres://winnow:hush@db.example/winnow", "postgres://winnow:[e-mail]/winnow"},
		"a module of Go":         {"echo/v4@v4.16.0/echo.go:17", "echo/v4@v4.16.0/echo.go:17"},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, say := range map[string]func(*slog.Logger){
				"text":    func(l *slog.Logger) { l.Info("m", "v", c.in) },
				"error":   func(l *slog.Logger) { l.Info("m", "v", errors.New(c.in)) },
				"grouped": func(l *slog.Logger) { l.WithGroup("g").Info("m", "v", c.in) },
				"kept":    func(l *slog.Logger) { l.With("v", c.in).Info("m") },
				"message": func(l *slog.Logger) { l.Info(c.in) },
				"several": func(l *slog.Logger) { l.Info("m", "v", []string{c.in}) },
			} {
				line, raw := logged(t, say)
				got := line.text("v")
				switch g, isGroup := line["g"].(map[string]any); {
				case isGroup:
					got = logLine(g).text("v")
				case kind == "message":
					got = line.text("msg")
				case kind == "several":
					got = strings.TrimSuffix(strings.TrimPrefix(got, "["), "]")
				}
				if got != c.want {
					t.Errorf("%s: got %q, want %q in %s", kind, got, c.want, raw)
				}
			}
		})
	}
}

func TestTimesAreUTCWhateverTheMachineSays(t *testing.T) {
	elsewhere := time.FixedZone("elsewhere", 5*3600)
	line, raw := logged(t, func(l *slog.Logger) { l.Info("m", "until", time.Date(2026, 3, 2, 4, 0, 0, 0, elsewhere)) })
	if line.text("until") != "2026-03-01T23:00:00Z" {
		t.Errorf("got %s", raw)
	}
}

// watchedProcess is a console in a process of its own whose log is read to the end.
func watchedProcess(t *testing.T, use func(console string)) []logLine {
	t.Helper()
	address := freeAddress(t)
	p := startProcess(t, "--listen", address, "--log-level", "debug", "--trusted-proxies", "127.0.0.0/8")
	waitForConsole(t, "http://"+address, nil)
	use("http://" + address)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
	return logLines(t, p.stderr.String())
}

func TestEveryLineOfARequestCarriesItsID(t *testing.T) {
	t.Parallel()
	var answered *http.Response
	lines := watchedProcess(t, func(console string) {
		answered = ask(t, http.DefaultClient, http.MethodPost, console+"/login", "Sec-Fetch-Site", "cross-site", "X-Request-Id", "evil")
	})
	id := answered.Header.Get("X-Request-Id")
	if len(id) < 10 || id == "evil" {
		t.Fatalf("the answer names the request %q", id)
	}
	said := map[string]string{}
	for _, l := range lines {
		if l.text("request_id") == id {
			said[l.text("msg")] = l.text("route")
		}
	}
	if len(said) != 2 || said["refused"] != "/login" || said["request"] != "/login" {
		t.Errorf("of the request the log says %v", said)
	}
}

func TestThePageOfAnErrorShowsTheIDOfItsRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick(), hasty...)
	res, err := http.Get(w.console + "/oauth/callback?error=access_denied&state=unknown")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if id := res.Header.Get("X-Request-Id"); err != nil || id == "" || !strings.Contains(string(page), id) {
		t.Errorf("the request is %q, and the page says (%v)\n%s", id, err, page)
	}
}

func TestTheLogNamesNobodyWhoeverAsksForWhat(t *testing.T) {
	t.Parallel()
	const mark = "canary"
	lines := watchedProcess(t, func(console string) {
		p := newPerson(t)
		p.signIn(&world{console: console}, sandbox.OwnerLogin)
		p.open(console + "/lists?q=" + mark)
		for _, path := range []string{"/%0d%0a{\"level\":\"" + mark + "\"}", "/deletions/%1b[2J" + mark, "/no/such/" + mark + "@example.com", "/static/" + mark} {
			ask(t, p.http, http.MethodGet, console+path, "User-Agent", mark, "Referer", "http://"+mark, "X-Forwarded-For", mark+", 192.0.2.7, "+mark,
				"X-Request-Id", mark, "Accept-Language", mark)
		}
		ask(t, p.http, http.MethodGet, console+"/", "Host", mark+".example")
		rawRequest(t, console, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Evil: "+mark+"\x00\x1b[2J\r\n\r\n")
		rawRequest(t, console, mark+" \r\n\r\n")
	})
	if len(lines) < 10 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, l := range lines {
		for name, v := range l {
			s, _ := v.(string)
			if strings.Contains(s, mark) || strings.Contains(s, "@example") || strings.Contains(s, sandbox.OwnerLogin) {
				t.Errorf("%s is %q in %v", name, s, l)
			}
		}
		if l.text("msg") == "request" && !plainValue.MatchString(l.text("route")) {
			t.Errorf("the route is %q", l.text("route"))
		}
	}
}

// rawRequest sends bytes that no client would.
func rawRequest(t *testing.T, console, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(console, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("%q is answered %s", text, res.Status)
	}
}

func TestTheLastLineOfAConsoleThatCannotRunIsJSON(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := startProcess(t, "--listen", taken.Addr().String())
	if err := p.cmd.Wait(); err == nil {
		t.Error("it ended without an error")
	}
	lines := logLines(t, p.stderr.String())
	if len(lines) != 1 || !strings.Contains(lines[0].text("error"), "address already in use") {
		t.Errorf("it said %v", lines)
	}
}

func TestWhatIsLoggedOutsideARequestHasNoID(t *testing.T) {
	line, raw := logged(t, func(l *slog.Logger) { l.InfoContext(context.Background(), "m") })
	if _, named := line["request_id"]; named {
		t.Errorf("got %s", raw)
	}
}
