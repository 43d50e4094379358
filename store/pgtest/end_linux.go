package pgtest

import "syscall"

// endWithUs has the server end at once with all its processes when the test binary dies.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
