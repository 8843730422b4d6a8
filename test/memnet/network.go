package memnet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// Network is a set of listeners that can be dialled. Make it with New; its
// methods may be called by many goroutines.
type Network struct {
	mu        sync.Mutex
	port      int
	listeners map[string]*listener
	conns     []*Conn // the dialling ends of those that are open
	refuse    bool
	stall     bool
	dials     int
}

// New returns an empty network.
func New() *Network { return &Network{port: 1023, listeners: map[string]*listener{}} }

// backlog is how many connections wait to be accepted.
const backlog = 1024

type listener struct {
	n      *Network
	addr   addr
	accept chan *Conn
	gone   chan struct{}
	once   sync.Once
}

type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

// Listen serves an address like 127.0.0.1:80; with port 0, or none, it draws a
// free one.
func (n *Network) Listen(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, "0"
	}
	if host == "" {
		host = "127.0.0.1"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "0" {
		n.port++
		port = strconv.Itoa(n.port)
	}
	at := net.JoinHostPort(host, port)
	if n.listeners[at] != nil {
		return nil, fmt.Errorf("memnet: listen %s: %w", at, syscall.EADDRINUSE)
	}
	l := &listener{n: n, addr: addr(at), accept: make(chan *Conn, backlog), gone: make(chan struct{})}
	n.listeners[at] = l
	return l, nil
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.gone:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		l.n.mu.Lock()
		delete(l.n.listeners, string(l.addr))
		l.n.mu.Unlock()
		close(l.gone)
		for { // those that nobody accepted
			select {
			case c := <-l.accept:
				c.Reset()
			default:
				return
			}
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.addr }

// Dial connects to a listener. It fits net.Dialer.DialContext.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	l := n.listeners[address]
	if l == nil || n.refuse {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: syscall.ECONNREFUSED}
	}
	n.port++
	client, server := pair(n, addr(net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port))), l.addr)
	select {
	case l.accept <- server:
	default:
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: syscall.ECONNREFUSED}
	}
	client.stalled.Store(n.stall)
	server.stalled.Store(n.stall)
	n.conns = append(n.conns, client)
	return client, nil
}

// Dials is how many connections were tried.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// Refuse has dials fail while it is on.
func (n *Network) Refuse(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refuse = on
}

// Cut resets every connection: both ends see ECONNRESET.
func (n *Network) Cut() {
	for _, c := range n.Conns() {
		c.Reset()
	}
}

// Stall has every connection, and each new one, swallow what is written: nobody
// is told, as when a cable is pulled. What was swallowed does not come later.
func (n *Network) Stall(on bool) {
	n.mu.Lock()
	n.stall = on
	n.mu.Unlock()
	for _, c := range n.Conns() {
		c.Stall(on)
	}
}

// Conns returns the dialling ends of the open connections, oldest first.
func (n *Network) Conns() []*Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.conns)
}

func (n *Network) forget(c *Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns = slices.DeleteFunc(n.conns, func(other *Conn) bool { return other == c || other == c.peer })
}
