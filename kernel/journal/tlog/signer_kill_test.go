package tlog

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// signForever is the signer in a process of its own; see TestMain.
func signForever(socket string) {
	key, err := LoadKey(os.Getenv("TLOG_TEST_SKEY"))
	if err == nil {
		_ = os.Remove(socket) // left by the one that was killed
		var ln net.Listener
		if ln, err = net.Listen("unix", socket); err == nil {
			err = ServeSigner(context.Background(), ln, SignerOptions{Key: key, StateFile: os.Getenv("TLOG_TEST_STATE"), LogDir: os.Getenv("TLOG_TEST_LOG")})
		}
	}
	fmt.Fprintln(os.Stderr, "signer:", err)
	os.Exit(1)
}

// TestSignerKilledWhileSigning kills the signer's process again and again: no
// checkpoint is out that it does not remember, and each new one goes on.
func TestSignerKilledWhileSigning(t *testing.T) {
	w := newWorld(t, "log.example/signer-killed")
	w.stop()
	keyFile := t.TempDir() + "/key"
	text := fmt.Sprintf("%s\n", skeyOf(w.key))
	must(t, createFile(keyFile, []byte(text)))
	l := w.open()
	var published uint64
	for round := range int64(4) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "TLOG_TEST_SIGN="+w.socket, "TLOG_TEST_SKEY="+keyFile, "TLOG_TEST_STATE="+w.state, "TLOG_TEST_LOG="+w.dir)
		must(t, cmd.Start())
		at := w.grow(l, round*20+1, 10)
		_, err := l.Append(t.Context(), testLeaves(round*20+11, 10)) // these may or may not be signed in time
		must(t, err)
		time.Sleep(time.Duration(round) * 40 * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		c := latest(t, l)
		m, err := readMemory(w.state)
		must(t, err)
		if kept := m[w.origin]; kept.Size < c.Size || kept.Size == c.Size && kept.Root != c.Root || c.Size <= at[9] || c.Size < published {
			t.Errorf("round %d: published %d after %d, remembered %d", round, c.Size, published, kept.Size)
		}
		published = c.Size
	}
}

// skeyOf writes a key back in its file's form.
func skeyOf(k SignerKey) string {
	seed := k.Signer.(ed25519.PrivateKey).Seed()
	p, _ := k.public()
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", k.Name, keyHash(k.Name, algEd25519, p), base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, seed...)))
}
