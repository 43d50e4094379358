package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNetworkDisk means that the database would lie on a disk of another machine.
var ErrNetworkDisk = errors.New("it lies on a network file system, where SQLite loses data: a lock may not hold and what was" +
	" written may not be on the disk. Put the data folder on a disk of this machine, or use PostgreSQL")

// volume is what holds a file: the number that Linux gives each kind of file system, and for FUSE, which many share, its name.
type volume struct {
	kind uint32
	name string
}

// fuse is the kind of every file system that a program of its own provides, from include/uapi/linux/magic.h.
const fuse = 0x65735546

// networkKinds are those whose files are on another machine, from include/uapi/linux/magic.h, fs/ceph/super.h and fs/coda.
var networkKinds = map[uint32]string{
	0x6969:     "NFS",
	0x517B:     "SMB",
	0xFF534D42: "CIFS",
	0xFE534D42: "SMB",
	0x5346414F: "AFS",
	0x6B414653: "AFS",
	0x73757245: "Coda",
	0x00C36400: "Ceph",
	0x0BD00BD0: "Lustre",
}

// networkPrograms are the FUSE file systems whose files are on another machine, as a mount names them. Others are let through:
// drives of NTFS, encrypted folders, and what the engines of containers lay over each other are FUSE as well.
var networkPrograms = []string{
	"sshfs", "s3fs", "mountpoint-s3", "goofys", "gcsfuse", "blobfuse", "blobfuse2", "rclone", "glusterfs", "ceph-fuse", "juicefs",
	"mfs", "curlftpfs", "davfs", "davfs2",
}

// network is the name of a network file system, or empty for any other.
func (v volume) network() string {
	program := strings.TrimPrefix(v.name, "fuse.")
	if v.kind == fuse && slices.Contains(networkPrograms, program) {
		return program
	}
	return networkKinds[v.kind]
}

// refuseNetwork refuses a path on a network file system, whether its file is there already or not. What cannot be found out is
// let through: the locks and the log of the database are still tried.
func (db *DB) refuseNetwork(path string) error {
	if _, err := os.Stat(path); err != nil {
		path = filepath.Dir(path)
	}
	v, err := db.volumeOf(path)
	if err != nil {
		db.log.Warn("the kind of the file system is not known", "path", path, "error", err)
		return nil
	}
	if name := v.network(); name != "" {
		return fmt.Errorf("%w (%s)", ErrNetworkDisk, name)
	}
	return nil
}

// mountedAs finds the name of the file system with a device number (major:minor) in the kernel's list of mounts, proc(5).
func mountedAs(device string, mounts io.Reader) (string, error) {
	all, err := io.ReadAll(mounts)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(all)) {
		mount, kind, _ := strings.Cut(line, " - ")
		fields, about := strings.Fields(mount), strings.Fields(kind)
		if len(fields) > 2 && fields[2] == device && len(about) > 0 {
			return about[0], nil
		}
	}
	return "", nil
}
