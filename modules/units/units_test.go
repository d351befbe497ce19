package units_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/units"
)

var ctx = context.Background()

func TestASeededServiceStands(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	if got := h.Ancestors(h.unit["KEN-01"]); !slices.Equal(got, []ident.ID{h.unit["KEN-VILLE"], h.unit["KEN"], h.unit["DGSN"]}) {
		t.Errorf("above KEN-01: %v", got)
	}
	for role, id := range who {
		a, err := h.Account(ctx, id)
		h.must(err)
		if a.Actor.Role != string(role) || !a.Active || a.Duty.IsZero() || a.Name[0] == "" || a.Unit[2] == "" {
			t.Errorf("%s: %+v", role, a)
		}
		if !h.Active(ctx, a.Actor) || !h.HoldsTask(ctx, a.Actor, a.Duty) {
			t.Errorf("%s is not at work", role)
		}
	}
	serving, err := h.Serving(ctx, h.unit["KEN-VILLE-BPJ"], units.BrigadeChief)
	if err != nil || len(serving) != 1 || serving[0].ID != who[units.BrigadeChief] {
		t.Errorf("chiefs: %v %v", serving, err)
	}
	desk, err := h.DeskOf(ctx, h.unit["KEN-01"])
	h.must(err)
	if a, _ := h.Account(ctx, who[units.DutyOfficer]); a.Duty.Ref.ID != desk.ID {
		t.Errorf("the duty officer works under %v, want the desk", a.Duty)
	}
	h.sound()
}

// The closure in the database is what the tree says, after every move.
func TestTheClosureFollowsMoves(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	g := h.grant(who[units.Administrator], "units.unit.move", "")
	u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	move := units.UnitMove{Unit: u.ID, Version: u.Version, Parent: h.unit["TNG"], Type: u.Type, Names: u.Names, Area: u.Area, Act: "9/2026"}
	h.must(h.MoveUnit(ctx, g, move))
	if got := h.Ancestors(h.unit["KEN-01"]); !slices.Equal(got, []ident.ID{u.ID, h.unit["TNG"], h.unit["DGSN"]}) {
		t.Errorf("above KEN-01: %v", got)
	}
	below := h.below(h.unit["KEN"])
	if !slices.Equal(below, []ident.ID{h.unit["KEN"]}) {
		t.Errorf("below KEN: %v", below)
	}
	if n := len(h.below(h.unit["TNG"])); n != 4 {
		t.Errorf("%d units below TNG", n)
	}
	before, err := h.PlacedAt(ctx, u.ID, noon.AddDate(-1, 0, 0))
	if err != nil || before.Parent != h.unit["KEN"] {
		t.Errorf("a year ago under %v, %v", before.Parent, err)
	}
	h.wants(h.MoveUnit(ctx, g, move), fault.Conflict, "fault.conflict")
	h.sound()
}

func (h *house) below(unit ident.ID) []ident.ID {
	h.t.Helper()
	list, err := store.List(ctx, h.k.Reader, "select unit from units_closure where ancestor = $1 order by unit", []any{string(unit)}, func(scan store.Scan) (id ident.ID, err error) {
		err = scan(&id)
		return id, err
	})
	h.must(err)
	return list
}

