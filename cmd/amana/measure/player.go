package measure

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/cmd/amana/measure/load"
	"github.com/amana-platform/amana/kernel/store"
)

// LoadCommand is the command by which this program is the load generator.
const LoadCommand = "bench-load"

// player is a load generator at work.
type player struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func (h *house) startLoad(ctx context.Context, site load.Site) (*player, error) {
	l := &player{cmd: exec.CommandContext(ctx, h.o.Self, LoadCommand)}
	l.cmd.Stderr = os.Stderr
	var err error
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.out = json.NewDecoder(out)
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	return l, json.NewEncoder(l.in).Encode(site)
}

// run lets it do a phase; a sign-in that failed is an error.
func (l *player) run(p load.Phase) (load.Outcome, error) {
	var o load.Outcome
	if err := json.NewEncoder(l.in).Encode(p); err != nil {
		return o, err
	}
	if err := l.out.Decode(&o); err != nil {
		return o, fmt.Errorf("the load generator: %w", err)
	}
	if o.Wrong != "" {
		return o, errors.New(o.Wrong)
	}
	return o, nil
}

func (l *player) close() {
	_ = l.in.Close() // it ends by this
	_ = l.cmd.Wait() // what it said stands
}

// ourProcesses gives the processor time that the service has used: this
// process, the one that signs, and those of a PostgreSQL server on this machine.
func (h *house) ourProcesses(ctx context.Context) (time.Duration, error) {
	total := processor()
	for _, pid := range children(os.Getpid()) {
		if command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && strings.Contains(string(command), "log-signer") {
			total += usedBy(pid)
		}
	}
	server, err := h.server(ctx)
	return total + server, err
}

// server is what the PostgreSQL server has used for its connections and its
// own processes; zero on SQLite. One on another machine is not seen.
func (h *house) server(ctx context.Context) (time.Duration, error) {
	if h.o.Store == "" {
		return 0, nil
	}
	var total time.Duration
	err := h.app.Reader.Each(ctx, "select pid from pg_stat_activity", nil, func(scan store.Scan) error {
		var pid int
		err := scan(&pid)
		if name, e := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); e == nil && strings.TrimSpace(string(name)) == "postgres" {
			total += usedBy(pid)
		}
		return err
	})
	return total, err
}

// tick is the unit of /proc/PID/stat: 100 a second on every Linux there is.
const tick = 10 * time.Millisecond

// usedBy gives the processor time of a process; zero where there is no /proc.
func usedBy(pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, errU := strconv.Atoi(fields[11])
	system, errS := strconv.Atoi(fields[12])
	if errU != nil || errS != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// children lists the processes that a process has started.
func children(parent int) (out []int) {
	all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, path := range all {
		raw, _ := os.ReadFile(path) // a thread that has gone has none
		for f := range strings.FieldsSeq(string(raw)) {
			if pid, err := strconv.Atoi(f); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// peerSettings are what the peer reads.
type peerSettings struct {
	Listen     string         `json:"listen"`
	Origin     string         `json:"origin"`
	Store      string         `json:"store"`
	Client     peerClient     `json:"client"`
	Attributes map[string]any `json:"attributes"`
	Citizens   []peerCitizen  `json:"citizens"`
}

type peerClient struct {
	ID       string          `json:"id"`
	Redirect string          `json:"redirect"`
	Keys     json.RawMessage `json:"keys"`
}

type peerCitizen struct {
	Number string `json:"number"`
	Code   string `json:"code"`
}

// playPeer starts the peer and plays the same against it; nil with the reason
// where it is not installed.
func (h *house) playPeer(ctx context.Context, site load.Site, keys json.RawMessage) (*played, error) {
	node := filepath.Join(h.o.PeerOIDC, "node_modules", ".bin", "node")
	version, err := installed(filepath.Join(h.o.PeerOIDC, "node_modules", "oidc-provider", "package.json"))
	if err == nil {
		_, err = os.Stat(node)
	}
	if err != nil {
		return nil, fmt.Errorf("oidc-provider is not installed (npm install --prefix %s)", h.o.PeerOIDC)
	}
	s := peerSettings{Listen: "127.0.0.1:0", Origin: site.Origin, Store: filepath.Join(h.dir, "peer-oidc.db"), Client: peerClient{site.Client, site.Redirect, keys},
		Attributes: map[string]any{site.InToken[0]: true, site.InInfo[0]: "MEASURED"}}
	if h.o.Store != "" {
		s.Store = h.o.Store
	}
	h.clear("peer-oidc.db")
	defer h.clear("peer-oidc.db")
	for _, c := range site.Citizens {
		s.Citizens = append(s.Citizens, peerCitizen{c.Number, c.Code})
	}
	cmd, word, err := h.startPeer(ctx, node, s)
	if err != nil {
		return nil, fmt.Errorf("the peer does not start: %w", err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		_ = cmd.Wait()
	}()
	site.Dial = "127.0.0.1:" + word[2]
	p, err := h.play(ctx, site, func(ctx context.Context) (time.Duration, error) {
		server, err := h.server(ctx)
		return usedBy(cmd.Process.Pid) + server, err
	})
	if err == nil {
		p.node, p.version = word[1], version
	}
	return p, err
}

// startPeer starts it and gives what it says when it is ready: its node and port.
func (h *house) startPeer(ctx context.Context, node string, s peerSettings) (*exec.Cmd, []string, error) {
	cmd := exec.CommandContext(ctx, node, "--no-warnings", filepath.Join(h.o.PeerOIDC, "provider.mjs"))
	cmd.Env = append(os.Environ(), "NODE_ENV=production")
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(raw)), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if word := strings.Fields(lines.Text()); len(word) == 3 && word[0] == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }() // it may say more
			return cmd, word, nil
		}
	}
	return nil, nil, errors.Join(errors.New("it never was ready"), cmd.Wait())
}

// installed gives the version of an npm package.
func installed(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var p struct{ Version string }
	err = json.Unmarshal(raw, &p)
	return p.Version, err
}
