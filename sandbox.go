package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"winnow/config"
	"winnow/sandbox"
)

// sampleRows is how many rows the sample CSV of sandbox mode has.
const sampleRows = 1200

// demo is the sandbox of sandbox mode. It forgets everything when it stops, and so the console's data go into a temporary
// folder with it, unless the operator names another.
type demo struct {
	emulator *sandbox.Server
	server   *http.Server
	folder   string // to be removed; empty when the operator chose one
	sample   string // path of the sample CSV
}

// startDemo starts a sandbox on a free port of this machine and points the configuration at it.
func startDemo(c *config.Serve) (*demo, error) {
	d := &demo{emulator: sandbox.New(sandbox.Options{
		Speed: c.SandboxSpeed,
		Clients: []sandbox.Client{{
			ID: sandbox.DefaultClientID, Secret: sandbox.DefaultClientSecret, RedirectURIs: []string{redirectURL(*c)},
		}},
	})}
	if err := d.open(c); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

func (d *demo) open(c *config.Serve) error {
	if c.DataDir == "" {
		folder, err := os.MkdirTemp("", "winnow-sandbox-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		c.DataDir, d.folder = folder, folder
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	d.sample = filepath.Join(c.DataDir, "sample.csv")
	if err := d.writeSample(); err != nil {
		return fmt.Errorf("write the sample CSV: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	d.server = &http.Server{Handler: d.emulator, ReadHeaderTimeout: headerTimeout}
	go func() { _ = d.server.Serve(l) }() // ends with stop
	base := "http://" + l.Addr().String()
	c.Development, c.ClientID, c.ClientSecret = true, sandbox.DefaultClientID, sandbox.DefaultClientSecret
	c.APIURL, c.AuthorizeURL, c.TokenURL = base+"/v3", base+sandbox.AuthorizePath, base+sandbox.TokenPath
	return nil
}

func (d *demo) writeSample() error {
	f, err := os.OpenFile(d.sample, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(d.emulator.SampleCSV(w, sampleRows), w.Flush(), f.Close())
}

func (d *demo) stop() error {
	d.emulator.Close()
	var err error
	if d.server != nil {
		err = d.server.Close()
	}
	if d.folder != "" {
		err = errors.Join(err, os.RemoveAll(d.folder))
	}
	return err
}

// runSandbox is the command `winnow sandbox`.
func runSandbox(ctx context.Context, c config.Sandbox, out io.Writer) error {
	options, err := sandboxOptions(c)
	if err != nil {
		return err
	}
	emulator := sandbox.New(options)
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	// Requests that hang in a fault would keep the listener from closing.
	defer context.AfterFunc(ctx, emulator.Close)()
	defer emulator.Close()
	var management net.Listener
	if c.Management != "" {
		if management, err = net.Listen("tcp", c.Management); err != nil {
			return errors.Join(fmt.Errorf("listen for management: %w", err), l.Close())
		}
	}
	introduce(out, c, options, l, management)
	return serveBoth(ctx, emulator, l, management)
}

func sandboxOptions(c config.Sandbox) (sandbox.Options, error) {
	chaos, err := sandbox.ParseChaos(c.Chaos)
	if err != nil {
		return sandbox.Options{}, err
	}
	options := sandbox.Options{
		Seed: c.Seed, Contacts: c.Contacts, Accounts: c.Accounts, OtherContacts: c.OtherContacts, Lists: c.Lists, Speed: c.Speed,
		RatePerSecond: c.PerSecond, RatePerDay: c.PerDay, Chaos: chaos,
		Clients: []sandbox.Client{{ID: c.ClientID, Secret: c.ClientSecret, RedirectURIs: c.RedirectURIs, LongLived: c.LongLived}},
	}
	return options, options.Validate()
}

// introduce says where everything is; a program's configuration needs no more.
func introduce(out io.Writer, c config.Sandbox, o sandbox.Options, l, management net.Listener) {
	base := "http://" + l.Addr().String()
	fmt.Fprintf(out, "Sandbox of Constant Contact: nothing here touches the real service.\nAPI        %s/v3\nauthorize  %s%s\ntoken      %s%s\ndevice     %s%s\nclient     %s\n",
		base, base, sandbox.AuthorizePath, base, sandbox.TokenPath, base, sandbox.DevicePath, c.ClientID)
	if management != nil {
		fmt.Fprintf(out, "management http://%s\n", management.Addr())
	}
	if len(o.Chaos.Rules) > 0 {
		fmt.Fprintf(out, "chaos      on; --chaos %d replays it\n", o.Chaos.Seed)
	}
	fmt.Fprintln(out, "Ready.")
}

// serveBoth serves until ctx ends or one of the listeners fails, which ends the other too. There may be no management
// listener.
func serveBoth(ctx context.Context, emulator *sandbox.Server, l, management net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveHTTP(ctx, l, emulator) })
	if management != nil {
		group.Go(func() error { return serveHTTP(ctx, management, emulator.ManagementHandler()) })
	}
	return group.Wait()
}
