package main

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"syscall"
)

// traced is the console under strace: two processes in a group of their own.
type traced struct {
	cmd   *exec.Cmd
	lines []string // what strace wrote, once it is done
	calls int      // of the kind that was asked for
	done  chan struct{}
}

// read counts calls as strace tells them, and kills the process at the n-th.
func (p *traced) read(lines io.ReadCloser, call string, n int) {
	defer lines.Close()
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		p.lines = append(p.lines, scanner.Text())
		if !strings.Contains(scanner.Text(), call) {
			continue
		}
		if p.calls++; p.calls == n {
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		}
	}
}

func (p *traced) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *traced) kill() {
	if !p.ended() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
	<-p.done
}
