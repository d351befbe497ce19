package logbook_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/modules/citizens/logbook"
)

// Whole logs, and logs from which something was taken, are checked where they
// are made: modules/citizens, TestALogThatWasCarriedAway. Here is what comes
// from outside.

// TestWhatIsNoLog: whatever is no log is said to be none, and never opened.
func TestWhatIsNoLog(t *testing.T) {
	for _, raw := range []string{"", "null", "[]", "{}", `{"format":"amana-proof/v1"}`, `{"format":1}`, `{"format":"amana-citizen-log/v2"}`, "\xff\xfe", strings.Repeat("[", 10_000)} {
		if logbook.Is([]byte(raw)) {
			t.Errorf("%.40q is taken for a log", raw)
		}
		if _, err := logbook.Check([]byte(raw), tlog.Trust{}); !errors.Is(err, logbook.ErrFormat) {
			t.Errorf("%.40q: %v", raw, err)
		}
	}
	empty := `{"format":"` + logbook.Format + `"}`
	if !logbook.Is([]byte(empty)) {
		t.Error("a log by its format is not one")
	}
	if _, err := logbook.Check([]byte(empty), tlog.Trust{}); err == nil || errors.Is(err, logbook.ErrFormat) {
		t.Errorf("a log without a statement: %v", err)
	}
}

// FuzzCheck: no file makes the checker fail in any other way than by an error,
// none without a proof is whole, and one that says it is a log is looked at.
func FuzzCheck(f *testing.F) {
	proof := `{"format":"amana-proof/v1","kind":"citizens.log-stated","fields":{"Lines":{"value":1}},"log":"x"}`
	for _, seed := range []string{
		`{}`, `{"format":"amana-citizen-log/v1"}`, `{"format":"amana-citizen-log/v1","statement":null,"lines":[]}`,
		`{"format":"amana-citizen-log/v1","statement":` + proof + `,"lines":[` + proof + `,` + proof + `]}`,
		`{"format":"amana-citizen-log/v1","statement":{"leaf":"AA==","checkpoint":"a\n1\nAAAA\n\n— x y\n"},"lines":[{},[],1,"x"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := logbook.Check(raw, tlog.Trust{})
		if err == nil {
			t.Fatalf("whole, without anybody's signature: %+v", c)
		}
		if logbook.Is(raw) && errors.Is(err, logbook.ErrFormat) {
			t.Fatalf("said to be a log, and not looked at: %v", err)
		}
		var any map[string]json.RawMessage
		if json.Unmarshal(raw, &any) != nil && !errors.Is(err, logbook.ErrFormat) {
			t.Fatalf("no JSON, and yet: %v", err)
		}
	})
}
