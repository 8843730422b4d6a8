// Package disk is what files that must last need besides package os: a lock that
// the kernel lets go when its holder dies, a sync that waits for a file's bytes,
// and one that waits for its name.
package disk
