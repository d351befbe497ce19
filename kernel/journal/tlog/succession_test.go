package tlog

import (
	"bytes"
	"crypto/ed25519"
	"path/filepath"
	"strings"
	"testing"
)

func logKeyOf(t testing.TB, name string, seed byte) (SignerKey, string) {
	t.Helper()
	k := SignerKey{Name: name, Signer: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
	vkey, err := k.VKey()
	if err != nil {
		t.Fatal(err)
	}
	return k, vkey
}

// TestSuccession: both logs sign; whoever lacks one of the keys, or alters a
// line, makes no statement.
func TestSuccession(t *testing.T) {
	last, lastKey := logKeyOf(t, "police.example/amana", 1)
	next, nextKey := logKeyOf(t, "police.example/amana-2", 2)
	thief, _ := logKeyOf(t, "police.example/amana-2", 3)
	s := Succession{VKey: lastKey, Size: 2694, Root: [32]byte{9}, Kept: 2500, Next: nextKey}
	signed, err := s.Sign(last, next)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenSuccession(signed)
	if err != nil || got != s || got.Lost() != 194 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.Sign(last, thief); err == nil {
		t.Error("signed by a key that is not the next log's")
	}
	for name, wrong := range map[string]string{
		"size": strings.Replace(string(signed), "2694", "2600", 1), "kept": strings.Replace(string(signed), "2500", "2694", 1),
		"one signature": string(signed[:bytes.LastIndex(signed[:len(signed)-1], []byte("\n"))+1]), "none": s.text(), "empty": "",
	} {
		if _, err := OpenSuccession([]byte(wrong)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for name, bad := range map[string]Succession{
		"more kept than signed": {VKey: lastKey, Size: 5, Kept: 6, Next: nextKey}, "the same log": {VKey: lastKey, Size: 5, Next: lastKey},
	} {
		if _, err := bad.Sign(last, next); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// TestLastSigned reads a signer's memory; one that signed nothing has none.
func TestLastSigned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	if size, _, err := LastSigned(path, "a"); size != 0 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
	if err := (memory{"a": {Size: 7, Root: [32]byte{1}}}).write(path); err != nil {
		t.Fatal(err)
	}
	if size, root, err := LastSigned(path, "a"); size != 7 || root != [32]byte{1} || err != nil {
		t.Errorf("%d %x %v", size, root, err)
	}
	if size, _, err := LastSigned(path, "b"); size != 0 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
}

func FuzzOpenSuccession(f *testing.F) {
	last, lastKey := logKeyOf(f, "a.example/log", 1)
	next, nextKey := logKeyOf(f, "a.example/log-2", 2)
	s := Succession{VKey: lastKey, Size: 3, Root: [32]byte{9}, Kept: 1, Next: nextKey}
	signed, err := s.Sign(last, next)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte(s.text()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got, err := OpenSuccession(raw); err == nil && got != s {
			t.Errorf("the two logs signed %+v", got)
		}
	})
}
