package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/app"
)

// newKeys makes a key file and gives it and what was printed of it.
func newKeys(t *testing.T) (file, vkey string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "keys.json")
	a := amana(t, "key", "new", file, "--origin", "test.invalid/amana", "--service", "Amana (test)")
	a.ends(t, 0, "test.invalid/amana+")
	return file, strings.TrimSpace(a.out)
}

// TestKeysAreMadeOnce: for nobody but their owner to read; a file that is there is
// not written over; a log has a name.
func TestKeysAreMadeOnce(t *testing.T) {
	file, _ := newKeys(t)
	before := string(read(t, file))
	amana(t, "key", "new", file, "--origin", "test.invalid/amana").ends(t, 2)
	if string(read(t, file)) != before {
		t.Error("the keys were written over")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, origin := range []string{"", "two words", "a+b"} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if a := amana(t, "key", "new", path, "--origin", origin); a.code != 2 || there(path) {
			t.Errorf("a log called %q: exit %d, %s", origin, a.code, a.out)
		}
	}
	amana(t, "keys", "show", file).ends(t, 0) // the other name of the command
}

// TestAKeyFileThatOthersReadIsRefused by every command, with what to do about it.
func TestAKeyFileThatOthersReadIsRefused(t *testing.T) {
	file, _ := newKeys(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		for _, line := range [][]string{{"key", "show", file}, {"key", "split", file, "--to", filepath.Join(t.TempDir(), "s")}, {"verify", "--key", file, "--data", t.TempDir()}} {
			amana(t, line...).ends(t, 2, "can be read by others", "chmod 600")
		}
	}
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	amana(t, "key", "show", file).ends(t, 0)
}

// TestWhatIsShownOfKeysIsNoSecret: names, the verifier key and the print of the
// master, and nothing that opens or signs.
func TestWhatIsShownOfKeysIsNoSecret(t *testing.T) {
	file, vkey := newKeys(t)
	a := amana(t, "key", "show", file)
	a.ends(t, 0)
	var shown map[string]string
	if err := json.Unmarshal([]byte(a.out), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown) != 4 || shown["origin"] != "test.invalid/amana" || shown["logVKey"] != vkey || len(shown["master"]) < 16 {
		t.Errorf("%v", shown)
	}
	var all map[string]any
	if err := json.Unmarshal(read(t, file), &all); err != nil {
		t.Fatal(err)
	}
	for name, v := range all {
		secret, ok := v.(string)
		if ok && len(secret) > 30 && name != "logVKey" && strings.Contains(a.out, secret) {
			t.Errorf("%s is shown", name)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), write(t, "broken", "{}"), write(t, "words", "keys")} {
		amana(t, "key", "show", path).ends(t, 2)
	}
}

