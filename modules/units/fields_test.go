package units_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/modules/units"
)

// desk is a district that may be opened under KEN-VILLE, the n-th of a test.
func (h *house) desk(n int) units.NewUnit {
	return units.NewUnit{Code: fmt.Sprintf("NEW-%d", n), Type: "police-district", Parent: h.unit["KEN-VILLE"], Area: "04.281", Act: "1/2026",
		Names: packs.Names{AR: "\u062f\u0627\u0626\u0631\u0629", FR: "Arrondissement", EN: "District"}}
}

// newcomers gives officers who hold nothing yet, one at each call.
func (h *house) newcomers(grade string) func() ident.ID {
	n := 0
	return func() ident.ID {
		h.t.Helper()
		n++
		in := h.person(h.ids.New(), 0, grade)
		in.Matricule = fmt.Sprintf("NEW%s-%d", grade, n)
		_, err := h.EnrolOfficer(ctx, h.system(), in)
		h.must(err)
		return in.ID
	}
}

// at checks that an act is refused for one field, and leaves nothing.
func (h *house) at(run func() error, field, key string) {
	h.t.Helper()
	h.denies(run, key)
	if all := fault.All(run()); len(all) != 1 || all[0].Field != field {
		h.t.Errorf("%+v, want one fault at %s", all, field)
	}
}

// typed is a field of a verb: the verb said with a text in it, all else being right.
type typed struct {
	field string
	max   int
	say   func(string) error
}

// unitFields are what is typed of units.
func (h *house) unitFields() map[string]typed {
	n := 0
	open := func(change func(*units.NewUnit)) error {
		n++
		in := h.desk(n)
		change(&in)
		_, err := h.OpenUnit(ctx, h.system(), in)
		return err
	}
	move := func(change func(*units.UnitMove)) error {
		n++
		u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
		h.must(err)
		in := units.UnitMove{Unit: u.ID, Parent: u.Parent, Type: u.Type, Names: u.Names, Area: u.Area, Act: "1"}
		in.Names.EN = fmt.Sprint("District ", n)
		change(&in)
		return h.MoveUnit(ctx, h.system(), in)
	}
	return map[string]typed{
		"the name of a unit in Arabic":  {"name-ar", 120, func(s string) error { return open(func(in *units.NewUnit) { in.Names.AR = s }) }},
		"the name of a unit in French":  {"name-fr", 120, func(s string) error { return open(func(in *units.NewUnit) { in.Names.FR = s }) }},
		"the name of a unit in English": {"name-en", 120, func(s string) error { return open(func(in *units.NewUnit) { in.Names.EN = s }) }},
		"the act that opens a unit":     {"act", 80, func(s string) error { return open(func(in *units.NewUnit) { in.Act = s }) }},
		"a new name in Arabic":          {"name-ar", 120, func(s string) error { return move(func(in *units.UnitMove) { in.Names.AR = s }) }},
		"a new name in French":          {"name-fr", 120, func(s string) error { return move(func(in *units.UnitMove) { in.Names.FR = s }) }},
		"a new name in English":         {"name-en", 120, func(s string) error { return move(func(in *units.UnitMove) { in.Names.EN = s }) }},
		"the act that moves a unit":     {"act", 80, func(s string) error { return move(func(in *units.UnitMove) { in.Act = s }) }},
	}
}

