package e2e

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// lost is a service whose disk died after its last backup: the record that came
// back, what a witness had seen, and a paper that was issued before.
type lost struct {
	data, kept, paper, oldKey string
}

// lose lets a service run on after its backup, and restores the backup.
func lose(t *testing.T) lost {
	t.Helper()
	data := folder(t)
	backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
	must(t, "backup", "--data", data, "--keys", keys, backup)
	out := lost{oldKey: logKey(t, data), kept: filepath.Join(t.TempDir(), "kept"), paper: filepath.Join(t.TempDir(), "receipt.pdf")}
	s := serve(t, data)
	duty := s.as("duty-officer")
	complaint := regexp.MustCompile(`/register/complaints/[0-9a-f-]{36}`).Find(duty.Get("/register").Body)
	receipt := duty.Get(string(complaint) + "/receipt")
	if !bytes.HasPrefix(receipt.Body, []byte("%PDF")) {
		t.Fatalf("no receipt: %d %s", receipt.Status, receipt.Heading())
	}
	if err := os.WriteFile(out.paper, receipt.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		duty.Post("/log-book", url.Values{"submission": {string(ident.NewSource(time.Now, nil).New())}, "words": {"جولة"}})
		duty.Get("/register")
	}
	until(t, "every entry is covered", func() bool { return wantClean(t, "--data", data).Unlogged == 0 })
	s.stop()
	if err := os.WriteFile(out.kept, []byte(checkpoint(t, data)), 0o600); err != nil {
		t.Fatal(err)
	}
	out.data = filepath.Join(t.TempDir(), "restored")
	if err := os.MkdirAll(out.data, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"amana.key", "amana.key.signed", "demo-filled"} {
		copyTree(t, filepath.Join(data, name), filepath.Join(out.data, name))
	}
	must(t, "restore", "--data", out.data, "--keys", keys, backup)
	if r := amana(t, "verify", "--data", out.data, "--witness", out.kept); r.code != 1 || !strings.Contains(r.out, "cut off") {
		t.Fatalf("nothing is missing: %s", r.out)
	}
	return out
}

// TestANewLog: after entries were lost the record goes on under another log, by
// command, killed at random moments; the gap is named for ever, a paper issued
// before stays valid under the old key, and a new one is under the new key.
func TestANewLog(t *testing.T) {
	l := lose(t)
	renew := []string{"log", "renew", "--data", l.data, "--origin", "demo.invalid/amana-2", "--authority", "DGSN 8/2026", "--witnessed", l.kept}
	died := 0
	for range kills(t) {
		if interrupted(t, time.Duration(50+rand.IntN(900))*time.Millisecond, renew...) {
			break
		}
		died++
		if strings.HasSuffix(strings.TrimSpace(keyOrigin(t, l.data)), "-2") && !renewing(t, l.data) {
			break // all was done when it was killed; to do it again is refused
		}
		if report, code := verify(t, "--data", l.data); code != 0 {
			t.Fatalf("after kill %d: %v", died, report.Findings)
		}
		var file struct{ Renewing bool }
		raw, err := os.ReadFile(filepath.Join(l.data, "amana.key"))
		if err != nil || json.Unmarshal(raw, &file) != nil {
			t.Fatal(err)
		}
		if file.Renewing {
			if _, err := tryServe(t, l.data); err == nil || !strings.Contains(err.Error(), "log renew") {
				t.Fatalf("it serves between two logs: %v", err)
			}
		}
	}
	t.Logf("killed %d times", died)
	if !strings.HasSuffix(strings.TrimSpace(keyOrigin(t, l.data)), "-2") || renewing(t, l.data) {
		must(t, renew...)
	}
	if r := amana(t, renew...); r.code == 0 {
		t.Error("a log follows itself")
	}
	s := serve(t, l.data)
	until(t, "every entry is in the new log", func() bool { return wantClean(t, "--data", l.data).Unlogged == 0 })
	s.as("duty-officer").Post("/log-book", url.Values{"submission": {string(ident.NewSource(time.Now, nil).New())}, "words": {"تستمر"}})
	s.stop()
	report := wantClean(t, "--data", l.data, "--witness", l.kept)
	if len(report.Renewals) != 1 || report.Renewals[0].From != l.oldKey || report.Renewals[0].Lost < 5 {
		t.Errorf("verify says %+v", report.Renewals)
	}
	if out := must(t, "verify", "--data", l.data); !strings.Contains(out, "did not come back") {
		t.Error(out)
	}
	must(t, "proof", "check", l.paper, "--log-key", l.oldKey)
	if r := amana(t, "proof", "check", l.paper, "--log-key", logKey(t, l.data)); r.code == 0 {
		t.Error("a paper of the old log holds under the key of the new one")
	}
	if _, err := os.Stat(filepath.Join(l.data, "former-logs", "demo.invalid_amana", "checkpoint")); err != nil {
		t.Error(err)
	}
	if again, code := verify(t, "--data", l.data, "--witness", checkpointFile(t, l.data)); code != 0 {
		t.Errorf("against the new log's own checkpoint: %v", again.Findings)
	}
}

// TestALossIsNotHidden: whoever forgets what the signer knew and asks no witness
// makes a statement that a witness's checkpoint contradicts.
func TestALossIsNotHidden(t *testing.T) {
	l := lose(t)
	if err := os.Remove(filepath.Join(l.data, "amana.key.signed")); err != nil {
		t.Fatal(err)
	}
	must(t, "log", "renew", "--data", l.data, "--origin", "demo.invalid/amana-2", "--authority", "x")
	r := amana(t, "verify", "--data", l.data, "--witness", l.kept)
	if r.code != 1 || !strings.Contains(r.out, "more was lost than was said") {
		t.Errorf("exit %d: %s", r.code, r.out)
	}
}

func checkpointFile(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(path, []byte(checkpoint(t, data)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keyOrigin gives the name of the log of a folder's key file.
func keyOrigin(t *testing.T, data string) string {
	t.Helper()
	name, _, _ := strings.Cut(logKey(t, data), "+")
	return name
}

func renewing(t *testing.T, data string) bool {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(data, "amana.key"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(raw, []byte(`"renewing"`))
}
