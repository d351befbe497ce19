package plates_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/plates"
)

func (h *house) enter(name string, in plates.NewEntry) (plates.Entry, error) {
	h.t.Helper()
	g, err := h.at(name, "plates.entry.enter", ident.Ref{})
	if err != nil {
		return plates.Entry{}, err
	}
	return h.EnterEntry(ctx, g, in)
}

// TestListedInEitherScript: the letter is typed in Arabic or in Latin, and is
// one plate; it is on a list once.
func TestListedInEitherScript(t *testing.T) {
	h := newHouse(t)
	e, err := h.enter("opj", h.wish("12345-a-6"))
	h.must(err)
	if e.Plate != "12345-"+alif+"-6" || e.Number().Letter != alif || e.Authority == "" || e.By != h.who["opj"] || e.Until.Sub(e.From) < 364*24*time.Hour {
		t.Errorf("%+v", e)
	}
	_, err = h.enter("opj", h.wish("12345 | "+alif+" | 6"))
	h.wants(err, fault.Conflict, "plates.fault.listed")
	_, err = h.enter("chief", h.wish("12345-\u064a-6"))
	h.must(err)
	foreign := h.wish("AB-123-CD")
	foreign.Country = "fr"
	e, err = h.enter("chief", foreign)
	h.must(err)
	if e.Plate != "AB123CD" || e.Country != "fr" {
		t.Errorf("%+v", e)
	}
	h.sound()
}

