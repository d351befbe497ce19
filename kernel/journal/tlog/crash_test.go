package tlog

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TLOG_TEST_APPEND"); dir != "" {
		appendForever(dir, os.Getenv("TLOG_TEST_SKEY"))
		return
	}
	if socket := os.Getenv("TLOG_TEST_SIGN"); socket != "" {
		signForever(socket)
	}
	os.Exit(m.Run())
}

// appendForever does what the journal's follower does: it sees what is in,
// goes on after that, and says on standard output what was acknowledged.
func appendForever(dir, keyFile string) {
	ctx := context.Background()
	l, err := openPlain(dir, keyFile)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	sent, err := strconv.ParseInt(os.Getenv("TLOG_TEST_FROM"), 10, 64)
	for ; err == nil; sent += 50 {
		var at []uint64
		if at, err = l.Append(ctx, testLeaves(sent, 50)); err == nil {
			fmt.Println("acked", sent, at[0])
		}
	}
	fmt.Println("error", err)
}

func openPlain(dir, keyFile string) (*Log, error) {
	key, err := LoadKey(keyFile)
	if err != nil {
		return nil, err
	}
	signer, err := key.Note()
	if err != nil {
		return nil, err
	}
	vkey, err := key.VKey()
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return Open(context.Background(), Options{Dir: dir, Origin: key.Name, Signer: signer, Verifier: verifier, CheckpointInterval: 100 * time.Millisecond, BatchAge: 2 * time.Millisecond})
}

// TestKilledWhileAppending kills the writer again and again. Nothing that was
// acknowledged may be lost or stand elsewhere; what was not acknowledged is
// sent again, and readers count a leaf that stands twice once.
func TestKilledWhileAppending(t *testing.T) {
	dir, keyFile := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), "key")
	vkey, err := GenerateKey(keyFile, "log.example/killed", crand.Reader)
	must(t, err)
	acked := map[uint64]int64{} // index of a batch -> its first seq
	next := int64(1)
	kills := 6
	if testing.Short() {
		kills = 2
	}
	for range kills {
		next = killOnce(t, dir, keyFile, max(1, next-50*rand.Int64N(2)), acked) // its cursor may have stayed behind
	}
	l, err := openPlain(dir, keyFile)
	must(t, err)
	defer l.Close(context.Background())
	at, err := l.Append(t.Context(), testLeaves(next, 1))
	must(t, err)
	waitCovered(t, l, at[0])

	var order Order
	twice := 0
	r, err := CheckLog(t.Context(), dir, vkey, nil, func(_ uint64, leaf Leaf) error {
		fresh, err := order.Add(leaf)
		if !fresh {
			twice++
		}
		return err
	})
	must(t, err)
	must(t, order.Complete())
	if order.Last(testHome) != next {
		t.Errorf("complete up to %d, not %d", order.Last(testHome), next)
	}
	for index, seq := range acked {
		for k := range int64(50) {
			leaf, err := leafAt(l, index+uint64(k))
			if err != nil || leaf != testLeaf(seq+k) {
				t.Fatalf("acknowledged seq %d at %d is lost: %+v, %v", seq+k, index+uint64(k), leaf, err)
			}
		}
	}
	t.Logf("%d kills, %d batches acknowledged, %d leaves, %d stand twice", kills, len(acked), r.Leaves, twice)
}

func leafAt(l *Log, index uint64) (leaf Leaf, err error) {
	err = l.Scan(context.Background(), index, func(_ uint64, got Leaf) error { leaf = got; return io.EOF })
	if leaf.Seq != 0 {
		err = nil
	}
	return leaf, err
}

// killOnce gives the seq after the last acknowledged one.
func killOnce(t *testing.T, dir, keyFile string, next int64, acked map[uint64]int64) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TLOG_TEST_APPEND="+dir, "TLOG_TEST_SKEY="+keyFile, fmt.Sprintf("TLOG_TEST_FROM=%d", next))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	enough := 3 + rand.IntN(20)
	for s := bufio.NewScanner(out); s.Scan(); {
		var seq int64
		var index uint64
		if strings.HasPrefix(s.Text(), "error") {
			t.Fatal(s.Text())
		}
		if n, _ := fmt.Sscanf(s.Text(), "acked %d %d", &seq, &index); n == 2 {
			acked[index] = seq
			next = max(next, seq+50)
		}
		if enough--; enough == 0 {
			time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
			must(t, cmd.Process.Kill()) // SIGKILL; what is still in the pipe was acknowledged too
		}
	}
	_ = cmd.Wait()
	return next
}
