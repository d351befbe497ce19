package register_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
)

var control = policy.Purpose{Kind: policy.Basis, Basis: "CPP-66"}

// arrested is a page as an officer fills it in, ten minutes after the arrest.
func (h *house) arrested(offence string) register.NewCustody {
	p := synthetic("Benmoussa", "Yassine", "1994")
	now := h.clock.Now()
	return register.NewCustody{Submission: h.ids.New(), New: &p, Offence: offence, Arrest: now.Add(-10 * time.Minute), Arrival: now.Add(-5 * time.Minute),
		Cell: "2", Grounds: []string{"ensure-presence"}, Reasons: "Sans domicile connu; risque de fuite."}
}

// hold opens a custody for a case and gives both.
func (h *house) hold(in register.NewCustody) (register.Custody, policy.Purpose) {
	h.t.Helper()
	p := h.newCase("*")
	c, err := h.OpenCustody(ctx, h.grant("opj", "register.custody.open", policy.Resource{}, p), in)
	h.must(err)
	return c, p
}

func (h *house) seat(name string, id ident.ID, action string) (policy.Grant, error) {
	h.t.Helper()
	res, err := h.Seat(ctx, ident.Ref{Kind: register.KindCustody, ID: id}, control)
	h.must(err)
	return h.ask(name, action, res, control)
}

// TestCustodyClock: for each regime of the pack the clock runs from the
// arrest, in elapsed hours, through every extension, and no longer.
func TestCustodyClock(t *testing.T) {
	h := newHouse(t)
	for regime, offence := range map[string]string{"ordinary": "theft-simple", "juvenile": "theft-simple", "terrorism": "", "state-security": ""} {
		if offence == "" {
			for _, o := range h.k.Pack.Offences(noon) {
				if o.Custody == regime {
					offence = o.Code
				}
			}
		}
		t.Run(regime, func(t *testing.T) {
			if offence == "" {
				t.Skip("the pack has no offence under this regime")
			}
			in := h.arrested(offence)
			if regime == "juvenile" {
				in.New.Birth = "2010"
			}
			c, _ := h.hold(in)
			rule, err := h.k.Pack.Custody(regime, in.Arrest)
			h.must(err)
			if c.Regime != regime || !c.Deadline.Equal(in.Arrest.Add(rule.Initial.Elapsed())) {
				t.Fatalf("regime %s, deadline %v", c.Regime, c.Deadline)
			}
			h.extendAll(t, c, len(rule.Extensions))
			got, err := h.Sheet(ctx, c.ID)
			h.must(err)
			if got.Deadline.Sub(in.Arrest) != rule.Longest() || got.Extensions != len(rule.Extensions) {
				t.Errorf("deadline after all extensions: %v", got.Deadline)
			}
		})
	}
	h.sound()
}

// TestACrimeIsExtendedByTheGeneral: its file is the prosecutor general's, and so is
// the custody: the law leaves the extension to the prosecution, and the general
// decides in the prosecutor's stead; the written decision says who did.
// Law: CPP 49; CPP 66
func TestACrimeIsExtendedByTheGeneral(t *testing.T) {
	h := newHouse(t)
	tried := 0
	for _, o := range h.k.Pack.Offences(noon) {
		if o.Class != "crime" || o.Custody != "" && o.Custody != "ordinary" || tried == 3 {
			continue
		}
		tried++
		c, _ := h.hold(h.arrested(o.Code))
		if c.Office != h.unit["PGR-KEN"] || c.Regime != "ordinary" {
			t.Fatalf("%s: %s at %s", o.Code, c.Regime, c.Office)
		}
		h.extendAll(t, c, 1)
		page, err := h.Sheet(ctx, c.ID)
		h.must(err)
		if page.Extensions != 1 || len(page.Decisions) == 0 || page.Decisions[0].Capacity != "prosecutor-general" {
			t.Errorf("%s: %+v", o.Code, page.Decisions)
		}
	}
	if tried == 0 {
		t.Fatal("the pack has no crime under ordinary custody")
	}
}

// extendAll extends by whoever the pack names, until nobody can.
func (h *house) extendAll(t *testing.T, c register.Custody, n int) {
	for i := range n + 1 {
		page, err := h.Sheet(ctx, c.ID)
		h.must(err)
		who := "prosecutor"
		if page.Office == h.unit["PGR-KEN"] {
			who = "general"
		}
		g, err := h.seat(who, c.ID, "register.extension.decide")
		h.must(err)
		err = h.DecideExtension(ctx, g, c.ID, page.Version, register.NewDecision{Granted: true, Act: "22/2026", Ground: "ensure-presence", Words: "Enqu\u00eate en cours."})
		if i == n {
			h.wants(err, fault.Refused, "register.fault.no-extension")
			return
		}
		h.must(err)
	}
}

