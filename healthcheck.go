package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"winnow/config"
)

const (
	// healthTimeout bounds the whole check: a console that takes longer is as good as not ready.
	healthTimeout = 5 * time.Second
	// healthAnswer is how much of an answer is read, in bytes.
	healthAnswer = 200
)

// healthcheck asks the console of this machine or container whether it is ready. Images without a shell have nothing else
// to ask with.
func healthcheck(ctx context.Context, c config.Health, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	address, err := nearest(c.OpsListen)
	if err != nil {
		return fmt.Errorf("--ops-listen: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("check the health: %w", err)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req) // no proxy of the environment
	if err != nil {
		return fmt.Errorf("check the health: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, healthAnswer))
	if err != nil {
		return fmt.Errorf("check the health: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(text)))
	}
	_, err = out.Write(text)
	return err
}

// nearest is where to ask a console that listens on this address: on this machine, when it listens on all.
func nearest(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port), nil
}
