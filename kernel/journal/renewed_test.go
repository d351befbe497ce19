package journal_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// logNumber gives the key of a test's n-th log.
func logNumber(t *testing.T, n byte) (tlog.SignerKey, string) {
	t.Helper()
	k := tlog.SignerKey{Name: "test.example/log-" + string('0'+n), Signer: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))}
	vkey, err := k.VKey()
	must(t, err)
	return k, vkey
}

// succession is the statement by which log n ends and log m goes on.
func succession(t *testing.T, n, m byte, size, kept uint64) string {
	t.Helper()
	last, vkey := logNumber(t, n)
	next, nextKey := logNumber(t, m)
	signed, err := tlog.Succession{VKey: vkey, Size: size, Kept: kept, Root: [32]byte{n}, Next: nextKey}.Sign(last, next)
	must(t, err)
	return string(signed)
}

// TestARenewalIsNamed: verification reports each log that ended and what did
// not come back; a row that says less, a key file that names another log, and
// a statement that no entry holds are found.
func TestARenewalIsNamed(t *testing.T) {
	o := journaltest.Options(t, storetest.Address(t), nil)
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	defer j.Close()
	first, second := succession(t, 1, 2, 100, 90), succession(t, 2, 3, 200, 200)
	for _, s := range []string{first, first, second} { // the first one is said twice
		_, err := j.NoteRenewal(t.Context(), s, "order 1")
		must(t, err)
	}
	_, second2 := logNumber(t, 2)
	_, third := logNumber(t, 3)
	check := func(key string, former ...string) *journal.Report {
		t.Helper()
		r, err := j.Verify(t.Context(), journal.Scope{LogKey: key, Former: former})
		must(t, err)
		return r
	}
	r := check(third, first, second)
	if !r.Clean() || len(r.Renewals) != 2 || r.Renewals[0].Lost != 10 || r.Renewals[0].Size != 100 || r.Renewals[1].Lost != 0 {
		t.Fatalf("%+v", r)
	}
	says := func(r *journal.Report, words string) {
		t.Helper()
		for _, f := range r.Findings {
			if strings.Contains(f.What, words) {
				return
			}
		}
		t.Errorf("%q is not among %v", words, r.Findings)
	}
	says(check(second2), "the key file names")
	says(check(third, succession(t, 4, 1, 5, 5)), "that no entry ends")
	_, err = j.NoteRenewal(t.Context(), succession(t, 1, 5, 7, 7), "order 2")
	must(t, err)
	says(check(""), "was not in force")
	if _, err := j.NoteRenewal(t.Context(), strings.Replace(first, "90", "99", 1), "x"); err == nil {
		t.Error("a statement that nobody signed was appended")
	}
	change(t, o.DB, "update journal_logs set kept = 100 where size = 100")
	says(check(""), "did not sign")
}
