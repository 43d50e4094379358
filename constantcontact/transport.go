package constantcontact

import (
	"context"
	"net"
	"net/http"
	"time"
)

const (
	connectTimeout = 5 * time.Second  // for connecting, and again for the TLS handshake
	quickRead      = 3 * time.Second  // for a read as a whole, once it is permitted; twice what the one before took if that is more
	headerTimeout  = 30 * time.Second // for the first byte of the answer to a read at most
	readTimeout    = 60 * time.Second // for the whole of it at most
	idleTimeout    = 90 * time.Second // before an unused connection is closed

	// maxIdleConnections suits an allowance of 4 requests a second.
	maxIdleConnections = 8

	// maxHeaderBytes is far above the 2 KiB or so of headers the vendor sends.
	maxHeaderBytes = 64 << 10
)

// newReadTransport returns a transport that keeps its connections and accepts gzip.
func newReadTransport(options Options) *http.Transport {
	t := newTransport(options)
	t.DisableKeepAlives = false
	t.DisableCompression = false
	t.MaxIdleConns = maxIdleConnections
	t.MaxIdleConnsPerHost = maxIdleConnections
	t.IdleConnTimeout = idleTimeout
	t.ResponseHeaderTimeout = headerTimeout
	t.ForceAttemptHTTP2 = true
	return t
}

// newDeleteTransport returns a transport that opens a connection for each request. A connection that was used
// before may turn out dead after the request went into it, and net/http would then send the request again.
func newDeleteTransport(options Options) *http.Transport {
	t := newTransport(options)
	t.DisableKeepAlives = true
	t.DisableCompression = true
	t.ResponseHeaderTimeout = 0 // giving up early would only make an unclear outcome
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil // a pattern that was used already offers HTTP/2 here
	}
	return t
}

func newTransport(options Options) *http.Transport {
	t := &http.Transport{}
	if options.Transport != nil {
		t = options.Transport.Clone()
	}
	t.Proxy = options.Proxy
	t.DialContext = withinConnectTimeout(t.DialContext)
	t.TLSHandshakeTimeout = connectTimeout
	t.MaxResponseHeaderBytes = maxHeaderBytes
	return t
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func withinConnectTimeout(dial dialFunc) dialFunc {
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		return dial(ctx, network, address)
	}
}