func TestTheTreeRefusesWhatCannotStand(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	g := h.grant(who[units.Administrator], "units.unit.move", "")
	ken, err := h.Unit(ctx, h.unit["KEN"])
	h.must(err)
	move := units.UnitMove{Unit: ken.ID, Parent: h.unit["DGSN"], Type: ken.Type, Names: ken.Names, Area: ken.Area, Act: "1"}
	h.wants(h.MoveUnit(ctx, g, move), fault.Invalid, "form.unchanged")
	for name, c := range map[string]struct {
		change func(*units.UnitMove)
		key    string
	}{
		"under a desk":     {func(m *units.UnitMove) { m.Parent = h.unit["KEN-01"] }, "units.fault.ladder"},
		"unknown type":     {func(m *units.UnitMove) { m.Type = "moon-base" }, "form.choose"},
		"without a parent": {func(m *units.UnitMove) { m.Parent = "" }, "form.required"},
		"ahead of time":    {func(m *units.UnitMove) { m.From = noon.AddDate(0, 1, 0) }, "form.future"},
		"without an act":   {func(m *units.UnitMove) { m.Act = " " }, "form.required"},
		"without a name":   {func(m *units.UnitMove) { m.Names.AR = "" }, "form.required"},
		"in no area":       {func(m *units.UnitMove) { m.Area = "99" }, "units.fault.area"},
		"children left":    {func(m *units.UnitMove) { m.Type = "central-directorate" }, "units.fault.children"},
	} {
		bad := move
		c.change(&bad)
		if err := h.MoveUnit(ctx, g, bad); fault.Of(err).Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	ville, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	err = h.MoveUnit(ctx, g, units.UnitMove{Unit: ville.ID, Parent: ville.ID, Type: "police-station", Names: ville.Names, Area: ville.Area, Act: "1"})
	h.wants(err, fault.Invalid, "units.fault.cycle")
	open := h.grant(who[units.Administrator], "units.unit.open", "")
	_, err = h.OpenUnit(ctx, open, units.NewUnit{Code: "KEN-01", Type: "police-district", Parent: h.unit["KEN-VILLE"], Names: ville.Names, Area: ville.Area, Act: "1"})
	h.wants(err, fault.Invalid, "units.fault.code-taken")
	_, err = h.OpenUnit(ctx, open, units.NewUnit{Code: "ken 1", Type: "police-district", Parent: h.unit["KEN-VILLE"], Names: ville.Names, Area: ville.Area, Act: "1"})
	h.wants(err, fault.Invalid, "units.fault.code")
}

// A closed unit's records stay in somebody's reach: its successor's.
func TestAClosedUnitStandsUnderItsSuccessor(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	closing := h.grant(who[units.Administrator], "units.unit.close", "")
	in := units.UnitClosing{Unit: h.unit["KEN-01"], Successor: h.unit["TNG"], Act: "3/2026"}
	h.wants(h.CloseUnit(ctx, closing, in), fault.Refused, "units.fault.has-posts")
	h.wants(h.CloseUnit(ctx, closing, units.UnitClosing{Unit: h.unit["KEN"], Successor: h.unit["TNG"], Act: "1"}), fault.Refused, "units.fault.has-children")
	posts, err := h.Posts(ctx, who[units.DutyOfficer])
	h.must(err)
	h.must(h.EndPost(ctx, h.grant(who[units.Administrator], "units.post.end", who[units.DutyOfficer]), units.PostEnding{Post: posts[0].ID, Act: "3/2026"}))
	h.clock.Advance(time.Second)
	h.wants(h.CloseUnit(ctx, closing, units.UnitClosing{Unit: in.Unit, Act: "1"}), fault.Invalid, "form.required")
	h.wants(h.CloseUnit(ctx, closing, units.UnitClosing{Unit: in.Unit, Successor: in.Unit, Act: "1"}), fault.Invalid, "units.fault.cycle")
	h.must(h.CloseUnit(ctx, closing, in))
	h.wants(h.CloseUnit(ctx, closing, in), fault.Conflict, "units.fault.unit-closed")
	if above := h.Ancestors(in.Unit); len(above) == 0 || above[0] != h.unit["TNG"] {
		t.Errorf("above the closed unit: %v", above)
	}
	if d, err := h.DeskOf(ctx, in.Unit); err != nil || d.To.IsZero() {
		t.Errorf("the desk of a closed unit: %+v %v", d, err)
	}
	_, err = h.PostOfficer(ctx, h.grant(who[units.Administrator], "units.officer.post", who[units.Investigator]),
		units.NewPost{Officer: who[units.Investigator], Unit: in.Unit, Role: units.DutyOfficer, Act: "4"})
	h.wants(err, fault.Invalid, "units.fault.unit-closed")
	h.sound()
}

// Access follows assignment: after a transfer the old duty opens nothing.
func TestATransferMovesAccess(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	actor, duty := h.actor(id)
	g := h.grant(who[units.Administrator], "units.officer.post", id)
	_, err := h.PostOfficer(ctx, g, units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "5/2026"})
	h.must(err)
	if h.Active(ctx, actor) || h.HoldsTask(ctx, actor, duty) {
		t.Error("the former post still opens doors")
	}
	now, desk := h.actor(id)
	if now.Role != "duty-officer" || now.Unit != h.unit["KEN-01"] || !h.HoldsTask(ctx, now, desk) {
		t.Errorf("after the transfer: %+v", now)
	}
	if _, err := h.k.Policy.Ask(ctx, actor, "units.tree.read", policy.Resource{Unit: actor.Unit}, duty); !fault.Is(err, fault.Refused) {
		t.Errorf("the former session: %v", err)
	}
	h.sound()
}

