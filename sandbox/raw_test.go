package sandbox_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// wire is a connection to the sandbox with nothing between a test and its bytes.
type wire struct {
	net.Conn
	t *testing.T
}

func (a *api) dial() *wire {
	a.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { conn.Close() })
	return &wire{conn, a.t}
}

// head is the text of a request up to its body.
func (a *api) head(method, path, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", method, path, a.token, len(body))
}

func (w *wire) write(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatalf("write: %v", err)
	}
}

// heard is all that came over a wire until its end.
type heard struct {
	text  string
	reads int
	err   error // nil when the server closed in order
}

func (w *wire) listen() heard {
	var h heard
	buffer := make([]byte, 64<<10)
	for {
		n, err := w.Read(buffer)
		h.text += string(buffer[:n])
		if n > 0 {
			h.reads++
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				h.err = err
			}
			return h
		}
	}
}

// ask sends a whole request over a connection of its own.
func (a *api) ask(method, path, body string) heard {
	a.t.Helper()
	w := a.dial()
	w.write(a.head(method, path, body) + body)
	return w.listen()
}

// parse reads an answer, as far as it came.
func (h heard) parse(t *testing.T) (status int, header http.Header, body string, err error) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(h.text)), nil)
	if err != nil {
		t.Fatalf("%q is no answer: %v", h.text, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(raw), err
}

// wantAnswer checks an answer that came whole.
func (h heard) wantAnswer(t *testing.T, status int, contains string) string {
	t.Helper()
	got, _, body, err := h.parse(t)
	if got != status || h.err != nil || err != nil || !strings.Contains(body, contains) {
		t.Errorf("heard %q (%v), want %d with %q", h.text, h.err, status, contains)
	}
	return body
}

// wantReset checks that the connection was reset and nothing was said before.
func (h heard) wantReset(t *testing.T) {
	t.Helper()
	if !errors.Is(h.err, syscall.ECONNRESET) || h.text != "" {
		t.Errorf("heard %q and %v, want a reset", h.text, h.err)
	}
}

// wantMoments checks how far the latest request came: whether its body was read, it had an effect, and was answered.
func (a *api) wantMoments(body, effect, answer bool) {
	a.t.Helper()
	all := a.Journal()
	last := all[len(all)-1]
	got := [3]bool{last.BodyComplete.Reached(), last.EffectApplied.Reached(), last.AnswerWritten.Reached()}
	if got != [3]bool{body, effect, answer} || !last.HeadersIn.Reached() || !last.Done || last.Applied != effect {
		a.t.Errorf("body, effect, answer: reached %v, want %v; the journal says %+v", got, [3]bool{body, effect, answer}, last)
	}
}
