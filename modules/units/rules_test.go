package units_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
)

// about says whom or what an action is asked of in the table below.
type about int

const (
	nothing   about = iota // the service of the own unit
	oneself                // the own account
	colleague              // somebody of the same unit
	elsewhere              // somebody of another service
)

// Who may do what: the module's policy as a table, written by hand. A cell is
// the roles that may; every other role is refused.
func TestWhoMayDoWhat(t *testing.T) {
	everybody := units.Roles()
	serving := slices.DeleteFunc(units.Roles(), func(r units.Role) bool { return r == units.Regulator })
	administrator := []units.Role{units.Administrator}
	watchers := []units.Role{units.Inspector, units.Administrator}
	h := newHouse(t)
	who := h.seed()
	for _, c := range []struct {
		action string
		of     about
		may    []units.Role
	}{
		{"units.tree.read", nothing, serving},
		{"units.unit.read", nothing, everybody},
		{"units.officer.search", nothing, watchers},
		{"units.officer.read", oneself, everybody},
		{"units.officer.read", colleague, append([]units.Role{units.BrigadeChief}, watchers...)},
		{"units.officer.read", elsewhere, watchers},
		{"units.account.read", oneself, everybody},
		{"units.account.read", elsewhere, nil},
		{"units.account.read", colleague, nil},
		{"units.passkey.register", oneself, everybody},
		{"units.passkey.register", colleague, nil},
		{"units.passkey.remove", oneself, everybody},
		{"units.passkey.remove", elsewhere, administrator},
		{"units.unit.open", nothing, administrator},
		{"units.unit.move", nothing, administrator},
		{"units.unit.close", nothing, administrator},
		{"units.officer.enrol", nothing, administrator},
		{"units.officer.post", elsewhere, administrator},
		{"units.post.end", elsewhere, administrator},
		{"units.capacity.appoint", elsewhere, administrator},
		{"units.officer.suspend", elsewhere, administrator},
		{"units.suspension.lift", elsewhere, administrator},
		{"units.duty.open", nothing, administrator},
		{"units.duty.end", nothing, administrator},
		{"units.code.issue", elsewhere, administrator},
		{"units.seed", nothing, nil},
		{"units.administrator.found", nothing, nil},
		{"units.passkey.keep", nothing, nil},
	} {
		for role, id := range who {
			actor, duty := h.actor(id)
			_, err := h.k.Policy.Ask(ctx, actor, c.action, h.resource(actor, c.of), duty)
			if (err == nil) != slices.Contains(c.may, role) {
				t.Errorf("%s of %d by %s: %v", c.action, c.of, role, err)
			}
		}
	}
}

// resource is the record of a row of the table.
func (h *house) resource(a policy.Actor, of about) policy.Resource {
	officer := map[about]ident.ID{oneself: a.ID, colleague: h.ids.New(), elsewhere: h.ids.New()}[of]
	unit := a.Unit
	if of == elsewhere {
		unit = h.unit["PR-TNG"]
	}
	if of == nothing {
		return policy.Resource{Unit: unit}
	}
	return policy.Resource{Ref: ident.Ref{Kind: "officer", ID: officer}, Unit: unit, Attrs: map[string]any{"officer": string(officer)}}
}

// Every action is in the table above, in a route, or is a process's.
func TestNoActionIsForgotten(t *testing.T) {
	s := newSite(t)
	used := map[string]bool{"units.seed": true, "units.administrator.found": true, "units.passkey.keep": true, "units.officer.search": true}
	for _, r := range s.server.Routes() {
		used[r.Action] = true
	}
	for _, a := range units.PolicyModule().Actions {
		if !used[a.Name] {
			t.Errorf("no route asks for %s", a.Name)
		}
		for _, kind := range a.Appends {
			if !slices.ContainsFunc(units.JournalModule().Kinds, func(k journal.Kind) bool { return k.Name == kind }) {
				t.Errorf("%s appends the unknown %s", a.Name, kind)
			}
		}
	}
}

