package app

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/shamir"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func keyFile(t testing.TB) *KeyFile {
	t.Helper()
	k, err := NewKeyFile(filepath.Join(t.TempDir(), "a.key"), "police.example/amana", "Police", noon)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func read(t testing.TB, k *KeyFile) *KeyFile {
	t.Helper()
	got, err := ReadKeyFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestMasterChangeInTheFile: both masters stand in the file until the end, the
// addresses of files never change, the drafts' key does, and an older copy of
// the file is understood.
func TestMasterChangeInTheFile(t *testing.T) {
	k := keyFile(t)
	first, blobs, modules, drafts := slices.Clone(k.Master), k.Derive(useBlobs), k.Derive(useModules), k.Derive(useDrafts)
	old := read(t, k)
	a := &App{keyFile: k.path}
	for range 2 { // the second time it was begun already
		if err := a.BeginMasterChange(); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, k)
	if !bytes.Equal(got.Previous, first) || bytes.Equal(got.Master, first) {
		t.Error("the file does not hold both masters")
	}
	if !bytes.Equal(got.Derive(useBlobs), blobs) || !bytes.Equal(got.Derive(useModules), modules) || bytes.Equal(got.Derive(useDrafts), drafts) || !bytes.Equal(got.before(useDrafts), drafts) || got.before(useBlobs) != nil {
		t.Error("the derived keys are not as they should be")
	}
	if info, err := os.Stat(k.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	got.Previous = nil
	if err := got.save(); err != nil {
		t.Fatal(err)
	}
	if err := a.BeginMasterChange(); err != nil { // a second change
		t.Fatal(err)
	}
	again := read(t, k)
	if !bytes.Equal(again.Derive(useBlobs), blobs) || !bytes.Equal(again.Previous, got.Master) {
		t.Error("a second change moved what is fixed")
	}
	if err := again.Expect(old); err == nil {
		t.Error("a change that is not finished was forgotten")
	}
	again.Previous = nil
	if err := again.save(); err != nil {
		t.Fatal(err)
	}
	if err := again.Expect(old); err != nil || !bytes.Equal(read(t, k).Previous, first) {
		t.Errorf("%v", err)
	}
}

// TestAnotherServicesKeyIsNotExpected: its master never comes into the file, not
// even until the backup turns out to be of another house.
func TestAnotherServicesKeyIsNotExpected(t *testing.T) {
	k, foreign := keyFile(t), keyFile(t)
	if err := k.Expect(foreign); err == nil || read(t, k).Previous != nil || k.Previous != nil {
		t.Errorf("%v", err)
	}
	k.Former = append(k.Former, FormerLog{Origin: foreign.Origin, LogVKey: foreign.LogVKey})
	if err := k.Expect(foreign); err != nil || !bytes.Equal(read(t, k).Previous, foreign.Master) {
		t.Errorf("of a log that this service had before: %v", err)
	}
}

// TestKeyFileIsReplacedWhole: what a kill left beside the file does no harm.
func TestKeyFileIsReplacedWhole(t *testing.T) {
	k := keyFile(t)
	if err := os.WriteFile(k.path+".new", []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&App{keyFile: k.path}).BeginMasterChange(); err != nil {
		t.Fatal(err)
	}
	read(t, k)
	if exists(k.path + ".new") {
		t.Error("the half file is still there")
	}
	if err := os.WriteFile(k.path, []byte(`{"master":"AAAA","previous":"AAAA"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeyFile(k.path); err == nil {
		t.Error("a master of three bytes was taken")
	}
}

// TestSplitAndJoin: any three of five restore every secret that cannot be made
// anew, also in the middle of a change; other shares are refused.
func TestSplitAndJoin(t *testing.T) {
	k := keyFile(t)
	if err := (&App{keyFile: k.path}).BeginMasterChange(); err != nil {
		t.Fatal(err)
	}
	k = read(t, k)
	shares, err := k.Split(5, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, some := range [][]shamir.Paper{shares[:3], shares[2:], {shares[4], shares[1], shares[0]}, shares} {
		to := filepath.Join(t.TempDir(), "joined.key")
		if _, err := JoinKeyFile(to, some, "Police", noon); err != nil {
			t.Fatal(err)
		}
		got := read(t, &KeyFile{path: to})
		if !bytes.Equal(got.Master, k.Master) || !bytes.Equal(got.Previous, k.Previous) || !bytes.Equal(got.LogSigner, k.LogSigner) || got.Origin != k.Origin || got.LogVKey != k.LogVKey ||
			!bytes.Equal(got.Derive(useBlobs), k.Derive(useBlobs)) || len(got.Documents) == 0 {
			t.Errorf("joined %+v", got)
		}
		if _, err := JoinKeyFile(to, some, "Police", noon); err == nil {
			t.Error("a key file was overwritten")
		}
	}
	wrong := slices.Clone(shares[:3])
	wrong[1].Y = slices.Clone(wrong[1].Y)
	wrong[1].Y[20] ^= 1
	other, err := keyFile(t).Split(5, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, some := range map[string][]shamir.Paper{"two": shares[:2], "an altered one": wrong, "of two sets": {shares[0], shares[1], other[2]}} {
		to := filepath.Join(t.TempDir(), "joined.key")
		if _, err := JoinKeyFile(to, some, "Police", noon); err == nil || exists(to) {
			t.Errorf("%s joined", name)
		}
	}
	if _, err := k.Split(2, 3); err == nil {
		t.Error("three of two were cut")
	}
}

// TestSplitWithoutTheSigner: where the log's key lies elsewhere, its verifier
// key is among the shares.
func TestSplitWithoutTheSigner(t *testing.T) {
	k := keyFile(t)
	k.LogSigner = nil
	shares, err := k.Split(2, 2)
	if err != nil {
		t.Fatal(err)
	}
	got, err := JoinKeyFile(filepath.Join(t.TempDir(), "j.key"), shares, "Police", noon)
	if err != nil || got.LogVKey != k.LogVKey || got.LogSigner != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzUnescrow: a secret of another program, whose sum is right, gives an error
// or a key file that can be used, not a crash.
func FuzzUnescrow(f *testing.F) {
	k := &KeyFile{Master: make([]byte, 32), LogSigner: make([]byte, 32), Origin: "x", Fixed: map[string][]byte{"blobs": {1}}}
	whole := k.escrow()
	f.Add(whole[len(escrowHead) : len(whole)-escrowSumSize])
	f.Add([]byte("\x01\xff\xff12345678"))
	f.Fuzz(func(t *testing.T, body []byte) {
		raw := append([]byte(escrowHead), body...)
		sum := sha256.Sum256(raw)
		got := new(KeyFile)
		if err := got.unescrow(append(raw, sum[:escrowSumSize]...)); err == nil && (len(got.Master) != 32 || len(got.LogSigner)%32 != 0) {
			t.Errorf("%+v", got)
		}
	})
}
