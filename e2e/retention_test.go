package e2e

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
)

// TestTimeEndsWhatTheScheduleEnds serves a folder twelve years later: the lines
// of log books and the accesses of its first days are over, and go with
// receipts; a line under legal hold stays.
func TestTimeEndsWhatTheScheduleEnds(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	held := one[string](t, db, "select min(id) from register_lines where words is not null")
	lines := one[int](t, db, "select count(*) from register_lines where words is not null")
	if lines < 2 {
		t.Fatalf("%d lines", lines)
	}
	s := serve(t, data)
	if p := s.as("inspector").Post("/history/line/"+held+"/hold", url.Values{"ground": {"order 2/2026"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	s.stop()

	s = serve(t, data, "--now", "2038-12-01T00:00:00Z")
	until(t, "every line but the held one is over", func() bool {
		return one[int](t, db, "select count(*) from register_lines where words is not null") == 1
	})
	lane := hand(t, data, "amana-access.db")
	until(t, "old accesses are over", func() bool {
		return one[int](t, lane, "select count(*) from access_entries where at < 1900000000000000 and refs not like '%"+held+"%'") == 0
	})
	s.stop()
	if left := one[string](t, db, "select id from register_lines where words is not null"); left != held {
		t.Errorf("%s is left, %s is held", left, held)
	}
	if n := one[int](t, db, "select count(*) from journal_erased where ground = 'log-book'"); n < lines-1 {
		t.Errorf("%d receipts for %d lines", n, lines-1)
	}
	report := wantClean(t, "--data", data)
	if report.Expired == 0 {
		t.Error("no access expired")
	}
	into := filepath.Join(t.TempDir(), "again.db")
	must(t, "replay", "--data", data, "--into", "sqlite:"+into)
	sameTables(t, filepath.Join(data, "amana.db"), into)
	execute(t, lane, "delete from access_entries where seq = (select max(seq) from access_entries)")
	if _, code := verify(t, "--data", data); code != 1 {
		t.Errorf("a deletion without a receipt: exit %d", code)
	}
}
