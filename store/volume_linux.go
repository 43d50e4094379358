package store

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// volumeOf asks the kernel what holds a file or folder.
func volumeOf(path string) (volume, error) {
	var about syscall.Statfs_t
	if err := syscall.Statfs(path, &about); err != nil {
		return volume{}, fmt.Errorf("statfs: %w", err)
	}
	v := volume{kind: uint32(about.Type)}
	if v.kind != fuse {
		return v, nil
	}
	var file syscall.Stat_t
	if err := syscall.Stat(path, &file); err != nil {
		return volume{}, fmt.Errorf("stat: %w", err)
	}
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return volume{}, err
	}
	defer mounts.Close()
	v.name, err = mountedAs(fmt.Sprintf("%d:%d", unix.Major(file.Dev), unix.Minor(file.Dev)), mounts)
	return v, err
}
