package tlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"
)

func TestCheckLogReadsEverything(t *testing.T) {
	for _, n := range []int64{1, 255, 256, 257, 773, 1024} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, "log.example/check")
			must(t, w.filled(n).Close(t.Context()))
			next := uint64(0)
			r, err := CheckLog(t.Context(), w.dir, w.vkey, nil, func(index uint64, leaf Leaf) error {
				if index != next || leaf != testLeaf(int64(index)+1) {
					t.Errorf("index %d after %d: %+v", index, next, leaf)
				}
				next++
				return nil
			})
			must(t, err)
			if r.Leaves != uint64(n) || r.Size != uint64(n) || r.Bundles != int(n+255)/256 {
				t.Errorf("report %+v", r)
			}
		})
	}
}

func TestCheckLogOfNothing(t *testing.T) {
	w := newWorld(t, "log.example/empty")
	must(t, w.open().Close(t.Context()))
	r, err := CheckLog(t.Context(), w.dir, w.vkey, nil, nil)
	if err != nil || r.Size != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCheckLogNamesTheAlteredFile flips, cuts, lengthens and removes each
// file that the checkpoint needs.
func TestCheckLogNamesTheAlteredFile(t *testing.T) {
	w := newWorld(t, "log.example/tamper")
	w.o.BatchSize = 773
	must(t, w.filled(773).Close(t.Context()))
	if _, err := CheckLog(t.Context(), w.dir, w.vkey, nil, nil); err != nil {
		t.Fatal(err)
	}
	needed := []string{
		"checkpoint", "tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003.p/5", "tile/1/000.p/3",
		"tile/entries/000", "tile/entries/001", "tile/entries/002", "tile/entries/003.p/5",
	}
	for _, name := range needed {
		path := filepath.Join(w.dir, name)
		good, err := os.ReadFile(path)
		must(t, err)
		for what, bad := range alterations(good) {
			if bad == nil {
				must(t, os.Remove(path))
			} else {
				must(t, os.WriteFile(path, bad, 0o644))
			}
			_, err := CheckLog(t.Context(), w.dir, w.vkey, nil, nil)
			var d *Damage
			if !errors.As(err, &d) || d.Path != name {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		must(t, os.WriteFile(path, good, 0o644))
	}
	_, err := CheckLog(t.Context(), w.dir, w.vkey, nil, nil)
	must(t, err)
}

func alterations(good []byte) map[string][]byte {
	flip := func(i int) []byte {
		b := append([]byte(nil), good...)
		b[i] ^= 1
		return b
	}
	return map[string][]byte{
		"first byte": flip(0), "middle byte": flip(len(good) / 2), "last byte": flip(len(good) - 1),
		"cut": good[:len(good)-1], "longer": append(append([]byte(nil), good...), 0), "removed": nil, "emptied": {},
	}
}

// TestCheckLogFindsAConsistentForgery rewrites a leaf and every tile above it.
func TestCheckLogFindsAConsistentForgery(t *testing.T) {
	w := newWorld(t, "log.example/rewritten")
	w.o.BatchSize = 300
	must(t, w.filled(300).Close(t.Context()))
	signed, err := os.ReadFile(w.dir + "/checkpoint")
	must(t, err)

	forged := newWorld(t, "log.example/rewritten")
	forged.o.BatchSize = 300
	l := forged.open()
	leaves := testLeaves(1, 300)
	leaves[17].Commitment[0] ^= 1
	at, err := l.Append(t.Context(), leaves)
	must(t, err)
	waitCovered(t, l, at[299])
	must(t, l.Close(t.Context()))
	must(t, os.WriteFile(forged.dir+"/checkpoint", signed, 0o644))
	var d *Damage
	if _, err := CheckLog(t.Context(), forged.dir, w.vkey, nil, nil); !errors.As(err, &d) || !strings.Contains(d.Says, "root") {
		t.Error(err)
	}
}

func TestCheckLogStopsWhenVisitFails(t *testing.T) {
	w := newWorld(t, "log.example/stop")
	must(t, w.filled(3).Close(t.Context()))
	stop := errors.New("enough")
	if _, err := CheckLog(t.Context(), w.dir, w.vkey, nil, func(uint64, Leaf) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CheckLog(ctx, w.dir, w.vkey, nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestLogHoldsNothingButLeaves looks at every byte that outsiders may read.
func TestLogHoldsNothingButLeaves(t *testing.T) {
	w := newWorld(t, "log.example/bytes")
	must(t, w.filled(20).Close(t.Context()))
	must(t, filepath.WalkDir(filepath.Join(w.dir, "tile", "entries"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for len(raw) > 0 && err == nil {
			var one [][]byte
			one, raw, err = splitBundle(raw, 1)
			if err == nil {
				_, err = ParseLeaf(one[0])
			}
		}
		return err
	}))
}

func TestTreeRootAgreesWithXMod(t *testing.T) {
	for n := 1; n <= 256; n *= 2 {
		hashes := make([]merkle.Hash, n)
		stored := map[int64]merkle.Hash{}
		for i := range hashes {
			hashes[i] = testLeaf(int64(i) + 1).Hash()
			more, err := merkle.StoredHashesForRecordHash(int64(i), hashes[i], reader(stored))
			must(t, err)
			for k, h := range more {
				stored[merkle.StoredHashIndex(0, int64(i))+int64(k)] = h
			}
		}
		want, err := merkle.TreeHash(int64(n), reader(stored))
		must(t, err)
		if treeRoot(hashes) != want {
			t.Errorf("%d leaves", n)
		}
	}
}

func reader(stored map[int64]merkle.Hash) merkle.HashReaderFunc {
	return func(indexes []int64) ([]merkle.Hash, error) {
		out := make([]merkle.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	}
}

func BenchmarkCheckLog(b *testing.B) {
	w := newWorld(b, "log.example/bench")
	w.o.BatchSize = 8192
	l := w.open()
	_, err := l.Append(b.Context(), testLeaves(1, 100_000))
	must(b, err)
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	must(b, l.WaitCovered(ctx, 99_999))
	must(b, l.Close(b.Context()))
	b.ReportAllocs()
	for b.Loop() {
		_, err := CheckLog(b.Context(), w.dir, w.vkey, nil, nil)
		must(b, err)
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}

func BenchmarkAppend(b *testing.B) {
	l := newWorld(b, "log.example/bench").open()
	seq := int64(1)
	for b.Loop() {
		_, err := l.Append(b.Context(), testLeaves(seq, 1024))
		must(b, err)
		seq += 1024
	}
	b.ReportMetric(1024*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