func TestPostsAreRefusedWhereTheyCannotBe(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	g := h.grant(who[units.Administrator], "units.officer.post", id)
	good := units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "5"}
	for name, c := range map[string]struct {
		change func(*units.NewPost)
		key    string
	}{
		"no such role":               {func(p *units.NewPost) { p.Role = "king" }, "form.choose"},
		"desk in a brigade":          {func(p *units.NewPost) { p.Unit = h.unit["KEN-VILLE-BPJ"] }, "units.fault.role-elsewhere"},
		"police as regulator":        {func(p *units.NewPost) { p.Unit, p.Role = h.unit["CNDP"], units.Regulator }, "units.fault.role-grade"},
		"regulator at a desk":        {func(p *units.NewPost) { p.Role = units.Regulator }, "units.fault.role-elsewhere"},
		"police as prosecutor":       {func(p *units.NewPost) { p.Unit, p.Role = h.unit["PR-KEN"], units.Prosecutor }, "units.fault.role-grade"},
		"police as judge":            {func(p *units.NewPost) { p.Unit, p.Role = h.unit["TPI-KEN"], units.Judge }, "units.fault.role-grade"},
		"judge in a parquet":         {func(p *units.NewPost) { p.Unit, p.Role = h.unit["PR-KEN"], units.Judge }, "units.fault.role-elsewhere"},
		"president of a lower court": {func(p *units.NewPost) { p.Unit, p.Role = h.unit["TPI-KEN"], units.President }, "units.fault.role-elsewhere"},
		"administrator outside":      {func(p *units.NewPost) { p.Unit, p.Role = h.unit["KEN"], units.Administrator }, "units.fault.role-elsewhere"},
		"no act":                     {func(p *units.NewPost) { p.Act = "" }, "form.required"},
		"ends before it begins":      {func(p *units.NewPost) { p.To = noon.AddDate(-2, 0, 0) }, "units.fault.period"},
		"changed meanwhile":          {func(p *units.NewPost) { p.Version = 99 }, "fault.conflict"},
		"already there":              {func(p *units.NewPost) { p.Unit, p.Role = h.unit["KEN-VILLE-BPJ"], units.Investigator }, "units.fault.posted-already"},
		"unknown unit":               {func(p *units.NewPost) { p.Unit = h.ids.New() }, "units.fault.unit-closed"},
	} {
		bad := good
		c.change(&bad)
		if _, err := h.PostOfficer(ctx, g, bad); fault.Of(err).Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	good.ID = h.ids.New()
	for range 2 { // the same form sent twice
		_, err := h.PostOfficer(ctx, g, good)
		h.must(err)
	}
	posts, err := h.Posts(ctx, id)
	if err != nil || len(posts) != 2 {
		t.Errorf("%d posts, %v", len(posts), err)
	}
}

// TestAMagistrateHasAPowerOfTheirOwnBranch: nobody who prosecutes is made a judge
// without moving, nor the other way; nobody outside the police is made one of it.
func TestAMagistrateHasAPowerOfTheirOwnBranch(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	for _, c := range []struct {
		role     units.Role
		capacity string
		fits     bool
	}{
		{units.Judge, "investigating-judge", true}, {units.Judge, "prosecutor", false}, {units.Judge, "opj", false},
		{units.Prosecutor, "first-president", false}, {units.Prosecutor, "prosecutor-general", true}, {units.President, "first-president", true},
		{units.Regulator, "prosecutor", false}, {units.Investigator, "investigating-judge", false},
	} {
		id := who[c.role]
		_, err := h.AppointCapacity(context.Background(), h.grant(who[units.Administrator], "units.capacity.appoint", id), units.Appointment{Officer: id, Capacity: c.capacity, Act: "6"})
		if c.fits {
			h.must(err)
			continue
		}
		h.wants(err, fault.Invalid, "units.fault.capacity-branch")
	}
	h.sound()
}

