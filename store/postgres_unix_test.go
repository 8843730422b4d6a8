//go:build unix

package store

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// asUser lets c run in dir as somebody else where we are root, since PostgreSQL
// does not run as root.
func asUser(c *exec.Cmd, dir string) *exec.Cmd {
	c.Dir = dir
	u, err := user.Lookup("postgres")
	if os.Getuid() != 0 || err != nil {
		return c
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	_ = os.Chown(dir, uid, gid)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return c
}
