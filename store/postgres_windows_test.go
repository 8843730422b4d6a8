package store

import "os/exec"

func asUser(c *exec.Cmd, dir string) *exec.Cmd {
	c.Dir = dir
	return c
}
