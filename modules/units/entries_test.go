package units_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// during lists the kinds of the entries that are appended while something runs.
func (h *house) during(run func()) (kinds []string) {
	h.t.Helper()
	last, err := h.k.Journal.Last(ctx)
	h.must(err)
	run()
	made, err := h.k.Journal.After(ctx, last, 100)
	h.must(err)
	for _, e := range made {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "units."))
	}
	return kinds
}

// leaves checks that an act gets through, and the entries that it leaves.
func (h *house) leaves(run func() error, kinds ...string) {
	h.t.Helper()
	var err error
	if got := h.during(func() { err = run() }); err != nil || !slices.Equal(got, kinds) {
		h.t.Errorf("appended %q, want %q; %v", got, kinds, err)
	}
}

// denies checks that an act is refused with a code, and leaves nothing.
func (h *house) denies(run func() error, key string) {
	h.t.Helper()
	var err error
	if got := h.during(func() { err = run() }); err == nil || fault.All(err)[0].Key != key || len(got) > 0 {
		h.t.Errorf("%v, want %s; appended %q", err, key, got)
	}
}

// acts are those of an administrator on one officer, each under its own grant.
type acts struct {
	*house
	admin, about ident.ID
}

func (a acts) post(in units.NewPost) func() error {
	in.Officer = a.about
	g := a.grant(a.admin, "units.officer.post", a.about)
	return func() error { _, err := a.PostOfficer(ctx, g, in); return err }
}

func (a acts) endPost(in units.PostEnding) func() error {
	g := a.grant(a.admin, "units.post.end", a.about)
	return func() error { return a.EndPost(ctx, g, in) }
}

func (a acts) appoint(in units.Appointment) func() error {
	in.Officer = a.about
	g := a.grant(a.admin, "units.capacity.appoint", a.about)
	return func() error { _, err := a.AppointCapacity(ctx, g, in); return err }
}

func (a acts) suspend(in units.NewSuspension) func() error {
	in.Officer = a.about
	g := a.grant(a.admin, "units.officer.suspend", a.about)
	return func() error { _, err := a.SuspendOfficer(ctx, g, in); return err }
}

func (a acts) lift() func() error {
	g := a.grant(a.admin, "units.suspension.lift", a.about)
	return func() error { return a.LiftSuspension(ctx, g, a.about) }
}

// TestEachActOnAnOfficerLeavesItsEntries: a transfer ends the post and the duty held
// before, a post beside another ends nothing, a duty officer works under the desk's
// duty; what is refused leaves nothing at all.
func TestEachActOnAnOfficerLeavesItsEntries(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	a := acts{h, who[units.Administrator], who[units.Investigator]}
	here, desk := h.unit["KEN-VILLE-BPJ"], h.unit["KEN-01"]
	h.denies(a.post(units.NewPost{Unit: desk, Role: units.DutyOfficer}), "form.required")
	h.denies(a.post(units.NewPost{Unit: here, Role: units.Investigator, Act: "1"}), "units.fault.posted-already")
	h.leaves(a.post(units.NewPost{Unit: desk, Role: units.DutyOfficer, Act: "1/2026", Beside: true}), "officer-posted")
	h.clock.Advance(time.Second)
	h.leaves(a.post(units.NewPost{Unit: here, Role: units.BrigadeChief, Act: "2/2026"}), "post-ended", "duty-ended", "post-ended", "officer-posted", "duty-opened")
	h.clock.Advance(time.Second)
	posts, err := h.Posts(ctx, a.about)
	h.must(err)
	h.denies(a.endPost(units.PostEnding{Post: h.ids.New(), Act: "3"}), "fault.not-found")
	h.denies(a.endPost(units.PostEnding{Post: posts[len(posts)-1].ID, Act: "3"}), "units.fault.post-ended")
	h.denies(a.endPost(units.PostEnding{Post: posts[0].ID}), "form.required")
	h.denies(a.endPost(units.PostEnding{Post: posts[0].ID, Act: "3", To: noon.AddDate(-2, 0, 0)}), "units.fault.period")
	h.leaves(a.appoint(units.Appointment{Capacity: "apj", Act: "4/2026"}), "capacity-appointed")
	h.denies(a.appoint(units.Appointment{Capacity: "apj", Act: "4/2026"}), "units.fault.capacity-held")
	h.denies(a.appoint(units.Appointment{Capacity: "judge-of-all", Act: "4/2026"}), "form.choose")
	h.clock.Advance(time.Second)
	h.leaves(a.appoint(units.Appointment{Capacity: "opj", Act: "5/2026"}), "capacity-ended", "capacity-appointed")
	h.denies(a.lift(), "units.fault.not-suspended")
	h.denies(a.suspend(units.NewSuspension{Reason: strings.Repeat("a", 2001)}), "form.too-long")
	h.leaves(a.suspend(units.NewSuspension{Reason: "enquiry 4/2026"}), "officer-suspended")
	h.denies(a.suspend(units.NewSuspension{Reason: "again"}), "units.fault.suspended-already")
	h.leaves(a.lift(), "suspension-lifted")
	h.leaves(a.endPost(units.PostEnding{Post: posts[0].ID, Act: "6/2026"}), "post-ended", "duty-ended")
	h.sound()
}

