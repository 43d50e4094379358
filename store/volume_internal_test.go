package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mounts are lines of /proc/self/mountinfo; the fields between the sixth and the dash may be none or several.
const mounts = `22 28 0:21 / /proc rw,nosuid - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
90 28 0:45 / /home/ann/far rw,nosuid,nodev shared:5 master:2 - fuse.sshfs ann@far:/data rw,user_id=1000
91 28 0:46 / /with\040space - rw - fuse.x y rw
92 28 0:47 / /cut`

func TestMountsAreFoundByTheirDevice(t *testing.T) {
	for device, want := range map[string]string{"0:45": "fuse.sshfs", "8:1": "ext4", "0:21": "proc", "0:4": "", "0:47": ""} {
		if got, err := mountedAs(device, strings.NewReader(mounts)); got != want || err != nil {
			t.Errorf("%s is mounted as %q, %v, want %q", device, got, err, want)
		}
	}
}

// TestTheKernelKnowsWhatHoldsAFile asks about the file systems that every Linux has.
func TestTheKernelKnowsWhatHoldsAFile(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err != nil {
		if v, err := volumeOf(t.TempDir()); err != nil || v.network() != "" {
			t.Errorf("without Linux: %+v, %v", v, err)
		}
		return
	}
	const proc = 0x9fa0 // include/uapi/linux/magic.h
	if v, err := volumeOf("/proc/self"); err != nil || v.kind != proc {
		t.Errorf("/proc/self is on %+v, %v", v, err)
	}
	if v, err := volumeOf(t.TempDir()); err != nil || v.kind == 0 || v.network() != "" {
		t.Errorf("a temporary folder is on %+v, %v", v, err)
	}
	if _, err := volumeOf(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("what holds a file that is not there is known")
	}
}