// A purpose is needed for all of it, and it must be one's own.
func TestNoPurposeNoAct(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	actor, _ := h.actor(who[units.Administrator])
	_, another := h.actor(who[units.Investigator])
	for _, a := range units.PolicyModule().Actions {
		if a.System {
			continue
		}
		of := nothing
		if a.Resource != "" {
			of = oneself
		}
		_, err := h.k.Policy.Ask(ctx, actor, a.Name, h.resource(actor, of), policy.Purpose{})
		h.wants(err, fault.Refused, "policy.refused.purpose-missing")
		_, err = h.k.Policy.Ask(ctx, actor, a.Name, h.resource(actor, of), another)
		h.wants(err, fault.Refused, "policy.refused.purpose-not-yours")
	}
}

// Everything that is wrong with an input is said at once, by field.
func TestInputsAreCheckedWhole(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	ahead, long := noon.AddDate(0, 0, 1), fmt.Sprintf("%0121d", 0)
	g := h.system()
	for name, c := range map[string]struct {
		err    func() error
		fields []string
	}{
		"a unit": {func() error {
			_, err := h.OpenUnit(ctx, g, units.NewUnit{Code: "a b", Type: "x", Area: "x", From: ahead})
			return err
		}, []string{"act", "area", "code", "from", "name-ar", "name-en", "name-fr", "type"}},
		"a closing": {func() error { return h.CloseUnit(ctx, g, units.UnitClosing{Unit: h.unit["KEN-01"], To: ahead}) }, []string{"act", "successor", "to"}},
		"an officer": {func() error {
			_, err := h.EnrolOfficer(ctx, g, units.NewOfficer{Matricule: "1", GivenAR: "a", FamilyAR: long, Given: "a", Family: "b", Since: ahead})
			return err
		}, []string{"family-ar", "since"}},
		"a post": {func() error { _, err := h.PostOfficer(ctx, g, units.NewPost{From: ahead, To: noon}); return err }, []string{"act", "role", "to", "unit"}},
		"a capacity": {func() error {
			_, err := h.AppointCapacity(ctx, g, units.Appointment{Officer: who[units.Investigator], Capacity: "x", Act: long, From: ahead, To: ahead})
			return err
		}, []string{"act", "capacity", "to"}},
		"a suspension": {func() error {
			_, err := h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: who[units.Investigator], From: ahead})
			return err
		}, []string{"from", "reason"}},
		"a duty":         {func() error { _, err := h.OpenDuty(ctx, g, units.NewDuty{To: noon.AddDate(-1, 0, 0)}); return err }, []string{"kind", "to"}},
		"an end of post": {func() error { return h.EndPost(ctx, g, units.PostEnding{}) }, []string{"act"}},
	} {
		var fields []string
		for _, f := range fault.All(c.err()) {
			fields = append(fields, f.Field)
		}
		slices.Sort(fields)
		if !slices.Equal(fields, c.fields) {
			t.Errorf("%s: %v, want %v", name, fields, c.fields)
		}
	}
}

// What does not exist is not found, by every verb that takes an id.
func TestVerbsOnNothing(t *testing.T) {
	h := newHouse(t)
	h.seed()
	g, none := h.system(), h.ids.New()
	u, err := h.Unit(ctx, h.unit["KEN-01"])
	h.must(err)
	_, appoint := h.AppointCapacity(ctx, g, units.Appointment{Officer: none, Capacity: "opj", Act: "1"})
	_, suspend := h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: none, Reason: "x"})
	_, post := h.PostOfficer(ctx, g, units.NewPost{Officer: none, Unit: u.ID, Role: units.DutyOfficer, Act: "1"})
	for name, err := range map[string]error{
		"move":    h.MoveUnit(ctx, g, units.UnitMove{Unit: none, Parent: u.Parent, Type: u.Type, Names: u.Names, Area: u.Area, Act: "1"}),
		"close":   h.CloseUnit(ctx, g, units.UnitClosing{Unit: none, Successor: u.ID, Act: "1"}),
		"appoint": appoint, "suspend": suspend, "post": post,
		"end-post": h.EndPost(ctx, g, units.PostEnding{Post: none, Act: "1"}),
		"end-duty": h.EndDuty(ctx, g, none, noon),
		"remove":   h.RemovePasskey(ctx, g, none, none),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
