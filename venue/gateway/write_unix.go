//go:build unix

package gateway

import "syscall"

const canTry = true

// tryWrite writes what the kernel takes without waiting: -1 when the socket is
// broken.
func tryWrite(fd uintptr, b []byte) (sent int) {
	for sent < len(b) {
		n, err := syscall.Write(int(fd), b[sent:])
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return sent
		case err != nil || n <= 0:
			return -1
		default:
			sent += n
		}
	}
	return sent
}