func TestEntryIsChecked(t *testing.T) {
	h := newHouse(t)
	for name, change := range map[string]func(*plates.NewEntry){
		"form.required (authority)":            func(e *plates.NewEntry) { e.Authority = " " },
		"form.required (reason)":               func(e *plates.NewEntry) { e.Reason = "" },
		"form.choose (list)":                   func(e *plates.NewEntry) { e.List = "suspects" },
		"form.choose (colour)":                 func(e *plates.NewEntry) { e.Colour = "plaid" },
		"form.choose (area)":                   func(e *plates.NewEntry) { e.Area = "99" },
		"plates.fault.plate (plate)":           func(e *plates.NewEntry) { e.Plate = "hello" },
		"plates.fault.ends-before (until)":     func(e *plates.NewEntry) { e.Until = noon.AddDate(0, 0, -1) },
		"plates.fault.too-far (until)":         func(e *plates.NewEntry) { e.Until = noon.AddDate(3, 0, 0) },
		"plates.fault.submission (submission)": func(e *plates.NewEntry) { e.Submission = "x" },
	} {
		in := h.wish("12345-A-6")
		change(&in)
		_, err := h.enter("opj", in)
		all := fault.All(err)
		if len(all) != 1 || all[0].Key+" ("+all[0].Field+")" != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.enter("agent", h.wish("1-A-1")); !fault.Is(err, fault.Refused) {
		t.Errorf("who is no OPJ lists a plate: %v", err)
	}
	if _, err := h.enter("desk", h.wish("1-A-1")); !fault.Is(err, fault.Refused) {
		t.Errorf("the duty desk lists a plate: %v", err)
	}
}

// TestSentTwice: a form sent again changes nothing; its id used for something
// else is refused.
func TestSentTwice(t *testing.T) {
	h := newHouse(t)
	in := h.wish("12345-A-6")
	a, err := h.enter("opj", in)
	h.must(err)
	b, err := h.enter("opj", in)
	h.must(err)
	if a != b {
		t.Errorf("%+v %+v", a, b)
	}
	_, err = h.enter("chief", in)
	h.wants(err, fault.Conflict, "plates.fault.submission")
	stale := plates.Cancelling{Act: h.act(), Entry: a.ID, Reason: "X"}
	stale.Version = 7
	h.wants(h.CancelEntry(ctx, h.grant("opj", "plates.entry.cancel", a.Ref()), stale), fault.Conflict, "fault.conflict")
	other, err := h.enter("opj", h.wish("1-A-1"))
	h.must(err)
	h.wants(h.CancelEntry(ctx, h.grant("opj", "plates.entry.cancel", a.Ref()), plates.Cancelling{Act: h.act(), Entry: other.ID, Reason: "X"}), fault.Refused, "plates.fault.other-record")
}

// TestCancellationReachesTheMatcher: what is taken after a cancellation
// proposes nothing, and the record says that the matcher dropped it.
func TestCancellationReachesTheMatcher(t *testing.T) {
	h := newHouse(t)
	e := h.list("12345-A-6")
	c, _ := h.camera("KEN-A1")
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 1 {
		t.Fatalf("%+v", got)
	}
	before := h.clock.Now()
	h.must(h.cancel(e.ID))
	now := h.entry(e.ID)
	if now.State != plates.Cancelled || now.Reached.Before(before) || now.Reached.Sub(before) > 2*time.Second || now.EndedWhy == "" {
		t.Errorf("%+v", now)
	}
	h.clock.Advance(time.Hour)
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 0 || got.Stored != 1 {
		t.Errorf("%+v", got)
	}
	h.must(h.ConfirmCancellations(ctx)) // nothing is left to confirm
	h.sound()
}

// TestOtherMatcherHearsOfIt: a second process over the same record, which saw
// nothing of the cancellation, matches no more with its next batch.
func TestOtherMatcherHearsOfIt(t *testing.T) {
	h := newHouse(t)
	other := plates.New(h.k, h.units, plate.Options{})
	e := h.list("12345-A-6")
	c, _ := h.camera("KEN-A1")
	got, err := other.TakeBatch(ctx, c, h.batch("12345-A-6"))
	h.must(err)
	if got.Proposals != 1 {
		t.Fatalf("%+v", got)
	}
	h.must(h.cancel(e.ID))
	h.clock.Advance(time.Hour)
	got, err = other.TakeBatch(ctx, c, h.batch("12345-A-6"))
	h.must(err)
	if got.Proposals != 0 {
		t.Errorf("%+v", got)
	}
}

// TestLapsedWarns: a lapsed entry alerts nobody, notes the day for its unit,
// and alerts again once renewed on somebody's authority.
func TestLapsedWarns(t *testing.T) {
	h := newHouse(t)
	in := h.wish("12345-A-6")
	in.Until = noon.Add(24 * time.Hour)
	e, err := h.enter("opj", in)
	h.must(err)
	c, _ := h.camera("KEN-A1")
	h.clock.Set(noon.Add(25 * time.Hour))
	for range 2 {
		if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 0 {
			t.Fatal("a lapsed entry alerts")
		}
	}
	now := h.entry(e.ID)
	if now.Standing(h.clock.Now()) != "lapsed" || now.LapsedOn != "2026-11-29" {
		t.Errorf("%+v", now)
	}
	renew := plates.Renewal{Act: h.act(), Entry: e.ID, Until: h.clock.Now().AddDate(5, 0, 0), Authority: "Procureur, 200/2026"}
	g := h.grant("chief", "plates.entry.renew", e.Ref())
	h.wants(h.RenewEntry(ctx, g, renew), fault.Invalid, "plates.fault.too-far")
	renew.Until = time.Time{}
	h.must(h.RenewEntry(ctx, g, renew))
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 1 {
		t.Error("a renewed entry alerts nobody")
	}
	h.must(h.cancel(e.ID))
	renew.Act = h.act()
	h.wants(h.RenewEntry(ctx, h.grant("chief", "plates.entry.renew", e.Ref()), renew), fault.Refused, "plates.fault.entry-state")
	h.sound()
}

// TestWindowAndArea: an entry alerts within its window and its area only.
func TestWindowAndArea(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	for i, x := range []struct {
		area  string
		from  time.Time
		alert int
	}{{"", noon, 1}, {"04", noon, 1}, {"04.281", noon, 1}, {"05", noon, 0}, {"04.291", noon, 0}, {"", noon.AddDate(0, 0, 2), 0}} {
		in := h.wish(fmt.Sprintf("%d-D-40", 100+i))
		in.Area, in.From = x.area, x.from
		_, err := h.enter("opj", in)
		h.must(err)
		if got := h.take(c, h.batch(in.Plate)); got.Proposals != x.alert {
			t.Errorf("area %q from %s: %+v", x.area, x.from, got)
		}
	}
}

func (h *house) importList(file string, submission ident.ID) (plates.Imported, error) {
	h.t.Helper()
	return h.ImportEntries(ctx, h.grant("opj", "plates.entry.import", ident.Ref{}), submission, strings.NewReader(file))
}

// TestImport lists what is right and reports each line that is not, once.
func TestImport(t *testing.T) {
	h := newHouse(t)
	file := "\xef\xbb\xbfplate;list;reason;authority;colour;until;ignored\n" +
		"12345-A-6;stolen;Vol;PR 1/2026;white;2027-01-31;x\n" +
		"hello;stolen;Vol;PR 2/2026;;;\n" +
		"777-B-1;wanted;Mandat;;;;\n" +
		"12345-" + alif + "-6;stolen;Encore;PR 3/2026;;;\n" +
		"778-B-1;missing;Disparition;PR 4/2026;;31/01/2027;\n" +
		"779-\u0637-89;wanted;Mandat;PR 5/2026;;;\n" +
		"780-T-89;wanted;Mandat\n"
	id := h.ids.New()
	got, err := h.importList(file, id)
	h.must(err)
	var lines []string
	for _, l := range got.Wrong {
		for _, f := range l.Faults {
			lines = append(lines, fmt.Sprintf("%d %s %s", l.N, f.Field, f.Key))
		}
	}
	want := "3 plate plates.fault.plate;4 authority form.required;5 plate plates.fault.listed;6 until form.unreadable;8 authority form.required"
	if got.Listed != 2 || got.Known != 0 || strings.Join(lines, ";") != want {
		t.Errorf("%d listed, %d known, %s", got.Listed, got.Known, strings.Join(lines, ";"))
	}
	again, err := h.importList(file, id)
	h.must(err)
	if again.Listed != 0 || again.Known != 2 || len(again.Wrong) != 5 {
		t.Errorf("sent again: %+v", again)
	}
	for _, bad := range []string{"", "plate,list\n1-A-1,stolen\n", "plate,list,reason,authority\n\"1-A-1,stolen\n"} {
		if _, err := h.importList(bad, h.ids.New()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	h.sound()
}

// TestImportStopsAtItsLimit keeps a list from filling the memory.
func TestImportStopsAtItsLimit(t *testing.T) {
	h := newHouse(t)
	if _, err := h.importList("plate,list,reason,authority\n"+strings.Repeat("x,y,z,w\n", 50_001), h.ids.New()); !fault.Is(err, fault.TooLarge) {
		t.Errorf("%v", err)
	}
}

// TestWhoMayKeepLists: one's own unit's entries, a chief's cancellation, and
// no decision by an inspector.
func TestWhoMayKeepLists(t *testing.T) {
	h := newHouse(t)
	e := h.list("12345-A-6")
	law := policy.Purpose{Kind: policy.Basis, Basis: "L09-08-3"}
	for _, x := range []struct {
		who, action string
		purpose     []policy.Purpose
		may         bool
	}{
		{"desk", "plates.entry.read", nil, true}, {"prosecutor", "plates.entry.read", nil, true}, {"inspector", "plates.entry.read", []policy.Purpose{law}, true},
		{"administrator", "plates.entry.read", nil, false}, {"inspector", "plates.entry.read", nil, false}, {"desk", "plates.entry.read", []policy.Purpose{law}, true},
		{"second", "plates.entry.renew", nil, true}, {"agent", "plates.entry.renew", nil, false}, {"desk", "plates.entry.cancel", nil, false}, {"chief", "plates.entry.cancel", nil, true},
		{"desk", "plates.entry.contest", nil, true}, {"inspector", "plates.entry.contest", nil, false}, {"opj", "plates.contest.decide", nil, false}, {"second", "plates.contest.decide", nil, false}, {"prosecutor", "plates.contest.decide", nil, true},
		{"opj", "plates.entry.read", []policy.Purpose{{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: h.ids.New()}}}, false}, {"opj", "plates.entry.read", []policy.Purpose{{}}, false},
	} {
		_, err := h.at(x.who, x.action, e.Ref(), x.purpose...)
		if (err == nil) != x.may {
			t.Errorf("%s %s under %v: %v", x.who, x.action, x.purpose, err)
		}
	}
}

// TestListsEqualDecisions: the desk and the lists show exactly what may be read
// one by one.
func TestListsEqualDecisions(t *testing.T) {
	s := newSite(t)
	x, e, c := s.hit()
	for _, name := range []string{"desk", "opj", "chief", "prosecutor", "administrator"} {
		b := s.as(name)
		for _, v := range []struct {
			path, listAction, action string
			ref                      ident.Ref
			shown                    string
		}{{"/plates", "plates.desk.open", "plates.hit.list", x.Ref(), string(x.ID)}, {"/plates/entries", "plates.list.open", "plates.entry.list", e.Ref(), string(e.ID)}, {"/plates/cameras", "plates.camera.open", "plates.camera.list", c.Ref(), string(c.ID)}} {
			b.get(v.path)
			_, opens := s.at(name, v.listAction, ident.Ref{})
			_, may := s.at(name, v.action, v.ref)
			if (b.code == 200) != (opens == nil) {
				t.Errorf("%s on %s: %d, %v", name, v.path, b.code, opens)
			}
			if b.code == 200 && strings.Contains(b.last, v.shown) != (may == nil) {
				t.Errorf("%s on %s: listed %v, may %v", name, v.path, may != nil, may)
			}
		}
	}
}
