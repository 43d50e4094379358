package sandbox

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// deliver sends the answer as far as the fault lets it.
func (x *exchange) deliver(r reply, cut Effect) {
	switch cut {
	case ResetAfter:
		reset(x.writer)
	case TruncateAfter:
		r.truncate(x.writer)
	case Trickle:
		x.trickle(r)
	default:
		r.write(x.writer)
	}
}

// reset ends the connection with a TCP reset where the connection allows it.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 or no real connection: the server's own way of cutting
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // so that Close sends RST instead of FIN
	}
	_ = conn.Close()
}

// truncate promises the whole body and sends half of it.
func (r reply) truncate(w http.ResponseWriter) {
	r.writeHeader(w)
	_, _ = w.Write(r.body[:len(r.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// tricklePace is the time between the bytes of a Trickle that does not say otherwise.
const tricklePace = 10 * time.Millisecond

// tricklePieces is the most pieces that an answer is sent in, so that a large one ends some day.
const tricklePieces = 250

// trickle sends the body byte by byte, or a large one in pieces as small as may be.
func (x *exchange) trickle(r reply) {
	pace := x.hit.fault.Delay
	if pace == 0 {
		pace = tricklePace
	}
	r.writeHeader(x.writer)
	control := http.NewResponseController(x.writer)
	for piece := range slices.Chunk(r.body, 1+len(r.body)/tricklePieces) {
		_, _ = x.writer.Write(piece)
		if err := control.Flush(); err != nil || !x.pause(pace) {
			panic(http.ErrAbortHandler)
		}
	}
}

// seconds renders a duration for a Retry-After header, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
