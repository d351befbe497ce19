package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// acknowledged is what the service has promised to keep, noted outside of it.
type acknowledged struct {
	mu    sync.Mutex
	codes map[string]bool // true: answered; false: sent, and the answer never came
}

func (a *acknowledged) note(code string, answered bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes[code] = answered
}

func (a *acknowledged) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, ok := range a.codes {
		if ok {
			n++
		}
	}
	return n
}

// kills says how often the process dies.
func kills(t testing.TB) int {
	if n, err := strconv.Atoi(os.Getenv("AMANA_KILLS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 2
	}
	return 10
}

// fewKills is kills for what dies beside TestDeath: three times, if nothing says
// how often.
func fewKills(t testing.TB) int {
	if os.Getenv("AMANA_KILLS") == "" {
		return min(kills(t), 3)
	}
	return kills(t)
}

// TestDeath kills the service under load again and again. Whatever it had
// answered is there once, and once only; the folder verifies; and the
// person who was in the middle of it is still signed in.
func TestDeath(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	parent := one[string](t, db, "select id from units_units where code = 'DGSN'")
	db.Close()
	kept := &acknowledged{codes: map[string]bool{}}
	for round := range kills(t) {
		s := serve(t, data)
		before := kept.count()
		var hands sync.WaitGroup
		for i := range 4 {
			admin := s.as("administrator")
			hands.Go(func() { write(s, admin, parent, fmt.Sprintf("ZK%d-%d", round, i), kept) })
		}
		for kept.count() < before+100 {
			select {
			case <-s.done:
				t.Fatalf("it ended by itself: %s", s.log)
			case <-time.After(time.Millisecond):
			}
		}
		time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond)
		s.kill()
		hands.Wait()
		checkKept(t, data, kept)
		if round%5 == 0 || testing.Short() {
			wantClean(t, "--data", data)
		}
	}
	s := serve(t, data) // and it serves on
	if p := s.as("administrator").Get("/units/" + parent); p.Status != http.StatusOK {
		t.Errorf("after the last death: %d", p.Status)
	}
	s.stop()
	wantClean(t, "--data", data)
	t.Logf("%d acknowledged writes in %d lives", kept.count(), kills(t))
}

// write opens units until the service is gone. Each form is sent twice now
// and then, as an impatient hand does.
func write(s *service, admin *kerneltest.Client, parent, prefix string, kept *acknowledged) {
	ids := ident.NewSource(time.Now, nil)
	for n := 0; ; n++ {
		code := fmt.Sprintf("%s-%d", prefix, n)
		form := unitForm(string(ids.New()), code)
		kept.note(code, false)
		for range 1 + n%7/6 {
			p, err := admin.Try(http.MethodPost, "/units/"+parent+"/open", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
			if err != nil {
				return
			}
			if p.Status != http.StatusSeeOther {
				s.t.Errorf("%s: %d %v %s", code, p.Status, p.Errors(), p.Heading())
				return
			}
		}
		kept.note(code, true)
	}
}

// unitForm fills the form that opens a unit.
func unitForm(submission, code string) url.Values {
	return url.Values{"submission": {submission}, "code": {code}, "type": {"central-directorate"}, "name-ar": {"\u0648"}, "name-fr": {"Essai"}, "name-en": {"Trial"},
		"area": {"04.421"}, "act": {"1/2026"}}
}

// checkKept compares what was promised with what is there.
func checkKept(t *testing.T, data string, kept *acknowledged) {
	t.Helper()
	db := hand(t, data, "amana.db")
	defer db.Close()
	there := map[string]int{}
	for _, code := range column(t, db, "select code from units_units where code like 'ZK%'") {
		there[code]++
	}
	for code, answered := range kept.codes {
		if answered && there[code] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", code, there[code])
		}
		delete(there, code)
	}
	if len(there) > 0 {
		t.Errorf("nobody sent %v", there)
	}
	rows := one[int](t, db, "select count(*) from units_units")
	if entries := one[int](t, db, "select count(*) from journal_entries where kind = 'units.unit-opened'"); entries != rows {
		t.Errorf("%d entries for %d units", entries, rows)
	}
}

// TestTwoProcessesOnOneFolder lets the second one go with a clear message.
func TestTwoProcessesOnOneFolder(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	_, err := tryServe(t, data)
	if err == nil || !strings.Contains(err.Error(), "exit 2") || !strings.Contains(err.Error(), "already using this data folder") {
		t.Errorf("the second program: %v", err)
	}
	if r := amana(t, "erase", "--data", data, "--ground", "L09-08-3", "--authority", "x", string(ident.NewSource(time.Now, nil).New())); r.code != 2 || !strings.Contains(r.err, "already using") {
		t.Errorf("a command that writes: exit %d, %s", r.code, r.err)
	}
	wantClean(t, "--data", data) // one that reads may
	if p := s.as("inspector").Get("/journal"); p.Status != http.StatusOK {
		t.Errorf("the first one answers %d", p.Status)
	}
}

// TestOlderProgramOnNewerData refuses to serve what it does not know.
func TestOlderProgramOnNewerData(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	execute(t, db, "insert into goose_units (version_id, is_applied) values (999, 1)")
	db.Close()
	_, err := tryServe(t, data)
	if err == nil || !strings.Contains(err.Error(), "exit 2") || !strings.Contains(err.Error(), "newer") {
		t.Errorf("newer data: %v", err)
	}
}

// TestDiskFull fills the disk under a running service: what cannot be kept is
// refused with a page that says so, reading goes on, and with space it writes
// again; nothing that was acknowledged is lost.
func TestDiskFull(t *testing.T) {
	data := smallDisk(t, 48)
	s := serve(t, data)
	admin := s.as("administrator")
	parent := one[string](t, hand(t, data, "amana.db"), "select id from units_units where code = 'DGSN'")
	kept := &acknowledged{codes: map[string]bool{}}
	ballast := filepath.Join(filepath.Dir(data), "ballast")
	refused := false
	fillDisk(t, ballast)
	for n := range 400 {
		code := fmt.Sprintf("ZK-%d", n)
		p := admin.Post("/units/"+parent+"/open", unitForm(string(ident.NewSource(time.Now, nil).New()), code))
		kept.note(code, p.Status == http.StatusSeeOther)
		if p.Status == http.StatusSeeOther {
			continue
		}
		refused = true
		if p.Status != http.StatusServiceUnavailable || p.Heading() == "" || leaks(p.Body) != "" {
			t.Errorf("the disk is full: %d %q, leaks %q", p.Status, p.Text(), leaks(p.Body))
		}
		break
	}
	if !refused {
		t.Fatal("the disk never filled")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	back, last := false, ""
	for range 50 {
		p := admin.Post("/units/"+parent+"/open", unitForm(string(ident.NewSource(time.Now, nil).New()), "ZK-AFTER"))
		if back = p.Status == http.StatusSeeOther; back {
			break
		}
		last = fmt.Sprint(p.Status, " ", p.Text())
		time.Sleep(100 * time.Millisecond)
	}
	if !back {
		t.Errorf("with space again it does not write: %s\n%s", last, s.log)
	}
	kept.note("ZK-AFTER", back)
	s.stop()
	checkKept(t, data, kept)
	wantClean(t, "--data", data)
}

// fillDisk writes a file until nothing fits any more.
func fillDisk(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12} {
		for chunk := bytes.Repeat([]byte{1}, size); ; {
			if _, err := f.Write(chunk); err != nil {
				break
			}
		}
	}
}
