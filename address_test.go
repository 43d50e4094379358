package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// Ports that tests listen on later, or again, are taken from below those that the system gives to
// outgoing connections and to ":0" (32,768 and up on Linux, 49,152 and up elsewhere): one of
// those may be another's by the time that it is needed.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// nextPort begins somewhere else in each run, so that two runs on one machine rarely meet.
var nextPort atomic.Int64

func init() { nextPort.Store(rand.Int64N(lastPort - firstPort)) }

// freeAddress is an address of this machine that nobody listens on and that no test gets again.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range lastPort - firstPort {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+nextPort.Add(1)%(lastPort-firstPort))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatalf("no port between %d and %d is free", firstPort, lastPort)
	return ""
}