// TestAnEndMayComeSoonerNotLater: a post or a duty that ends some day may end sooner;
// who serves longer is posted anew, from that day on.
func TestAnEndMayComeSoonerNotLater(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	a := acts{h, who[units.Administrator], who[units.Investigator]}
	posts, err := h.Posts(ctx, a.about)
	h.must(err)
	end := func(days int) func() error {
		return a.endPost(units.PostEnding{Post: posts[0].ID, Act: "6/2026", To: noon.AddDate(0, 0, days)})
	}
	h.leaves(end(10), "post-ended", "duty-ended")
	h.denies(end(11), "units.fault.post-longer")
	h.denies(a.endPost(units.PostEnding{Post: posts[0].ID, Act: "6/2026", To: noon.AddDate(0, 0, 10).Add(time.Microsecond)}), "units.fault.post-longer")
	h.leaves(end(9), "post-ended", "duty-ended")
	h.denies(end(10), "units.fault.post-longer")
	h.leaves(a.post(units.NewPost{Unit: h.unit["KEN-VILLE-BPJ"], Role: units.Investigator, Act: "7/2026", From: noon.AddDate(0, 0, 9), To: noon.AddDate(0, 0, 20)}), "officer-posted", "duty-opened")
	duty, err := h.OpenDuty(ctx, h.system(), units.NewDuty{Unit: h.unit["KEN-01"], Kind: units.DutyWatch, To: noon.AddDate(0, 0, 3)})
	h.must(err)
	g := h.system()
	h.denies(func() error { return h.EndDuty(ctx, g, duty, noon.AddDate(0, 0, 4)) }, "units.fault.duty-longer")
	h.leaves(func() error { return h.EndDuty(ctx, g, duty, noon.AddDate(0, 0, 2)) }, "duty-ended")
	h.sound()
}

// TestEachActOnAUnitLeavesItsEntries: a unit with a desk opens its duty, closing one
// ends them; a duty is opened once and ended once.
func TestEachActOnAUnitLeavesItsEntries(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	grant := func(action string) policy.Grant { return h.grant(who[units.Administrator], action, "") }
	names := packs.Names{AR: "\u062f\u0627\u0626\u0631\u0629", FR: "9e arrondissement", EN: "9th district"}
	in := units.NewUnit{ID: h.ids.New(), Code: "KEN-09", Type: "police-district", Parent: h.unit["KEN-VILLE"], Names: names, Area: "04.281", Act: "1/2026"}
	open := func() error { _, err := h.OpenUnit(ctx, grant("units.unit.open"), in); return err }
	h.leaves(open, "unit-opened", "duty-opened")
	h.leaves(open) // the form again
	desk, err := h.DeskOf(ctx, in.ID)
	h.must(err)
	duty := func(d units.NewDuty) func() error {
		return func() error { _, err := h.OpenDuty(ctx, grant("units.duty.open"), d); return err }
	}
	end := func(id ident.ID, to time.Time) func() error {
		return func() error { return h.EndDuty(ctx, grant("units.duty.end"), id, to) }
	}
	h.denies(duty(units.NewDuty{Unit: in.ID, Kind: units.DutyDesk}), "units.fault.desk-open")
	h.denies(duty(units.NewDuty{Unit: in.ID, Kind: "nap"}), "form.choose")
	h.denies(duty(units.NewDuty{Unit: in.ID, Kind: "watch", Officer: who[units.Investigator]}), "units.fault.serves-elsewhere")
	watch := h.ids.New()
	h.leaves(duty(units.NewDuty{ID: watch, Unit: in.ID, Kind: "watch"}), "duty-opened")
	h.clock.Advance(time.Minute)
	h.denies(end(h.ids.New(), time.Time{}), "fault.not-found")
	h.leaves(end(watch, time.Time{}), "duty-ended")
	if err := end(watch, time.Time{})(); !fault.Is(err, fault.Conflict) {
		t.Errorf("ended twice: %v", err)
	}
	shut := func() error {
		return h.CloseUnit(ctx, grant("units.unit.close"), units.UnitClosing{Unit: in.ID, Successor: h.unit["KEN-01"], Act: "2/2026"})
	}
	h.leaves(shut, "unit-closed", "duty-ended")
	h.denies(shut, "units.fault.unit-closed")
	if d, err := h.Duty(ctx, desk.ID); err != nil || d.To.IsZero() {
		t.Errorf("%+v %v", d, err)
	}
	h.sound()
}

