package register

import (
	"net/url"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

// FuzzReshape: whatever a browser sends, rows stay within their bound and no
// button makes the program stop.
func FuzzReshape(f *testing.F) {
	f.Add("things.0.kind=phone&things.1.kind=cash&remove=things.0")
	f.Add("add=accused&accused.0.person=person/x")
	f.Add("remove=things.99999999999999999999")
	f.Add("remove=.-1&things.-3.kind=a&things.100.kind=b")
	f.Fuzz(func(t *testing.T, form string) {
		v, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		reshape(v)
		for _, group := range []string{"things", "accused", "witness", "victim"} {
			if n := rowsOf(v, group); n < 0 || n > maxThings {
				t.Errorf("%d rows of %s", n, group)
			}
		}
		typedParties(v)
		typedThings(v, new(fault.List))
	})
}

// TestRemoveRow: the rows after the one taken out move up.
func TestRemoveRow(t *testing.T) {
	v := url.Values{"things.0.kind": {"cash"}, "things.1.kind": {"phone"}, "things.2.kind": {"tool"}, "remove": {"things.1"}}
	if !reshape(v) || v.Get("things.0.kind") != "cash" || v.Get("things.1.kind") != "tool" || rowsOf(v, "things") != 2 {
		t.Errorf("%v", v)
	}
	if reshape(v) {
		t.Error("no button was pressed")
	}
}

// TestUnderage: whoever may be a minor counts as one where the day of birth is
// not known; on the birthday they are of age.
func TestUnderage(t *testing.T) {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC) // the 23rd in Morocco
	for born, want := range map[string]bool{
		"2008-11-23": false, "2008-11-24": true, "2008-11": true, "2008-10": false, "2008": true, "2007": false, "1990-05-05": false, "": false, "unknown": false,
	} {
		got, err := underage(pack, born, at)
		if err != nil || got != want {
			t.Errorf("born %q: %v, %v", born, got, err)
		}
	}
}

// TestBells: the pack's alarms ring one after the other before a deadline.
func TestBells(t *testing.T) {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	arrest := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, rule := range pack.Custodies(arrest) {
		law, err := clockOf(pack, rule.Code, arrest)
		if err != nil {
			t.Fatal(err)
		}
		deadline := law.deadline(arrest, 0)
		for i, at := range law.alarms(deadline) {
			if law.rung(deadline, at.Add(-time.Second)) != i || law.rung(deadline, at) != i+1 {
				t.Errorf("%s: alarm %d", rule.Code, i)
			}
		}
		if len(rule.Alarms) > 0 && !deadline.Add(-law.warn()).Equal(law.alarms(deadline)[0]) {
			t.Errorf("%s: the first bell", rule.Code)
		}
	}
	if _, err := clockOf(pack, "martial", arrest); err == nil {
		t.Error("an unknown regime has a clock")
	}
}