// TestClockAcrossRamadan: Moroccan clocks go back when Ramadan begins; 48
// hours stay 48 hours.
func TestClockAcrossRamadan(t *testing.T) {
	h := newHouse(t)
	for _, o := range h.k.Pack.Offsets() {
		if o.Minutes != 0 || o.At.Year() != 2027 {
			continue
		}
		h := newHouseAt(t, o.At.Add(-24*time.Hour))
		in := h.arrested("theft-simple")
		c, _ := h.hold(in)
		if got := c.Deadline.Sub(in.Arrest); got != 48*time.Hour {
			t.Errorf("%v between arrest and deadline", got)
		}
		w := h.k.Pack.Local(c.Deadline).Sub(h.k.Pack.Local(in.Arrest))
		if w != 48*time.Hour {
			t.Errorf("local times lie %v apart", w)
		}
		if h.k.Pack.Local(c.Deadline).Hour() == h.k.Pack.Local(in.Arrest).Hour() {
			t.Error("the shown hour should differ across the change")
		}
		return
	}
	t.Error("the pack knows no beginning of Ramadan in 2027")
}

// TestCustodyRefusals: who may not open a custody, and for what there is none.
func TestCustodyRefusals(t *testing.T) {
	h := newHouse(t)
	p := h.newCase("*")
	for _, name := range []string{"agent", "prosecutor", "administrator"} {
		if _, err := h.ask(name, "register.custody.open", policy.Resource{}, p); !fault.Is(err, fault.Refused) {
			t.Errorf("%s opens a custody: %v", name, err)
		}
	}
	if _, err := h.ask("opj", "register.custody.open", policy.Resource{}); !fault.Is(err, fault.Refused) {
		t.Errorf("without a case: %v", err)
	}
	g := h.grant("opj", "register.custody.open", policy.Resource{}, p)
	_, err := h.OpenCustody(ctx, g, h.arrested("noise"))
	h.wants(err, fault.Refused, "register.fault.no-custody")
	c, err := h.RefuseCustody(ctx, g, h.arrested("noise"), "unlawful")
	h.must(err)
	if c.State != register.CustodyRefused || c.Number == "" || c.Outcome != "unlawful" {
		t.Errorf("%+v", c)
	}
	for name, tc := range map[string]struct {
		spoil func(*register.NewCustody)
		field string
		key   string
	}{
		"no ground":       {func(c *register.NewCustody) { c.Grounds = nil }, "grounds", "register.fault.ground"},
		"own ground":      {func(c *register.NewCustody) { c.Grounds = []string{"convenience"} }, "grounds", "form.choose"},
		"no reasons":      {func(c *register.NewCustody) { c.Reasons = "" }, "reasons", "form.required"},
		"arrest ahead":    {func(c *register.NewCustody) { c.Arrest = noon.Add(2 * time.Hour) }, "arrest", "form.future"},
		"no arrest":       {func(c *register.NewCustody) { c.Arrest = time.Time{} }, "arrest", "form.required"},
		"arrived earlier": {func(c *register.NewCustody) { c.Arrival = c.Arrest.Add(-time.Hour) }, "arrival", "register.fault.before-arrest"},
		"offence":         {func(c *register.NewCustody) { c.Offence = "sorcery" }, "offence", "form.choose"},
		"regime":          {func(c *register.NewCustody) { c.Special = "military" }, "special", "form.choose"},
		"no cell":         {func(c *register.NewCustody) { c.Cell = "" }, "cell", "form.required"},
		"forged person":   {func(c *register.NewCustody) { c.New, c.Person = nil, h.ids.New() }, "person", "register.fault.no-person"},
	} {
		in := h.arrested("theft-simple")
		tc.spoil(&in)
		_, err := h.OpenCustody(ctx, g, in)
		found := false
		for _, f := range fault.All(err) {
			found = found || f.Field == tc.field && f.Key == tc.key
		}
		if !found {
			t.Errorf("%s: got %v", name, fault.All(err))
		}
	}
	h.sound()
}

// TestHeldOnce: one person has one open page.
func TestHeldOnce(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	again := h.arrested("theft-simple")
	again.New, again.Person = nil, c.Person
	_, err := h.OpenCustody(ctx, h.grant("opj", "register.custody.open", policy.Resource{}, p), again)
	h.wants(err, fault.Conflict, "register.fault.held")
}

