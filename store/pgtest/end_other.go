//go:build unix && !linux

package pgtest

import "syscall"

// endWithUs cannot be asked of other systems: there a killed test binary leaves its server.
func endWithUs(*syscall.SysProcAttr) {}
