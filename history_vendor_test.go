package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"winnow/sandbox"
)

// vendor is the sandbox behind a real listener, as a process under test sees it: with wires that can be cut and a moment
// of death that can be set between any two steps of a request.
type vendor struct {
	clock *handClock
	box   *sandbox.Server
	api   *httptest.Server

	mu        sync.Mutex
	wires     map[net.Conn]bool
	down      bool                   // nobody answers
	next      *event                 // what is to happen at a moment, nil for nothing
	onPost    func(r *http.Request)  // called for each request that deletes, before the sandbox has seen it
	onCall    func(r *http.Request)  // the same for each request of the API
	renews    map[*http.Request]bool // renewals in flight
	onOverlap func()                 // called when another one comes
	late      []sandbox.Request      // requests whose caller left while they hang
}

// moment is a point in the life of a request at which a process can die.
type moment string

const (
	beforeRequest moment = "before the request" // the attempt is on disk, no byte is sent
	beforePermit  moment = "before the permit"  // the token is at hand
	afterPermit   moment = "after the permit"   // nothing keeps it from being sent any more
	onArrival     moment = "on arrival"         // the request is at the vendor, nothing has happened
	beforeAnswer  moment = "before the answer"  // the vendor has done the work
	inHang        moment = "in a hang"          // the vendor holds the request
)

var moments = []moment{beforeRequest, beforePermit, afterPermit, onArrival, beforeAnswer, inHang}

// event happens at the so-manieth time that its moment comes.
type event struct {
	at    moment
	skip  int
	do    func()
	fatal bool // the process ends with it
}

func openVendor(o sandbox.Options, c *handClock) *vendor {
	o.Now = c.now
	v := &vendor{clock: c, box: sandbox.New(o), wires: map[net.Conn]bool{}, renews: map[*http.Request]bool{}}
	v.api = httptest.NewServer(v)
	return v
}

func (v *vendor) close() {
	v.box.Close() // before its listener, which waits for requests that hang
	v.cut()
	v.api.Close()
}

// revoke voids the connection, as its owner can in the vendor's settings.
func (v *vendor) revoke() { v.box.Revoke(sandbox.OwnerLogin) }

// reach tells that a moment has come, lets happen what is planned for it, and tells whether the process died of it.
func (v *vendor) reach(m moment) (died bool) {
	v.mu.Lock()
	e := v.next
	if e == nil || e.at != m {
		v.mu.Unlock()
		return false
	}
	if e.skip > 0 {
		e.skip--
		v.mu.Unlock()
		return false
	}
	v.next = nil
	v.mu.Unlock()
	e.do()
	return e.fatal
}

// plan has an event happen; nil takes back what was planned.
func (v *vendor) plan(e *event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.next = e
}

// ServeHTTP is the sandbox, with the moments around it.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := &lastMoment{ResponseWriter: w, vendor: v, request: r, at: beforeAnswer}
	if r.URL.Path == sandbox.TokenPath {
		answer.at = renewalDone
		v.renewal(r)
		v.reach(renewalArrived)
	} else {
		v.call(r)
		v.reach(onArrival)
	}
	v.box.ServeHTTP(answer, r)
}

// call shows a request of the API to who wants to see it.
func (v *vendor) call(r *http.Request) {
	v.mu.Lock()
	onPost, onCall := v.onPost, v.onCall
	v.mu.Unlock()
	if onCall != nil {
		onCall(r)
	}
	if r.Method == http.MethodPost && onPost != nil {
		onPost(r)
	}
}

// renewal notes that one is in flight. Its body is read before anything can happen to its sender.
func (v *vendor) renewal(r *http.Request) {
	text, broken := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), readerFunc(func([]byte) (int, error) {
		return 0, cmp.Or(broken, io.EOF)
	})))
	v.mu.Lock()
	overlap, onOverlap := len(v.renews) > 0, v.onOverlap
	v.renews[r] = true
	v.mu.Unlock()
	if overlap && onOverlap != nil {
		onOverlap()
	}
}

// lastMoment is an answer before which the process can die, unless it has left already.
type lastMoment struct {
	http.ResponseWriter
	vendor  *vendor
	request *http.Request
	at      moment
	once    sync.Once
}

func (w *lastMoment) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *lastMoment) WriteHeader(status int) {
	w.once.Do(func() {
		if w.request.Context().Err() == nil {
			w.vendor.reach(w.at)
		}
		w.over()
	})
	w.ResponseWriter.WriteHeader(status)
}

// Hijack is how the sandbox resets a connection.
func (w *lastMoment) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.over()
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// over notes that a renewal is in flight no more, before its sender can know.
func (w *lastMoment) over() {
	w.vendor.mu.Lock()
	defer w.vendor.mu.Unlock()
	delete(w.vendor.renews, w.request)
}

var (
	errKilled      = errors.New("the process was killed")
	errUnreachable = errors.New("connection refused")
)

func (v *vendor) dial(ctx context.Context, network, address string) (net.Conn, error) {
	v.mu.Lock()
	down := v.down
	v.mu.Unlock()
	if down {
		return nil, errUnreachable
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wires[conn] = true
	return conn, nil
}

// goDown has every connection refused, or let through again.
func (v *vendor) goDown(down bool) {
	v.mu.Lock()
	v.down = down
	v.mu.Unlock()
	if down {
		v.cut()
	}
}

// cut breaks every connection, which is how a deadline looks from the inside, and the end of a process from the outside.
func (v *vendor) cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for conn := range v.wires {
		_ = conn.Close()
	}
	clear(v.wires)
	clear(v.renews)
}

// deletes are the requests that delete, oldest first.
func (v *vendor) deletes() []sandbox.Request {
	return slices.DeleteFunc(v.box.Journal(), func(r sandbox.Request) bool { return r.Route != deleteRoute })
}

// lastSeq is the number of the latest request.
func (v *vendor) lastSeq() int64 {
	all := v.box.Journal()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// longestHang is how long a request of a history may hang before it runs: less than the grace time, or what is promised
// could not be kept by anybody.
const longestHang = 14 * time.Minute

// hanging is the latest request when the vendor holds it.
func (v *vendor) hanging(after int64) (r sandbox.Request, hangs bool) {
	all := v.box.JournalAfter(after)
	if len(all) == 0 {
		return r, false
	}
	r = all[len(all)-1]
	return r, !r.Done && isHang(r)
}

func isHang(r sandbox.Request) bool {
	return r.Fault == sandbox.HangBefore || r.Fault == sandbox.HangAfter
}

// leave remembers a request that goes on without its caller.
func (v *vendor) leave(r sandbox.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.late = append(v.late, r)
}

// pass moves the clock. It stops at every moment by which a late request has to have run, because the sandbox looks at the
// clock every two milliseconds only, in which otherwise hours could go by.
func (v *vendor) pass(d time.Duration) {
	end := v.clock.now().Add(d)
	for {
		v.mu.Lock()
		late := v.late
		v.mu.Unlock()
		if len(late) == 0 || late[0].At.Add(longestHang).After(end) {
			break
		}
		v.clock.move(max(0, late[0].At.Add(longestHang).Sub(v.clock.now())))
		v.waitFor(late[0].Seq)
		v.mu.Lock()
		v.late = v.late[1:]
		v.mu.Unlock()
	}
	v.clock.move(max(0, end.Sub(v.clock.now())))
}

// waitFor returns when a request is over.
func (v *vendor) waitFor(seq int64) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !v.box.JournalAfter(seq - 1)[0].Done {
		<-tick.C
	}
}