// TestEvents: two times on each, nothing before the arrest, ahead, or that the
// regime does not know; a form sent twice notes once.
func TestEvents(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	g := h.grant("agent", "register.custody.note", h.on("agent", register.KindCustody, c.ID, p), p)
	rights := register.NewEvent{Submission: h.ids.New(), Kind: "rights", At: c.Arrest.Add(2 * time.Minute), Details: []register.Detail{{Field: "language", Value: "arabe"}}}
	for range 2 {
		h.must(h.NoteEvent(ctx, g, c.ID, rights))
	}
	sheet, err := h.Sheet(ctx, c.ID)
	h.must(err)
	if len(sheet.Events) != 1 || !sheet.Events[0].Happened.Equal(rights.At) || !sheet.Events[0].Written.After(rights.At) || sheet.Events[0].Details[0].Value != "arabe" {
		t.Errorf("%+v", sheet.Events)
	}
	for name, tc := range map[string]struct {
		event register.NewEvent
		key   string
	}{
		"before the arrest": {register.NewEvent{Kind: "meal", At: c.Arrest.Add(-time.Minute)}, "register.fault.before-arrest"},
		"ahead":             {register.NewEvent{Kind: "meal", At: h.clock.Now().Add(time.Hour)}, "form.future"},
		"unknown":           {register.NewEvent{Kind: "massage", At: h.clock.Now()}, "form.choose"},
		"own verb":          {register.NewEvent{Kind: "release", At: h.clock.Now()}, "form.choose"},
		"phase":             {register.NewEvent{Kind: "hearing", Phase: "middle", At: h.clock.Now()}, "form.choose"},
		"field":             {register.NewEvent{Kind: "meal", At: h.clock.Now(), Details: []register.Detail{{Field: "doctor", Value: "x"}}}, "form.choose"},
	} {
		tc.event.Submission = h.ids.New()
		if err := h.NoteEvent(ctx, g, c.ID, tc.event); err == nil || fault.Of(err).Key != tc.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, kind := range []string{"silence", "family", "health"} {
		h.must(h.NoteEvent(ctx, g, c.ID, register.NewEvent{Submission: h.ids.New(), Kind: kind, At: h.clock.Now()}))
	}
	sheet, err = h.Sheet(ctx, c.ID)
	h.must(err)
	for _, d := range sheet.Dues {
		if d.Kind == "family" || d.Late {
			t.Errorf("still due: %+v", d)
		}
	}
	h.clock.Advance(9 * time.Hour)
	o, err := h.Open(ctx, h.unit["KEN-VILLE-BPJ"])
	h.must(err)
	if late := o.Late[c.ID]; len(late) != 1 || late[0].Kind != "meal" {
		t.Errorf("late after nine hours: %+v", late)
	}
	h.sound()
}

// TestExtensionIsTheProsecutors: no officer, no other office, no other
// capacity, not after the deadline.
func TestExtensionIsTheProsecutors(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	if c.Office != h.unit["PR-KEN"] {
		t.Fatalf("office %s", c.Office)
	}
	for _, name := range []string{"opj", "chief", "elsewhere", "general", "inspector"} {
		if _, err := h.seat(name, c.ID, "register.extension.decide"); !fault.Is(err, fault.Refused) {
			t.Errorf("%s decides: %v", name, err)
		}
	}
	h.must(h.AskExtension(ctx, h.grant("opj", "register.extension.ask", h.on("opj", register.KindCustody, c.ID, p), p), c.ID, "Deux t\u00e9moins restent \u00e0 entendre."))
	g, err := h.seat("prosecutor", c.ID, "register.extension.decide")
	h.must(err)
	h.wants(h.DecideExtension(ctx, g, c.ID, 0, register.NewDecision{Granted: true, Ground: "ensure-presence", Words: "Vu."}), fault.Invalid, "form.required")
	h.wants(h.DecideExtension(ctx, g, c.ID, 0, register.NewDecision{Granted: true, Act: "1", Ground: "comfort", Words: "Vu."}), fault.Invalid, "form.choose")
	h.wants(h.DecideExtension(ctx, g, c.ID, 1, register.NewDecision{Granted: true, Act: "1", Ground: "ensure-presence", Words: "Vu."}), fault.Conflict, "fault.conflict")
	h.must(h.DecideExtension(ctx, g, c.ID, 0, register.NewDecision{Words: "Motifs insuffisants."}))
	h.clock.Set(c.Deadline.Add(time.Minute))
	g, err = h.seat("prosecutor", c.ID, "register.extension.decide")
	h.must(err)
	h.wants(h.DecideExtension(ctx, g, c.ID, 0, register.NewDecision{Granted: true, Act: "1", Ground: "ensure-presence", Words: "Vu."}), fault.Refused, "register.fault.expired")
	sheet, err := h.Sheet(ctx, c.ID)
	h.must(err)
	if len(sheet.Decisions) != 1 || sheet.Extensions != 0 || !sheet.Deadline.Equal(c.Deadline) {
		t.Errorf("%+v", sheet.Decisions)
	}
	h.sound()
}

// TestOverrun: a deadline that passes leaves an entry and a line, once, also
// where nobody looked before the end.
func TestOverrun(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	if n, err := h.Watch(ctx); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	h.clock.Set(c.Deadline.Add(time.Minute))
	if n, err := h.Watch(ctx); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if n, err := h.Watch(ctx); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	in := h.arrested("theft-simple")
	d, p2 := h.hold(in)
	h.clock.Set(d.Deadline.Add(time.Hour))
	end := func(id ident.ID, p policy.Purpose) {
		g := h.grant("opj", "register.custody.end", h.on("opj", register.KindCustody, id, p), p)
		h.wants(h.EndCustody(ctx, g, id, 0, "escape", h.clock.Now(), "x"), fault.Invalid, "form.choose")
		h.must(h.EndCustody(ctx, g, id, 0, "presentation", h.clock.Now(), "Pr\u00e9sent\u00e9 au parquet."))
		h.wants(h.EndCustody(ctx, g, id, 0, "release", h.clock.Now(), "x"), fault.Conflict, "register.fault.custody-over")
		sheet, err := h.Sheet(ctx, id)
		h.must(err)
		if sheet.Overrun.IsZero() || sheet.State != register.CustodyEnded || len(sheet.Events) != 1 {
			t.Errorf("%+v", sheet)
		}
	}
	end(c.ID, p)
	end(d.ID, p2)
	h.sound()
}

// TestDailyList: each office receives its own once a day, and acknowledges it.
func TestDailyList(t *testing.T) {
	h := newHouse(t)
	send := func() ([]register.List, error) {
		return h.SendList(ctx, h.grant("chief", "register.list.send", policy.Resource{}))
	}
	_, err := send()
	h.wants(err, fault.Conflict, "register.fault.no-list")
	c, _ := h.hold(h.arrested("theft-simple"))
	h.hold(h.arrested("burglary"))
	lists, err := send()
	h.must(err)
	if len(lists) != 2 || lists[0].Count != 1 {
		t.Fatalf("%+v", lists)
	}
	_, err = send()
	h.wants(err, fault.Conflict, "register.fault.no-list")
	for _, l := range lists {
		who := map[ident.ID]string{h.unit["PR-KEN"]: "prosecutor", h.unit["PGR-KEN"]: "general"}[l.Office]
		res, err := h.Seat(ctx, ident.Ref{Kind: register.KindList, ID: l.ID}, control)
		h.must(err)
		if _, err := h.ask("elsewhere", "register.list.take", res, control); !fault.Is(err, fault.Refused) {
			t.Errorf("another office takes it: %v", err)
		}
		g := h.grant(who, "register.list.take", res, control)
		h.must(h.TakeList(ctx, g, l.ID))
		h.wants(h.TakeList(ctx, g, l.ID), fault.Conflict, "register.fault.state")
	}
	g, err := h.seat("prosecutor", c.ID, "register.custody.visa")
	h.must(err)
	h.must(h.Visa(ctx, g, c.ID, "Vu et v\u00e9rifi\u00e9."))
	sheet, err := h.Sheet(ctx, c.ID)
	h.must(err)
	if len(sheet.Events) != 2 || sheet.Events[0].Kind != "daily-list" || sheet.Events[1].Kind != "visa" {
		t.Errorf("%+v", sheet.Events)
	}
	h.sound()
}

// TestCustodyErased: nothing of the person or of what was written is left in
// the register, and the journal still verifies.
func TestCustodyErased(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	g := h.grant("opj", "register.custody.note", h.on("opj", register.KindCustody, c.ID, p), p)
	h.must(h.NoteEvent(ctx, g, c.ID, register.NewEvent{Submission: h.ids.New(), Kind: "health", At: h.clock.Now(), Details: []register.Detail{{Field: "health", Value: "Bon \u00e9tat"}}}))
	h.erase(c.ID)
	h.erase(c.Person)
	sheet, err := h.Sheet(ctx, c.ID)
	h.must(err)
	if sheet.Reasons+sheet.Initials != "" || len(sheet.Events[0].Details) != 0 {
		t.Errorf("left: %+v", sheet)
	}
	h.sound()
}
