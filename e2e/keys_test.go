package e2e

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// interrupted runs a command and kills it after a while; it reports whether the
// command had ended by then.
func interrupted(t testing.TB, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command(binary, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("amana %s: %v", strings.Join(args, " "), err)
		}
		return true
	case <-time.After(after):
		cmd.Process.Kill()
		<-ended
		return false
	}
}

// wrapped reads every key of a folder as it is wrapped on the disk.
func wrapped(t testing.TB, data string) []string {
	t.Helper()
	return append(column(t, hand(t, data, "amana.db"), "select wrapped from journal_keys"), column(t, hand(t, data, "amana-access.db"), "select wrapped from access_keys")...)
}

// holds reports whether any file of a folder holds one of some texts.
func holds(t testing.TB, data string, texts []string) string {
	t.Helper()
	where := ""
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, s := range texts {
			if bytes.Contains(raw, []byte(s)) {
				where = path
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// TestMasterKeyChanges changes the master key by command, killed at random
// moments: nothing is lost at any of them. Afterwards the old key file opens
// nothing, what was typed is still there, and a backup from before comes back
// with the help of the old one.
func TestMasterKeyChanges(t *testing.T) {
	data := folder(t)
	key := filepath.Join(data, "amana.key")
	s := serve(t, data)
	s.as("duty-officer").Post("/drafts/complaint-new", url.Values{"name": {"facts"}, "value": {"لم يُرسل بعد"}, "version": {"0"}})
	s.stop()
	backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
	must(t, "backup", "--data", data, "--keys", keys, backup)
	old := filepath.Join(t.TempDir(), "old.key")
	copyTree(t, key, old)
	before := wrapped(t, data)
	if len(before) < 100 {
		t.Fatalf("only %d keys", len(before))
	}
	rotate := []string{"key", "rotate", "--data", data, "--authority", "DGSN 7/2026"}
	died := 0
	for n := range kills(t) {
		if interrupted(t, time.Duration(50+rand.IntN(1200))*time.Millisecond, rotate...) {
			t.Logf("ended before kill %d", n+1)
			continue // the next one changes it once more
		}
		died++
		if report, code := verify(t, "--data", data); code != 0 {
			t.Fatalf("after kill %d: %v", died, report.Findings)
		}
	}
	t.Logf("killed %d times", died)
	var shown map[string]string
	if err := json.Unmarshal([]byte(must(t, "keys", "show", key)), &shown); err != nil {
		t.Fatal(err)
	}
	if shown["previous"] != "" || died == 0 { // else a change that was begun ends
		must(t, rotate...)
	}
	wantClean(t, "--data", data)
	if where := holds(t, data, before); where != "" {
		t.Errorf("%s holds a key as the old master wrapped it", where)
	}
	if raw, err := os.ReadFile(key); err != nil || bytes.Contains(raw, []byte("previous")) {
		t.Errorf("the key file still has the old master: %v", err)
	}
	report, code := verify(t, "--data", data, "--key", old)
	named := 0
	for _, f := range report.Findings {
		if strings.Contains(f.What, "does not open") {
			named++
		}
	}
	if code != 1 || named < 100 {
		t.Errorf("exit %d; under the old key file alone %d of %d findings are keys that do not open", code, named, len(report.Findings))
	}
	s = serve(t, data)
	if p := s.as("duty-officer").Get("/register/complaints/new"); !bytes.Contains(p.Body, []byte("لم يُرسل بعد")) {
		t.Error("what was typed before the change is gone")
	}
	if p := s.as("inspector").Under("basis/L09-08-3").Get("/journal?kind=journal.master-changed"); !bytes.Contains(p.Body, []byte("master-changed")) {
		t.Errorf("the journal does not say so: %d", p.Status)
	}
	s.stop()
	comesBack(t, key, old, backup, keys)
}

// comesBack restores a backup from before a change of the master key.
func comesBack(t *testing.T, key, old, backup, keys string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "restored")
	copyTree(t, key, filepath.Join(t.TempDir(), "now.key"))
	now := filepath.Join(t.TempDir(), "now.key")
	copyTree(t, key, now)
	copyTree(t, key+".signed", now+".signed")
	args := []string{"restore", "--data", data, "--key", now, "--keys", keys, backup}
	if r := amana(t, args...); r.code == 0 {
		t.Error("a backup wrapped under another master was restored without it")
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	out := must(t, append(args, "--previous", old)...)
	if !strings.Contains(out, "Everything is as the entries say.") {
		t.Error(out)
	}
	wantClean(t, "--data", data, "--key", now)
}

// TestKeysAmongTrustees: three of five papers restore the key file of a folder,
// typed in small letters; two do not.
func TestKeysAmongTrustees(t *testing.T) {
	data := folder(t)
	key := filepath.Join(data, "amana.key")
	shares := filepath.Join(t.TempDir(), "shares")
	must(t, "key", "split", key, "--shares", "5", "--threshold", "3", "--to", shares)
	paper := func(n string) string { return filepath.Join(shares, "share-"+n+"-of-5.txt") }
	raw, err := os.ReadFile(paper("4"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paper("4"), bytes.ReplaceAll(bytes.ToLower(raw), []byte("-"), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	joined := filepath.Join(t.TempDir(), "joined.key")
	if r := amana(t, "key", "join", paper("1"), paper("4"), "--to", joined); r.code == 0 {
		t.Error("two of three joined")
	}
	must(t, "key", "join", paper("1"), paper("4"), paper("5"), "--to", joined)
	copyTree(t, key+".signed", joined+".signed")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	wantClean(t, "--data", data, "--key", joined)
	if must(t, "key", "show", joined) == "" {
		t.Error("nothing shown")
	}
}
