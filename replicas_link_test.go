package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// link is the network between the replicas and PostgreSQL. It understands as much of what clients say as it takes to see
// the COMMIT of a transaction that wrote attempts, and can break every connection in that moment.
type link struct {
	t        testing.TB
	listener net.Listener
	network  string // of the server
	address  string

	mu    sync.Mutex
	open  map[net.Conn]bool // both ends of every connection
	armed *cut
	done  sync.WaitGroup
}

// cut is one break of the link.
type cut struct {
	// when tells whether the server gets the COMMIT.
	when cutWhen
	made chan struct{}
}

type cutWhen string

// A COMMIT that is lost, and one whose answer is.
const (
	cutBeforeCommit cutWhen = "before the server has the COMMIT"
	cutAfterCommit  cutWhen = "after the server has answered the COMMIT"
)

// newLink makes a link and returns the database's URL through it.
func newLink(t testing.TB, database string) (*link, string) {
	t.Helper()
	server, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	l := &link{t: t, open: map[net.Conn]bool{}}
	l.network, l.address = pgconn.NetworkAddress(server.Host, server.Port)
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	l.done.Go(l.serve)
	t.Cleanup(func() {
		l.listener.Close()
		l.breakAll()
		l.done.Wait()
	})
	u := &url.URL{Scheme: "postgres", User: url.UserPassword(server.User, server.Password), Host: l.listener.Addr().String(),
		Path: "/" + server.Database, RawQuery: "sslmode=disable"}
	return l, u.String()
}

func (l *link) serve() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return // the test is over
		}
		l.done.Go(func() { l.carry(client) })
	}
}

// carry takes one connection through until either end closes it.
func (l *link) carry(client net.Conn) {
	server, err := net.Dial(l.network, l.address)
	if err != nil {
		client.Close()
		return
	}
	l.note(client, server)
	w := &wire{link: l, client: client, server: server, statements: map[string]string{}}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		w.answers()
		l.forget(client, server)
	}()
	w.requests()
	l.forget(client, server)
	<-answered
}

func (l *link) note(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		l.open[c] = true
	}
}

// forget closes both ends.
func (l *link) forget(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(l.open, c)
	}
}

func (l *link) breakAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		c.Close()
	}
	clear(l.open)
}

// breakAt breaks the link at the next COMMIT of a transaction that wrote attempts. The channel is closed when it happened.
func (l *link) breakAt(when cutWhen) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = &cut{when: when, made: make(chan struct{})}
	return l.armed.made
}

// take gives the cut to the one connection that makes it.
func (l *link) take() *cut {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.armed
	l.armed = nil
	return taken
}

// wire is one connection. See https://www.postgresql.org/docs/current/protocol-message-formats.html
type wire struct {
	link           *link
	client, server net.Conn
	statements     map[string]string // prepared ones by name
	wrote          bool              // the transaction wrote attempts
	mute           sync.Mutex        // guards swallowing
	swallowing     *cut              // the next answer is that to a COMMIT, and nobody is to have it
}

// requests carries what the client says.
func (w *wire) requests() {
	if err := w.startup(); err != nil {
		return
	}
	for {
		kind, message, err := readMessage(w.client)
		if err != nil || !w.request(kind, message) {
			return
		}
	}
}

// startup carries the one message that has no kind.
func (w *wire) startup() error {
	var size [4]byte
	if _, err := io.ReadFull(w.client, size[:]); err != nil {
		return err
	}
	rest := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(w.client, rest); err != nil {
		return err
	}
	_, err := w.server.Write(append(size[:], rest...))
	return err
}

// readMessage returns a message's kind, and all of its bytes.
func readMessage(from io.Reader) (kind byte, message []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(from, head); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 {
		return 0, nil, errors.New("a message of size " + strconv.Itoa(int(size)))
	}
	message = append(head, make([]byte, size-4)...)
	_, err = io.ReadFull(from, message[5:])
	return head[0], message, err
}

// request carries one message on, unless the link breaks at it.
func (w *wire) request(kind byte, message []byte) bool {
	words := bytes.SplitN(message[5:], []byte{0}, 3)
	switch {
	case kind == 'P' && len(words) == 3: // Parse: name, SQL
		w.statements[string(words[0])] = string(words[1])
	case kind == 'B' && len(words) == 3: // Bind: portal, name
		w.wrote = w.wrote || writesAttempts(w.statements[string(words[1])])
	case kind == 'Q': // Query: SQL
		sql := strings.ToLower(string(words[0]))
		if strings.HasPrefix(sql, "begin") || strings.HasPrefix(sql, "rollback") {
			w.wrote = false
		}
		if sql == "commit" && w.wrote {
			w.wrote = false
			return w.commit(message)
		}
	}
	_, err := w.server.Write(message)
	return err == nil
}

func writesAttempts(sql string) bool {
	return strings.Contains(sql, "INSERT INTO attempts") || strings.Contains(sql, "UPDATE attempts")
}

// commit carries a COMMIT, or breaks the link at it.
func (w *wire) commit(message []byte) bool {
	c := w.link.take()
	if c != nil && c.when == cutBeforeCommit {
		w.link.breakAll()
		close(c.made)
		return false
	}
	w.mute.Lock()
	w.swallowing = c
	w.mute.Unlock()
	_, err := w.server.Write(message)
	return err == nil
}

// answers carries what the server says, unless nobody is to have it.
func (w *wire) answers() {
	buffer := make([]byte, 32<<10)
	for {
		n, err := w.server.Read(buffer)
		w.mute.Lock()
		c := w.swallowing
		w.mute.Unlock()
		if c != nil {
			w.link.breakAll()
			close(c.made)
			return
		}
		if n > 0 {
			if _, err := w.client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
