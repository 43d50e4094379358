package config

import (
	"errors"
	"fmt"
	"net"
)

const (
	// DefaultOpsListen is where metrics and health checks are, unless told otherwise: 9464 is what OpenTelemetry's exporters
	// for Prometheus use.
	DefaultOpsListen = "127.0.0.1:9464"
	// off is how a variable, which cannot be told from an unset one when it is empty, says that something is not wanted.
	off = "off"
	// minOpsPassword is the least length of the operators' password, in bytes: it can be tried by everybody who reaches the
	// listener.
	minOpsPassword = 12
)

// finishOperations fills in the default. A sandbox has none, so that any number of them run on one machine.
func (s *Serve) finishOperations() {
	switch {
	case s.OpsListen == off:
		s.OpsListen = ""
	case s.OpsListen == "" && !s.SandboxMode():
		s.OpsListen = DefaultOpsListen
	}
}

func (s *Serve) validateOperations() error {
	if s.OpsListen != "" {
		if _, _, err := net.SplitHostPort(s.OpsListen); err != nil {
			return fmt.Errorf("--ops-listen must be an address such as %s, or off: %w", DefaultOpsListen, err)
		}
	}
	switch {
	case (s.OpsUser == "") != (s.OpsPassword == ""):
		return errors.New("--ops-user and --ops-password belong together: set both or none")
	case s.OpsPassword != "" && len(s.OpsPassword) < minOpsPassword:
		return fmt.Errorf("--ops-password is too short: at least %d characters", minOpsPassword)
	case s.OpsPassword != "" && s.OpsListen == "":
		return errors.New("--ops-password is set but --ops-listen is off: nothing would ask for it")
	}
	return nil
}