func TestCapacityIsAppointedNotRank(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.BrigadeChief]
	if got := h.CapacityOf(ctx, id, h.clock.Now()); got != "" {
		t.Errorf("capacity %q without an appointment", got)
	}
	g := h.grant(who[units.Administrator], "units.capacity.appoint", id)
	from := noon.AddDate(0, -1, 0)
	_, err := h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "apj", Act: "6", From: from})
	h.must(err)
	_, err = h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "opj", Act: "7"})
	h.must(err)
	_, err = h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "opj", Act: "7"})
	h.wants(err, fault.Conflict, "units.fault.capacity-held")
	_, err = h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "prosecutor", Act: "8"})
	h.wants(err, fault.Invalid, "units.fault.capacity-branch")
	_, err = h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "opj"})
	h.wants(err, fault.Invalid, "form.required")
	if got := h.CapacityOf(ctx, id, from.Add(time.Hour)); got != "apj" {
		t.Errorf("a month ago %q", got)
	}
	h.clock.Advance(time.Second)
	if a, _ := h.actor(id); a.Capacity != "opj" {
		t.Errorf("now %q", a.Capacity)
	}
	h.sound()
}

func TestSuspensionStopsAllAccess(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	actor, duty := h.actor(id)
	g := h.grant(who[units.Administrator], "units.officer.suspend", id)
	_, err := h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: id})
	h.wants(err, fault.Invalid, "form.required")
	_, err = h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: id, Reason: "enquiry 4/2026"})
	h.must(err)
	_, err = h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: id, Reason: "again"})
	h.wants(err, fault.Conflict, "units.fault.suspended-already")
	if h.Active(ctx, actor) {
		t.Error("a suspended officer is active")
	}
	_, err = h.k.Policy.Ask(ctx, actor, "units.tree.read", policy.Resource{Unit: actor.Unit}, duty)
	h.wants(err, fault.Refused, "policy.refused.suspended")
	if a, _ := h.Account(ctx, id); a.Active {
		t.Error("the account is open")
	}
	h.clock.Advance(time.Hour)
	h.must(h.LiftSuspension(ctx, h.grant(who[units.Administrator], "units.suspension.lift", id), id))
	h.wants(h.LiftSuspension(ctx, h.grant(who[units.Administrator], "units.suspension.lift", id), id), fault.Conflict, "units.fault.not-suspended")
	a, err := h.Account(ctx, id)
	h.must(err)
	if !a.Active || a.Since.Before(h.clock.Now().Add(-time.Minute)) {
		t.Errorf("after lifting: %+v", a)
	}
	h.sound()
}

func TestNobodyLocksTheServiceUp(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	admin := who[units.Administrator]
	_, err := h.SuspendOfficer(ctx, h.grant(admin, "units.officer.suspend", admin), units.NewSuspension{Officer: admin, Reason: "x"})
	h.wants(err, fault.Refused, "units.fault.oneself")
	_, err = h.SuspendOfficer(ctx, h.system(), units.NewSuspension{Officer: admin, Reason: "x"})
	h.wants(err, fault.Refused, "units.fault.last-administrator")
	posts, err := h.Posts(ctx, admin)
	h.must(err)
	h.wants(h.EndPost(ctx, h.system(), units.PostEnding{Post: posts[0].ID, Act: "1"}), fault.Refused, "units.fault.last-administrator")
	_, err = h.PostOfficer(ctx, h.system(), units.NewPost{Officer: admin, Unit: h.unit["IG"], Role: units.Inspector, Act: "1"})
	h.wants(err, fault.Refused, "units.fault.last-administrator")
	_, err = h.PostOfficer(ctx, h.system(), units.NewPost{Officer: admin, Unit: h.unit["IG"], Role: units.Administrator, Act: "1", To: h.clock.Now().AddDate(0, 1, 0)})
	h.wants(err, fault.Refused, "units.fault.last-administrator")
	second := who[units.Inspector]
	_, err = h.PostOfficer(ctx, h.system(), units.NewPost{Officer: second, Unit: posts[0].Unit, Role: units.Administrator, Act: "2", To: h.clock.Now().AddDate(0, 0, 1)})
	h.must(err)
	h.wants(h.EndPost(ctx, h.system(), units.PostEnding{Post: posts[0].ID, Act: "1"}), fault.Refused, "units.fault.last-administrator") // the other's ends tomorrow
	_, err = h.PostOfficer(ctx, h.system(), units.NewPost{Officer: who[units.BrigadeChief], Unit: posts[0].Unit, Role: units.Administrator, Act: "3"})
	h.must(err)
	h.must(h.EndPost(ctx, h.system(), units.PostEnding{Post: posts[0].ID, Act: "1"}))
}

