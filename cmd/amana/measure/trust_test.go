package measure

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/measure/load"
)

// TestSignIns measures a few sign-ins, with the peer where it is installed and
// without it where it is not.
func TestSignIns(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a whole service")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options(t.TempDir())
	o.Self, o.PeerOIDC = self, "peer-oidc"
	if _, err := os.Stat(filepath.Join(o.PeerOIDC, "node_modules")); err != nil {
		t.Log("the peer is not installed; see .ci/run")
	}
	got := run(t, o, "trust")
	for _, name := range []string{"trust.sign-ins", "trust.sign-in.p50", "trust.sign-in.p99", "trust.flows-per-cpu-second"} {
		if got[name].Value <= 0 {
			t.Errorf("%s: %+v", name, got[name])
		}
	}
	if _, err := os.Stat(filepath.Join(o.PeerOIDC, "node_modules")); err == nil {
		if r := got["trust.flows-per-cpu-second"]; r.Share != 2 || r.Ratio <= 0 || !strings.Contains(r.Peer, "oidc-provider 9.13") {
			t.Errorf("%+v", r)
		}
	}
	o.PeerOIDC = t.TempDir()
	if r := run(t, o, "trust")["trust.flows-per-cpu-second"]; r.Value <= 0 || r.Peer != "" || !strings.Contains(r.Note, "not installed") || !r.Met() {
		t.Errorf("without a peer: %+v", r)
	}
}

// TestAProcessIsSeen reads what a process that only counts has used.
func TestAProcessIsSeen(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc")
	}
	busy := exec.Command("sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = busy.Process.Kill()
		_ = busy.Wait()
	}()
	until := time.Now().Add(20 * time.Second)
	for usedBy(busy.Process.Pid) < 3*tick && time.Now().Before(until) {
		time.Sleep(tick)
	}
	if used := usedBy(busy.Process.Pid); used < 3*tick {
		t.Errorf("a busy process used %s", used)
	}
	found := false
	for _, pid := range children(os.Getpid()) {
		found = found || pid == busy.Process.Pid
	}
	if !found {
		t.Error("a child is not seen")
	}
	if usedBy(-1) != 0 {
		t.Error("a process that does not exist used something")
	}
}

// TestASignInThatFailsIsNoFigure: whoever is refused makes the measurement fail.
func TestASignInThatFailsIsNoFigure(t *testing.T) {
	h := &house{}
	var err error
	if h.o.Self, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	l, err := h.startLoad(t.Context(), load.Site{Dial: "127.0.0.1:1", Origin: "http://localhost:1", Key: []byte("none")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if _, err := l.run(load.Phase{Callers: 1, For: time.Millisecond}); err == nil {
		t.Error("a load generator without a provider gave a figure")
	}
}