// peopleFields are what is typed of officers.
func (h *house) peopleFields() map[string]typed {
	n, about := 0, h.newcomers("officier")()
	enrol := func(change func(*units.NewOfficer)) error {
		n++
		in := h.person("", 0, "officier")
		in.Matricule = fmt.Sprint("E-", n)
		change(&in)
		_, err := h.EnrolOfficer(ctx, h.system(), in)
		return err
	}
	return map[string]typed{
		"a service number":        {"matricule", 20, func(s string) error { return enrol(func(in *units.NewOfficer) { in.Matricule = s }) }},
		"a given name in Arabic":  {"given-ar", 120, func(s string) error { return enrol(func(in *units.NewOfficer) { in.GivenAR = s }) }},
		"a family name in Arabic": {"family-ar", 120, func(s string) error { return enrol(func(in *units.NewOfficer) { in.FamilyAR = s }) }},
		"a given name":            {"given", 120, func(s string) error { return enrol(func(in *units.NewOfficer) { in.Given = s }) }},
		"a family name":           {"family", 120, func(s string) error { return enrol(func(in *units.NewOfficer) { in.Family = s }) }},
		"the reason of a suspension": {"reason", 2000, func(s string) error {
			_, err := h.SuspendOfficer(ctx, h.system(), units.NewSuspension{Officer: about, Reason: s})
			return err
		}},
		"the act of a post": {"act", 80, func(s string) error {
			_, err := h.PostOfficer(ctx, h.system(), units.NewPost{Officer: about, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: s})
			return err
		}},
		"the act of an appointment": {"act", 80, func(s string) error {
			_, err := h.AppointCapacity(ctx, h.system(), units.Appointment{Officer: about, Capacity: "opj", Act: s})
			return err
		}},
	}
}

// TestHowLongEachFieldMayBe: it is counted in characters, not in bytes; a field of
// blanks is empty; what is too long is refused at its field and writes nothing.
func TestHowLongEachFieldMayBe(t *testing.T) {
	h := newHouse(t)
	h.seed()
	for _, fields := range []map[string]typed{h.unitFields(), h.peopleFields()} {
		for name, f := range fields {
			t.Run(name, func(t *testing.T) {
				h.at(func() error { return f.say(strings.Repeat("\u0646", f.max+1)) }, f.field, "form.too-long")
				h.at(func() error { return f.say("") }, f.field, "form.required")
				h.at(func() error { return f.say(" \t\u00a0") }, f.field, "form.required")
				if err := f.say(strings.Repeat("\u0646", f.max)); err != nil {
					t.Errorf("%d characters: %v", f.max, err)
				}
			})
		}
	}
	h.sound()
}

// TestWhatACodeOfAUnitMayBe: capital letters, digits and hyphens, twenty of them.
func TestWhatACodeOfAUnitMayBe(t *testing.T) {
	h := newHouse(t)
	h.seed()
	for code, key := range map[string]string{
		"A": "", "9-9": "", strings.Repeat("A", 20): "", strings.Repeat("A", 21): "form.too-long", "": "form.required",
		"ken": "units.fault.code", "KEN_1": "units.fault.code", "K 1": "units.fault.code", "K\u00c9N": "units.fault.code", "\u062f-1": "units.fault.code",
		"K\n": "units.fault.code", "KEN-01": "units.fault.code-taken",
	} {
		in := h.desk(1)
		in.Code = code
		open := func() error { _, err := h.OpenUnit(ctx, h.system(), in); return err }
		if key == "" {
			h.leaves(open, "unit-opened", "duty-opened")
		} else {
			h.at(open, "code", key)
		}
	}
}

// TestWhatIsWrittenIsNotAhead: units, people and suspensions are dated now or before,
// to the instant.
func TestWhatIsWrittenIsNotAhead(t *testing.T) {
	h := newHouse(t)
	h.seed()
	n, next := 0, h.newcomers("officier")
	for name, c := range map[string]struct {
		field string
		say   func(time.Time) error
	}{
		"a unit opens": {"from", func(at time.Time) error {
			n++
			in := h.desk(n)
			in.From = at
			_, err := h.OpenUnit(ctx, h.system(), in)
			return err
		}},
		"a unit moves": {"from", func(at time.Time) error {
			n++
			u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
			h.must(err)
			u.Names.EN = fmt.Sprint("District ", n)
			return h.MoveUnit(ctx, h.system(), units.UnitMove{Unit: u.ID, Parent: u.Parent, Type: u.Type, Names: u.Names, Area: u.Area, Act: "1", From: at})
		}},
		"an officer comes": {"since", func(at time.Time) error {
			n++
			in := h.person("", 0, "officier")
			in.Matricule, in.Since = fmt.Sprint("S-", n), at
			_, err := h.EnrolOfficer(ctx, h.system(), in)
			return err
		}},
		"an officer is suspended": {"from", func(at time.Time) error {
			id := h.ids.New() // refused before anybody looks who it is
			if !at.After(h.clock.Now()) {
				id = next()
			}
			_, err := h.SuspendOfficer(ctx, h.system(), units.NewSuspension{Officer: id, Reason: "enquiry", From: at})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			now := h.clock.Now()
			h.at(func() error { return c.say(now.Add(time.Microsecond)) }, c.field, "form.future")
			for _, at := range []time.Time{now, now.Add(-time.Hour), {}} {
				if err := c.say(at); err != nil {
					t.Errorf("at %s: %v", at, err)
				}
			}
		})
	}
	h.sound()
}