func TestOnlyAdministratorsManage(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	for role, id := range who {
		for _, action := range []string{"units.officer.post", "units.officer.suspend", "units.code.issue", "units.capacity.appoint"} {
			_, err := h.ask(id, action, who[units.Investigator])
			if (err == nil) != (role == units.Administrator) {
				t.Errorf("%s asks %s: %v", role, action, err)
			}
		}
		_, err := h.ask(id, "units.account.read", who[units.Investigator])
		if (err == nil) != (role == units.Investigator) {
			t.Errorf("%s reads the account of another: %v", role, err)
		}
	}
	if _, err := h.PostOfficer(ctx, h.grant(who[units.Investigator], "units.tree.read", ""), units.NewPost{Officer: who[units.Investigator], Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1"}); err == nil {
		t.Error("a grant to read posted somebody")
	}
}

func TestDuties(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	g := h.grant(who[units.Administrator], "units.duty.open", "")
	_, err := h.OpenDuty(ctx, g, units.NewDuty{Unit: h.unit["KEN-01"], Kind: units.DutyDesk})
	h.wants(err, fault.Conflict, "units.fault.desk-open")
	_, err = h.OpenDuty(ctx, g, units.NewDuty{Unit: h.unit["KEN-01"], Officer: who[units.Investigator], Kind: units.DutyWatch})
	h.wants(err, fault.Invalid, "units.fault.serves-elsewhere")
	_, err = h.OpenDuty(ctx, g, units.NewDuty{Unit: h.unit["KEN-01"], Kind: "nap"})
	h.wants(err, fault.Invalid, "form.choose")
	watch, err := h.OpenDuty(ctx, g, units.NewDuty{Unit: h.unit["KEN-VILLE-BPJ"], Kind: units.DutyWatch})
	h.must(err)
	inside, _ := h.actor(who[units.Investigator])
	outside, _ := h.actor(who[units.DutyOfficer])
	p := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: watch}}
	if !h.HoldsTask(ctx, inside, p) || h.HoldsTask(ctx, outside, p) {
		t.Error("the watch is its unit's and nobody else's")
	}
	h.clock.Advance(time.Hour)
	end := h.grant(who[units.Administrator], "units.duty.end", "")
	h.must(h.EndDuty(ctx, end, watch, time.Time{}))
	h.wants(h.EndDuty(ctx, end, watch, time.Time{}), fault.Conflict, "units.fault.duty-ended")
	if h.HoldsTask(ctx, inside, p) {
		t.Error("an ended duty is a purpose")
	}
	h.sound()
}

func TestErasureLeavesNoName(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	_, err := h.SuspendOfficer(ctx, h.grant(who[units.Administrator], "units.officer.suspend", id), units.NewSuspension{Officer: id, Reason: "Souad spoke to the press"})
	h.must(err)
	if err := h.k.Journal.Erase(ctx, h.eraser(), journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08", Authority: "12/2026"}); err != nil {
		t.Fatal(err)
	}
	o, err := h.Officer(ctx, id)
	h.must(err)
	if o.Matricule != "" || o.Name("ar") != "" || o.Name("fr") != "" {
		t.Errorf("still known: %+v", o)
	}
	all, err := h.Suspensions(ctx, id)
	if err != nil || len(all) != 1 || all[0].Reason != "" {
		t.Errorf("suspensions: %+v %v", all, err)
	}
	var words int
	h.must(h.k.Reader.Row(ctx, "select count(*) from idx_units_words where officer = $1", []any{string(id)}, &words))
	if words != 0 {
		t.Errorf("%d search words left", words)
	}
	if posts, _ := h.Posts(ctx, id); len(posts) != 1 {
		t.Error("the post is gone with the name")
	}
	h.sound()
}

