package e2e

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// outside is a witness in a process of its own.
type outside struct {
	t    *testing.T
	dir  string
	name string
	port string
	log  string // verifier key of the log it watches
	vkey string
	cmd  *exec.Cmd
}

func newOutside(t *testing.T, name, logVKey string) *outside {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a port that nobody has, to come back to
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	o := &outside{t: t, dir: t.TempDir(), name: name, port: port, log: logVKey}
	o.start()
	return o
}

// start runs `amana witness` and reads its verifier key.
func (o *outside) start() {
	o.t.Helper()
	o.cmd = exec.Command(binary, "witness", "--name", o.name, "--listen", "127.0.0.1:"+o.port, "--key", filepath.Join(o.dir, "key"), "--state", filepath.Join(o.dir, "state"), "--log", o.log)
	o.cmd.Stderr = os.Stderr
	out, err := o.cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, e := fmt.Sscanf(line, "witness %s", &o.vkey); err != nil || e != nil {
		o.t.Fatalf("the witness says %q: %v", line, err)
	}
	o.t.Cleanup(o.kill)
}

func (o *outside) kill() {
	o.cmd.Process.Kill()
	o.cmd.Wait()
}

// policy writes three witnesses into the key file of a folder, two of whom must
// cosign. Of the third the policy knows another key than the process has: what
// it signs is a lie.
func witnessPolicy(t *testing.T, data string, honest, second, liar *outside) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other")
	if _, err := tlog.GenerateKey(path, liar.name, rand.Reader); err != nil {
		t.Fatal(err)
	}
	key, err := tlog.LoadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := key.WitnessVKey()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("witness commission %s http://127.0.0.1:%s\nwitness prosecution %s http://127.0.0.1:%s\nwitness university %s http://127.0.0.1:%s\ngroup outside 2 commission prosecution university\nquorum outside\n",
		honest.vkey, honest.port, second.vkey, second.port, other, liar.port)
	path = filepath.Join(data, "amana.key")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	file["witnesses"] = text
	if raw, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// logKey gives the verifier key of a folder's log.
func logKey(t *testing.T, data string) string {
	t.Helper()
	var shown struct{ LogVKey string }
	if err := json.Unmarshal([]byte(must(t, "key", "show", filepath.Join(data, "amana.key"))), &shown); err != nil {
		t.Fatal(err)
	}
	return shown.LogVKey
}

// until waits for something that must come.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !f(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
	}
}

func checkpoint(t *testing.T, data string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "log", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestTwoOfThreeWitnesses runs three witnesses as processes: one lies all the
// time, one dies and comes back.
func TestTwoOfThreeWitnesses(t *testing.T) {
	data := folder(t)
	vkey := logKey(t, data)
	commission, prosecution, university := newOutside(t, "commission.example/amana", vkey), newOutside(t, "prosecution.example/amana", vkey), newOutside(t, "university.example/amana", vkey)
	witnessPolicy(t, data, commission, prosecution, university)
	s := serve(t, data, "--witness-window", "3s")
	inspector := s.as("inspector")
	health := func() string { return string(kerneltest.NewClient(t, s.url).Get("/health").Body) }

	inspector.Get("/journal")
	until(t, "a checkpoint that two cosigned", func() bool {
		c := checkpoint(t, data)
		return strings.Contains(c, commission.name) && strings.Contains(c, prosecution.name)
	})
	until(t, "an alarm about the liar", func() bool { return strings.Contains(health(), `"witness-silent","about":"university"`) })
	if h := health(); strings.Contains(h, "commission") || strings.Contains(h, "prosecution") {
		t.Errorf("an alarm about a witness that cosigns: %s", h)
	}

	prosecution.kill()
	before := checkpoint(t, data)
	inspector.Get("/journal")
	until(t, "an alarm about the dead one", func() bool { return strings.Contains(health(), `"witness-silent","about":"prosecution"`) })
	if checkpoint(t, data) != before {
		t.Error("a checkpoint was published with one cosignature")
	}
	if text := inspector.Get("/verification").Text(); !strings.Contains(text, "prosecution") {
		t.Errorf("the page does not name it: %s", text)
	}

	prosecution.start()
	until(t, "a checkpoint after it came back", func() bool { return checkpoint(t, data) != before })
	until(t, "the alarm ends", func() bool { return !strings.Contains(health(), "prosecution") })
	s.stop()
	wantClean(t, "--data", data)
}

// TestAForkedLogIsRefused puts an older copy in the place of the folder, with
// the log's key and a memory to match, and lets it grow: the witnesses have
// seen the other one.
func TestAForkedLogIsRefused(t *testing.T) {
	data := folder(t)
	vkey := logKey(t, data)
	commission, prosecution, university := newOutside(t, "commission.example/amana", vkey), newOutside(t, "prosecution.example/amana", vkey), newOutside(t, "university.example/amana", vkey)
	witnessPolicy(t, data, commission, prosecution, university)
	fork := filepath.Join(t.TempDir(), "fork")
	copyTree(t, data, fork)
	for i, folder := range []string{data, fork} {
		s := serve(t, folder, "--witness-window", "3s")
		before := checkpoint(t, folder)
		inspector := s.as("inspector")
		for range 3 + i { // the two take different ways from here
			inspector.Get("/journal")
		}
		if p := inspector.Get("/accesses"); p.Status != http.StatusOK {
			t.Fatal(p.Status)
		}
		if folder == data {
			until(t, "a new checkpoint", func() bool { return checkpoint(t, data) != before })
			s.stop()
			continue
		}
		until(t, "an alarm about the fork", func() bool {
			h := string(kerneltest.NewClient(t, s.url).Get("/health").Body)
			return strings.Contains(h, `"witness-refuses","about":"commission"`) && strings.Contains(h, `"witness-refuses","about":"prosecution"`)
		})
		if checkpoint(t, fork) != before {
			t.Error("the fork published a checkpoint")
		}
		s.kill()
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(kept, []byte(checkpoint(t, data)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, code := verify(t, "--data", fork, "--witness", kept); code != 1 {
		t.Errorf("the fork holds against the checkpoint of the other: exit %d", code)
	}
	wantClean(t, "--data", data, "--witness", kept)
}
