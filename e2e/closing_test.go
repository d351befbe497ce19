package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAPeriodIsClosed closes a folder by command, starts a verification and a
// replay there, and then alters the closing's state among the stored files.
func TestAPeriodIsClosed(t *testing.T) {
	data := folder(t)
	if r := amana(t, "verify", "--data", data, "--since", "last"); r.code != 2 {
		t.Errorf("started at a closing that is not there: exit %d\n%s%s", r.code, r.out, r.err)
	}
	stored := files(t, filepath.Join(data, "blobs", "files"))
	if out := must(t, "close", "--data", data, "--ground", "year 2026, order 3/2027"); !strings.Contains(out, "Closed with entry") {
		t.Errorf("it says %q", out)
	}
	whole, since := wantClean(t, "--data", data), wantClean(t, "--data", data, "--since", "last")
	if since.Since == 0 || since.Entries > 3 || since.Rows != whole.Rows || since.Leaves != whole.Leaves || whole.Blobs != int64(len(stored)+1) {
		t.Errorf("%+v after %+v", since, whole)
	}
	into := filepath.Join(t.TempDir(), "again.db")
	must(t, "replay", "--data", data, "--since", "last", "--into", "sqlite:"+into)
	sameTables(t, filepath.Join(data, "amana.db"), into)

	state := newFiles(t, filepath.Join(data, "blobs", "files"), stored)
	if len(state) != 1 {
		t.Fatalf("stored files: %v", state)
	}
	raw, err := os.ReadFile(state[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-40] ^= 1
	if err := os.WriteFile(state[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if report, code := verify(t, "--data", data); code != 1 || !found(report, filepath.Base(state[0])) && !found(report, "blob") {
		t.Errorf("an altered file: exit %d, %v", code, report.Findings)
	}
	if report, code := verify(t, "--data", data, "--since", "last"); code != 1 || !found(report, "closing") {
		t.Errorf("an altered state: exit %d, %v", code, report.Findings)
	}
	if err := os.Remove(state[0]); err != nil {
		t.Fatal(err)
	}
	if report, code := verify(t, "--data", data); code != 1 || !found(report, "blob") {
		t.Errorf("a file that is gone: exit %d, %v", code, report.Findings)
	}
}

// files lists the files under a folder.
func files(t testing.TB, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".attrs") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// newFiles lists the files under a folder that did not stand there before.
func newFiles(t testing.TB, folder string, before []string) []string {
	t.Helper()
	return slices.DeleteFunc(files(t, folder), func(path string) bool { return slices.Contains(before, path) })
}

// TestAPeriodIsClosedFromThePage closes beside people who work, and erases
// somebody afterwards: the state goes with them.
func TestAPeriodIsClosedFromThePage(t *testing.T) {
	data := folder(t)
	stored := files(t, filepath.Join(data, "blobs", "files"))
	s := serve(t, data)
	inspector := s.as("inspector")
	if p := s.as("duty-officer").Post("/verification/close", url.Values{"ground": {"x"}}); p.Status == http.StatusSeeOther {
		t.Error("a duty officer closed a period")
	}
	if p := inspector.Post("/verification/close", url.Values{"ground": {""}}); p.Status == http.StatusSeeOther {
		t.Error("closed without a ground")
	}
	if p := inspector.Post("/verification/close", url.Values{"ground": {"November 2026"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s %v", p.Status, p.Text(), p.Errors())
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(inspector.Get("/verification").Text(), "November 2026"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not closed: %s", inspector.Get("/verification").Text())
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) { // the signed log follows at its own pace
		if r, _ := verify(t, "--data", data); r.Unlogged == 0 || time.Now().After(deadline) {
			break
		}
	}
	s.stop()
	wantClean(t, "--data", data, "--since", "last")
	db := hand(t, data, "amana.db")
	person := one[string](t, db, "select min(id) from index_persons")
	db.Close()
	must(t, "erase", person, "--data", data, "--ground", "L09-08-3", "--authority", "order 8/2026")
	if r := amana(t, "verify", "--data", data, "--since", "last"); r.code != 2 {
		t.Errorf("started from a state that knows the erased: exit %d\n%s", r.code, r.out)
	}
	if left := newFiles(t, filepath.Join(data, "blobs", "files"), stored); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	wantClean(t, "--data", data)
}
