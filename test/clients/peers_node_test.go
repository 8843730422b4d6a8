package clients

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// nodePeer is a client in a process of Node.
type nodePeer struct {
	process *nodeProcess
	a       *account
	s       *seen
	answers chan []part
}

func (p *nodePeer) seen() *seen { return p.s }

// nodeProcess follows many accounts, by their rows.
type nodeProcess struct {
	script string
	next   *nodeProcess
	mu     sync.Mutex
	in     io.WriteCloser
	peers  map[string]*nodePeer
	ready  chan struct{} // when it has loaded its modules
}

// nodePeers opens the accounts of all rows in one process, but for those whose
// keys live fast, which may disturb the others. The second is also what takes the
// place of the first for one of them: a client's modules take seconds to load.
func nodePeers(t *testing.T, script, module string) opener {
	needNode(t, module)
	p := startNode(t, script)
	p.next = startNode(t, script)
	p.wait(t)
	p.next.wait(t)
	return func(t *testing.T, a *account) client {
		if a.fast {
			return p.next.open(t, a)
		}
		return p.open(t, a)
	}
}

func needNode(t *testing.T, module string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat("node_modules/" + module); err != nil {
		t.Skipf("%s is not installed: run `npm ci` in test/clients", module)
	}
}

// startNode runs a script until the test ends.
func startNode(t *testing.T, script string) *nodeProcess {
	t.Helper()
	c := exec.Command("node", script)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := &nodeProcess{script: script, in: in, peers: map[string]*nodePeer{}, ready: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(out)
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		<-read
		c.Wait() // it was killed
	})
	return p
}

func (p *nodeProcess) wait(t *testing.T) {
	t.Helper()
	select {
	case <-p.ready:
	case <-time.After(time.Minute):
		t.Fatalf("%s has not begun after a minute", p.script)
	}
}

// read takes lines until the process ends. Some are no JSON: a client's own log.
func (p *nodeProcess) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var m struct {
			ID, Told, BEP string
			Wallets       map[string]string
			Parts         [][3]string
			Ready         bool
		}
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			continue
		}
		p.mu.Lock()
		peer := p.peers[m.ID]
		p.mu.Unlock()
		switch {
		case m.Ready:
			close(p.ready)
		case peer == nil:
		case m.Parts != nil:
			parts := []part{}
			for _, r := range m.Parts {
				parts = append(parts, part{r[0], r[1], r[2]})
			}
			peer.answers <- parts
		case m.Wallets != nil:
			peer.s.hold(m.Wallets)
		case m.Told != "":
			peer.s.tell(m.Told)
		case m.BEP != "":
			peer.s.price(m.BEP)
		}
	}
}

func (p *nodeProcess) open(t *testing.T, a *account) client {
	t.Helper()
	peer := &nodePeer{process: p, a: a, s: &seen{}, answers: make(chan []part, 100)}
	p.mu.Lock()
	p.peers[a.row] = peer
	p.mu.Unlock()
	faster := 1
	if a.fast {
		faster = scale
	}
	p.send(t, map[string]any{"act": "open", "id": a.row, "url": a.v.URL(), "streams": a.v.StreamURL(), "key": a.cred.APIKey, "secret": a.cred.APISecret, "scale": faster, "snapshots": a.snapshots})
	t.Cleanup(func() { p.send(t, map[string]any{"act": "close", "id": a.row}) })
	return peer
}

func (p *nodeProcess) send(t *testing.T, m map[string]any) {
	t.Helper()
	line, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		t.Fatalf("%s has ended: %v", p.script, err)
	}
}

func (p *nodePeer) parts(t *testing.T) []part {
	t.Helper()
	p.process.send(t, map[string]any{"act": "parts", "id": p.a.row})
	select {
	case parts := <-p.answers:
		return parts
	case <-time.After(within):
		return nil
	}
}

// again is in the other process, which has heard nothing of the account.
func (p *nodePeer) again(t *testing.T) client { return p.process.next.open(t, p.a) }