// wrongSheet is a form of an administrator, sent with something wrong in it.
type wrongSheet struct {
	path  string // below the unit or the officer
	form  url.Values
	field string
	key   string
}

var wrongUnits = []wrongSheet{
	{"/open", url.Values{"code": {"KEN-09"}, "type": {"police-district"}, "name-ar": {"x"}, "name-fr": {"x"}, "name-en": {"x"}}, "act", "form.required"},
	{"/open", url.Values{"code": {"ken 9"}, "type": {"police-district"}, "name-ar": {"x"}, "name-fr": {"x"}, "name-en": {"x"}, "act": {"1"}}, "code", "units.fault.code"},
	{"/move", url.Values{"from": {"soon"}}, "from", ""},
	{"/close", url.Values{"successor": {"NOWHERE"}, "act": {"1"}}, "successor", ""},
	{"/enrol", url.Values{"given": {"Karim"}, "family": {"Namoudaj"}}, "matricule", "form.required"},
	{"/open-duty", url.Values{"kind": {"nap"}}, "kind", "form.choose"},
}

var wrongOfficers = []wrongSheet{
	{"/post", url.Values{"unit": {"KEN-01"}, "role": {"king"}, "act": {"1"}}, "role", "form.choose"},
	{"/post", url.Values{"unit": {"KEN-01"}, "role": {"duty-officer"}}, "act", "form.required"},
	{"/appoint", url.Values{"capacity": {"opj"}}, "act", "form.required"},
	{"/appoint", url.Values{"capacity": {"prosecutor"}, "act": {"1"}}, "capacity", "units.fault.capacity-branch"},
	{"/suspend", url.Values{"reason": {""}}, "reason", "form.required"},
}

// TestWrongSheetsInThreeLanguages: each comes back under 422 with what is wrong at its
// field in the reader's words, and what was typed; nothing is written.
func TestWrongSheetsInThreeLanguages(t *testing.T) {
	s := newSite(t)
	listener := httptest.NewServer(s.server)
	t.Cleanup(listener.Close)
	admin := kerneltest.NewClient(t, listener.URL).SignIn(string(units.Administrator))
	try := func(base string, all []wrongSheet) {
		for _, x := range all {
			for _, lang := range text.Langs() {
				page := admin.Speak(string(lang)).Get(base + x.path)
				form := page.Fields(base + x.path)
				for name, v := range x.form {
					form[name] = v
				}
				if got := s.during(func() { page = admin.Post(base+x.path, form) }); page.Status != 422 || len(got) > 0 {
					t.Errorf("%s %s: %d, appended %q", lang, x.path, page.Status, got)
				}
				said, ok := page.Errors()[x.field]
				if !ok || x.key != "" && !strings.Contains(said, s.k.Texts.In(lang).T(x.key)) {
					t.Errorf("%s %s: %v, want %s at %s", lang, x.path, page.Errors(), x.key, x.field)
				}
				for _, name := range []string{"act", "reason", "code", "given"} {
					if kept := page.Fields(base + x.path).Get(name); x.form.Has(name) && kept != x.form.Get(name) {
						t.Errorf("%s %s: %q is not kept: %q", lang, x.path, x.form.Get(name), kept)
					}
				}
			}
		}
	}
	try("/units/"+string(s.unit["KEN-VILLE"]), wrongUnits)
	try("/officers/"+string(s.who[units.Investigator]), wrongOfficers)
	for _, path := range []string{"/units/x", "/units/" + string(s.ids.New()), "/officers/x", "/officers/" + string(s.ids.New()), "/units/" + string(s.ids.New()) + "/open", "/officers/" + string(s.ids.New()) + "/post"} {
		if page := admin.Get(path); page.Status != 404 {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}