// TestAPeriodEndsAfterItBegins: for posts, appointments and duties alike, by an
// instant at least; without a beginning it begins now.
func TestAPeriodEndsAfterItBegins(t *testing.T) {
	h := newHouse(t)
	h.seed()
	next := h.newcomers("officier")
	for name, say := range map[string]func(from, to time.Time) error{
		"a post": func(from, to time.Time) error {
			_, err := h.PostOfficer(ctx, h.system(), units.NewPost{Officer: next(), Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1", From: from, To: to})
			return err
		},
		"an appointment": func(from, to time.Time) error {
			_, err := h.AppointCapacity(ctx, h.system(), units.Appointment{Officer: next(), Capacity: "opj", Act: "1", From: from, To: to})
			return err
		},
		"a duty": func(from, to time.Time) error {
			_, err := h.OpenDuty(ctx, h.system(), units.NewDuty{Unit: h.unit["KEN-01"], Kind: units.DutyWatch, From: from, To: to})
			return err
		},
	} {
		now, ahead, none := h.clock.Now(), noon.AddDate(0, 1, 0), time.Time{}
		for _, c := range []struct {
			from, to time.Time
			ok       bool
		}{
			{ahead, ahead, false}, {ahead, ahead.Add(-time.Microsecond), false}, {ahead, ahead.Add(time.Microsecond), true}, {ahead, none, true},
			{none, now, false}, {none, now.Add(time.Microsecond), true}, {none, none, true}, {now.AddDate(-1, 0, 0), now.AddDate(0, -1, 0), true},
		} {
			err := say(c.from, c.to)
			if (err == nil) != c.ok || err != nil && (fault.All(err)[0].Key != "units.fault.period" || fault.All(err)[0].Field != "to") {
				t.Errorf("%s from %s to %s: %v", name, c.from, c.to, err)
			}
		}
	}
	h.sound()
}

// TestWhereEachRoleIsHeld: the desk where complaints are taken, brigades where cases
// are investigated, magistrates in their offices, the rest in the central services.
func TestWhereEachRoleIsHeld(t *testing.T) {
	h := newHouse(t)
	h.seed()
	held := map[units.Role]string{
		units.DutyOfficer: "KEN-01", units.Investigator: "KEN-01 KEN-VILLE-BPJ", units.BrigadeChief: "KEN-01 KEN-VILLE-BPJ",
		units.Prosecutor: "PR-KEN PR-TNG", units.Judge: "TPI-KEN CA-KEN", units.President: "CA-KEN", units.Inspector: "DGSN IG", units.Administrator: "DGSN IG", units.Regulator: "CNDP",
	}
	police, other := h.newcomers("officier"), h.newcomers("")
	for _, role := range units.Roles() {
		for _, code := range codes {
			officer, wrong := police(), other()
			if slices.Contains([]units.Role{units.Prosecutor, units.Judge, units.President, units.Regulator}, role) {
				officer, wrong = wrong, officer
			}
			post := func(id ident.ID) func() error {
				return func() error {
					_, err := h.PostOfficer(ctx, h.system(), units.NewPost{Officer: id, Unit: h.unit[code], Role: role, Act: "1"})
					return err
				}
			}
			if strings.Contains(" "+held[role]+" ", " "+code+" ") {
				h.at(post(wrong), "role", "units.fault.role-grade")
				h.must(post(officer)())
			} else {
				h.at(post(officer), "role", "units.fault.role-elsewhere")
			}
		}
	}
	h.sound()
}
