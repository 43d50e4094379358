package constantcontact_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// rawServer answers each connection with act, and returns the base URL. It reports how many connections came.
func rawServer(t *testing.T, act func(net.Conn)) (baseURL string, connections func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			count++
			act(conn)
			_ = conn.Close()
		}
	}()
	stop := func() int { _ = listener.Close(); <-done; return count }
	t.Cleanup(func() { stop() })
	return "http://" + listener.Addr().String() + basePath + "/v3", stop
}

// readRequest reads a whole request off a connection.
func readRequest(conn net.Conn) {
	if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
}

// reset closes a connection the hard way.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestDeleteBrokenAnswers(t *testing.T) {
	write := func(answer string) func(net.Conn) {
		return func(conn net.Conn) { readRequest(conn); _, _ = io.WriteString(conn, answer) }
	}
	cases := map[string]func(net.Conn){
		"reset after the request":        func(conn net.Conn) { readRequest(conn); reset(conn) },
		"closed after the request":       readRequest,
		"reset within the status line":   func(conn net.Conn) { write("HTTP/1.1 20")(conn); reset(conn) },
		"closed within the headers":      write("HTTP/1.1 201 Created\r\nContent-Le"),
		"no HTTP at all":                 write("220 mail.example.com ESMTP\r\n"),
		"created, cut off":               write("HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n" + activityBody),
		"created, cut off in a chunk":    write("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(activityBody)),
		"created, gzip nobody asked for": write("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"),
		"created, body longer than told": write("HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n" + activityBody),
		"bad request, cut off":           write("HTTP/1.1 400 Bad Request\r\nContent-Length: 400\r\n\r\n" + arrayBody),
		"headers beyond 64 KiB": write("HTTP/1.1 201 Created\r\nContent-Length: " + strconv.Itoa(len(activityBody)) + "\r\n" +
			strings.Repeat("X-Fill: "+strings.Repeat("a", 1000)+"\r\n", 100) + "\r\n" + activityBody),
		"location that is no URL": write("HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n"),
	}
	for name, act := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, connections := rawServer(t, act)
			if got := deleteOne(t, newClient(t, base)); got != unclear {
				t.Errorf("got %s, want %s", got, unclear)
			}
			if n := connections(); n != 1 {
				t.Errorf("%d connections were made, want exactly one", n)
			}
		})
	}
}

// A connection that breaks at once may break before or after the request was put into it. Either is a true
// answer, but it must not be taken for an answer of the vendor.
func TestDeleteOnAConnectionThatBreaksAtOnce(t *testing.T) {
	for name, act := range map[string]func(net.Conn){"reset": reset, "closed": func(net.Conn) {}} {
		t.Run(name, func(t *testing.T) {
			base, connections := rawServer(t, act)
			if got := deleteOne(t, newClient(t, base)); got != unclear && got != unsent {
				t.Errorf("got %s, want %s or %s", got, unclear, unsent)
			}
			if n := connections(); n != 1 {
				t.Errorf("%d connections were made, want exactly one", n)
			}
		})
	}
}

func TestDeleteChunkedAnswerIsWhole(t *testing.T) {
	base, _ := rawServer(t, func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"+chunk(activityBody)+"0\r\n\r\n")
	})
	if got := deleteOne(t, newClient(t, base)); got != accepted {
		t.Errorf("got %s, want %s", got, accepted)
	}
}

func chunk(body string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(body), body) }