// TestKeysAmongTrustees: as many shares as asked for, any of which that are enough
// give the same master and the same log; fewer, twice the same, or one of another
// file give nothing.
func TestKeysAmongTrustees(t *testing.T) {
	file, vkey := newKeys(t)
	to := filepath.Join(t.TempDir(), "shares")
	amana(t, "key", "split", file, "--to", to, "--shares", "4", "--threshold", "3").ends(t, 0, "4 shares in "+to, "any 3 of them join to master key ")
	share := func(n int) string { return filepath.Join(to, fmt.Sprintf("share-%d-of-4.txt", n)) }
	for n := 1; n <= 4; n++ {
		if info, err := os.Stat(share(n)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("share %d: %v", n, err)
		}
	}
	before := string(read(t, share(1)))
	amana(t, "key", "split", file, "--to", to, "--shares", "4", "--threshold", "3").ends(t, 2, "share-1-of-4.txt")
	if string(read(t, share(1))) != before {
		t.Error("a share was written over")
	}
	other, _ := newKeys(t)
	foreign := filepath.Join(t.TempDir(), "foreign")
	amana(t, "key", "split", other, "--to", foreign, "--shares", "4", "--threshold", "3").ends(t, 0)
	typed := write(t, "typed.txt", strings.ToLower(string(read(t, share(3)))))
	slip := []byte(read(t, share(2)))
	for i := range slip {
		if slip[i] == 'A' || slip[i] == 'B' {
			slip[i] ^= 3
			break
		}
	}
	for name, tc := range map[string]struct {
		shares []string
		code   int
	}{
		"the first three":     {[]string{share(1), share(2), share(3)}, 0},
		"the last three":      {[]string{share(4), share(3), share(2)}, 0},
		"all four":            {[]string{share(1), share(2), share(3), share(4)}, 0},
		"one typed again":     {[]string{share(1), share(2), typed}, 0},
		"two":                 {[]string{share(1), share(2)}, 2},
		"the same twice":      {[]string{share(1), share(2), share(2)}, 2},
		"one of another file": {[]string{share(1), share(2), filepath.Join(foreign, "share-3-of-4.txt")}, 2},
		"one that is lost":    {[]string{share(1), share(2), filepath.Join(to, "share-9-of-4.txt")}, 2},
		"one that is none":    {[]string{share(1), share(2), write(t, "letter", "dear trustee")}, 2},
		"a slip of the pen":   {[]string{share(1), write(t, "slip.txt", string(slip)), share(3)}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			joined := filepath.Join(t.TempDir(), "joined.json")
			a := amana(t, append(append([]string{"key", "join"}, tc.shares...), "--to", joined)...)
			a.ends(t, tc.code)
			if there(joined) != (tc.code == 0) {
				t.Fatalf("a key file is there: %v", there(joined))
			}
			if tc.code != 0 {
				return
			}
			now, err := app.ReadKeyFile(joined)
			was, err2 := app.ReadKeyFile(file)
			if err != nil || err2 != nil || string(now.Master) != string(was.Master) || now.LogVKey != vkey {
				t.Errorf("not the same keys: %v %v", err, err2)
			}
		})
	}
	amana(t, "key", "join", share(1), share(2), share(3), "--to", file).ends(t, 2) // what is there is not written over
}

// TestHowKeysMayBeCut: not into fewer than two, nor for more trustees than there are.
func TestHowKeysMayBeCut(t *testing.T) {
	file, _ := newKeys(t)
	for _, tc := range [][2]string{{"3", "4"}, {"3", "1"}, {"0", "0"}, {"1", "1"}, {"-2", "2"}, {"300", "3"}, {"x", "2"}} {
		to := filepath.Join(t.TempDir(), "shares")
		if a := amana(t, "key", "split", file, "--to", to, "--shares", tc[0], "--threshold", tc[1]); a.code != 2 || there(to) {
			t.Errorf("%s of %s: exit %d", tc[1], tc[0], a.code)
		}
	}
}

// TestTheMasterKeyIsChanged: everything opens under the new one, the old file opens
// what was kept before and nothing else, and a backup of that time is restored with
// both.
func TestTheMasterKeyIsChanged(t *testing.T) {
	s := newShop(t)
	k := s.backup()
	old := write(t, "old.json", string(read(t, s.key)))
	s.run("key", "rotate", "--authority", "order 5/2026").ends(t, 0, "replaces", "2 keys of subjects", "Copy the key file")
	if string(read(t, s.key)) == string(read(t, old)) {
		t.Fatal("the key file is the old one")
	}
	s.clean()
	if a := amana(t, "verify", "--data", s.data, "--key", old); a.code == 0 {
		t.Error("the old master still opens everything")
	}
	b := s.restored()
	if a := b.run("restore", k.record, "--keys", k.keys); a.code == 0 {
		t.Error("a backup of before the change was restored without the key of its time")
	}
	b.must(os.RemoveAll(b.data))
	b.run("restore", k.record, "--keys", k.keys, "--previous", old).ends(t, 0, "entries restored", "Everything is as the entries say.")
	b.clean()
}