// eraser may append what erasing appends.
func (h *house) eraser() policy.Grant {
	h.t.Helper()
	p, err := policy.New([]policy.Module{{Name: "retention", Schema: []byte(`action "retention.run" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action, resource);`),
		Actions: []policy.Action{{Name: "retention.run", System: true, Appends: []string{"journal.erased", "journal.held"}}}}},
		policy.Hooks{Recorder: h.k.Journal.Lane(), Units: h.Service, Clock: h.clock, Active: h.Active, Holds: h.HoldsTask, Basis: func(string) bool { return true }})
	h.must(err)
	g, err := p.System("retention", "retention.run", "L09-08")
	h.must(err)
	return g
}

func TestAHoldStopsErasure(t *testing.T) {
	h := newHouse(t)
	id := h.seed()[units.Investigator]
	h.must(h.k.Journal.Hold(ctx, h.eraser(), journal.Held{Ref: ident.Ref{Kind: "officer", ID: id}, Ground: "order 3"}))
	err := h.k.Journal.Erase(ctx, h.eraser(), journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08"})
	h.wants(err, fault.Refused, "journal.held")
}

func TestMatriculesAndNames(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	g := h.grant(who[units.Administrator], "units.officer.enrol", "")
	_, err := h.EnrolOfficer(ctx, g, h.person("", 0, "inspecteur"))
	h.wants(err, fault.Invalid, "units.fault.matricule-taken")
	_, err = h.EnrolOfficer(ctx, g, units.NewOfficer{Grade: "general", Sex: "x"})
	if n := len(fault.All(err)); n != 7 {
		t.Errorf("%d faults, want all 7 at once: %v", n, err)
	}
	id, err := h.EnrolOfficer(ctx, g, h.person("", 20, "inspecteur"))
	h.must(err)
	if o, _ := h.Officer(ctx, id); o.Track != "plain" || h.OfficerName(ctx, "fr", id) != "Souad Tajribi U" {
		t.Errorf("%+v", o)
	}
}

func TestASeedIsAllOrNothing(t *testing.T) {
	h := newHouse(t)
	u, err := h.k.Pack.Unit("DGSN", noon)
	h.must(err)
	one := units.NewUnit{ID: h.ids.New(), Code: "DGSN", Type: u.Type, Names: u.Names, Area: u.Area, Act: "1"}
	two := one
	two.ID = h.ids.New()
	err = h.Seed(ctx, h.system(), units.Seed{Units: []units.NewUnit{one, two}})
	h.wants(err, fault.Invalid, "units.fault.code-taken")
	if all, _ := h.Units(ctx); len(all) != 0 {
		t.Errorf("%d units left of a refused seed", len(all))
	}
	err = h.Seed(ctx, h.system(), units.Seed{Units: []units.NewUnit{{Code: "X", Names: packs.Names{}}}})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty unit: %v", err)
	}
}

func TestTheDemonstrationsPeopleBelongTogether(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	far := h.ids.New() // an investigator elsewhere, with a lower id would not matter
	h.must(h.Seed(ctx, h.system(), units.Seed{
		Officers: []units.NewOfficer{h.person(far, 15, "")},
		Posts:    []units.NewPost{{Officer: far, Unit: h.unit["PR-TNG"], Role: units.Prosecutor, Act: "1", From: noon}},
	}))
	people, err := h.Demo(ctx)
	h.must(err)
	if len(people) != len(units.Roles()) {
		t.Fatalf("%d people", len(people))
	}
	for i, role := range units.Roles() {
		if people[i].ID != who[role] {
			t.Errorf("%s is %s", role, people[i].Name[1])
		}
	}
}
