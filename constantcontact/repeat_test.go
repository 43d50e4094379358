package constantcontact_test

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// TestAReadIsNotRepeatedByTheTransport breaks the connection that the first read has left open. net/http would send the second
// one again by itself, and the governor would not know.
func TestAReadIsNotRepeatedByTheTransport(t *testing.T) {
	client, fake := setup(t)
	var asked atomic.Int32
	fake.HandleFunc("GET "+basePath+"/v3/account/summary", func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			_, _ = w.Write([]byte(`{"encoded_account_id":"a07"}`))
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
		_ = conn.Close()
	})
	if _, err := client.Account.Summary(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Account.Summary(t.Context()); err == nil {
		t.Error("a read that was cut off has an answer")
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("2 reads were %d requests", n)
	}
}
