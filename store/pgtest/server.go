package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a PostgreSQL of our own, which listens on a socket in its folder and nowhere else.
type server struct {
	dir   string
	url   *url.URL
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan error
}

// start makes a cluster and starts a server on it.
func start() (*server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	s := &server{ended: make(chan error, 1)}
	if s.dir, err = os.MkdirTemp("", "winnow-postgres-"); err != nil {
		return nil, err
	}
	if err := s.launch(programs); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) launch(programs string) error {
	who, err := unprivileged()
	if err != nil {
		return err
	}
	if who != nil {
		if err := os.Chown(s.dir, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", s.data(), "-U", "postgres", "--auth=trust", "--no-sync",
		"--encoding=UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	initdb.Dir = s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	s.url = &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {s.dir}}.Encode()}
	s.cmd = exec.Command(filepath.Join(programs, "postgres"), "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "max_connections=300", "-c", "autovacuum=off")
	s.cmd.Dir = s.dir
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	endWithUs(s.cmd.SysProcAttr)
	if err := s.run(); err != nil {
		return err
	}
	return s.wait()
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

// run starts the server from a thread that lives as long as the test binary: the death that the server is told of is that of
// the thread.
func (s *server) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			s.ended <- s.cmd.Wait()
		}
	}()
	return <-started
}

// wait returns when the server answers.
func (s *server) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.url.String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case err := <-s.ended:
			s.cmd = nil
			return fmt.Errorf("PostgreSQL ended: %w: %s", err, s.said.String())
		}
	}
}

// stop ends the server, without waiting for connections that are still open, and removes its folder.
func (s *server) stop() error {
	if s.cmd != nil && s.cmd.Process != nil {
		if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			return err
		}
		var ended *exec.ExitError
		if err := <-s.ended; err != nil && !errors.As(err, &ended) { // told to end at once, it ends with a status
			return err
		}
	}
	return os.RemoveAll(s.dir)
}

// find returns the folder of initdb and postgres: that of the newest version that is installed, or where PATH has them.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && isThere(filepath.Join(filepath.Dir(path), "postgres")) {
			return filepath.Dir(path), nil
		}
	}
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	for _, folder := range folders {
		if isThere(filepath.Join(folder, "initdb")) && isThere(filepath.Join(folder, "postgres")) {
			return folder, nil
		}
	}
	return "", errMissing
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder))) // 0 for what is no version
	return n
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// unprivileged is who the server runs as, because it refuses to run as root: nil for whoever we are.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root: %w", errors.Join(errs...))
}
