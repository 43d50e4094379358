package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"winnow/store"
)

// The kinds of file systems, from include/uapi/linux/magic.h.
const (
	ext, xfs, btrfs, zfs, tmpfs, overlay, fuse = 0xEF53, 0x58465342, 0x9123683E, 0x2FC12FC1, 0x01021994, 0x794C7630, 0x65735546
	nfs, smb, cifs, smb2, afs, ceph            = 0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x5346414F, 0x00C36400
)

func TestANetworkDiskIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind    uint32
		mounted string
		says    string // how the refusal ends, empty: it opens
	}{
		"ext4": {kind: ext}, "xfs": {kind: xfs}, "btrfs": {kind: btrfs}, "zfs": {kind: zfs}, "tmpfs": {kind: tmpfs},
		"overlay": {kind: overlay}, "an encrypted folder": {fuse, "fuse.gocryptfs", ""}, "a drive": {fuse, "fuseblk", ""},
		"shared with a virtual machine": {fuse, "virtiofs", ""}, "a container's layers": {fuse, "fuse.fuse-overlayfs", ""},
		"not known": {kind: 1},
		"NFS":       {nfs, "", "(NFS)"}, "SMB 1": {smb, "", "(SMB)"}, "CIFS": {cifs, "", "(CIFS)"}, "SMB 2": {smb2, "", "(SMB)"},
		"AFS": {afs, "", "(AFS)"}, "Ceph": {ceph, "", "(Ceph)"}, "sshfs": {fuse, "fuse.sshfs", "(sshfs)"},
		"Gluster": {fuse, "fuse.glusterfs", "(glusterfs)"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "winnow.db")
			db, err := store.OpenOn(t.Context(), store.Options{Path: path}, c.kind, c.mounted)
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, store.ErrNetworkDisk) || !strings.Contains(err.Error(), path) || !strings.HasSuffix(err.Error(), c.says) {
				t.Errorf("%v, want it refused with the path and %s", err, c.says)
			}
			if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
				t.Errorf("%d files were made before it was refused, %v", len(left), err)
			}
		})
	}
}
