package units

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
)

// kinds lists every entry of the module.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[UnitOpened]("units.unit-opened"),
		journal.KindOf[UnitMoved]("units.unit-moved"),
		journal.KindOf[UnitClosed]("units.unit-closed"),
		journal.KindOf[OfficerEnrolled]("units.officer-enrolled"),
		journal.KindOf[OfficerPosted]("units.officer-posted"),
		journal.KindOf[PostEnded]("units.post-ended"),
		journal.KindOf[CapacityAppointed]("units.capacity-appointed"),
		journal.KindOf[CapacityEnded]("units.capacity-ended"),
		journal.KindOf[OfficerSuspended]("units.officer-suspended"),
		journal.KindOf[SuspensionLifted]("units.suspension-lifted"),
		journal.KindOf[DutyOpened]("units.duty-opened"),
		journal.KindOf[DutyEnded]("units.duty-ended"),
		journal.KindOf[CodeIssued]("units.code-issued"),
		journal.KindOf[PasskeyRegistered]("units.passkey-registered"),
		journal.KindOf[PasskeyRemoved]("units.passkey-removed"),
		journal.KindOf[PasskeyDoubted]("units.passkey-doubted"),
	}
}

// UnitOpened says that a unit began to work.
type UnitOpened struct {
	Unit   ident.ID
	Code   string
	Type   string
	Parent ident.ID
	Names  packs.Names
	Area   string
	From   time.Time
	Act    string
}

// Apply adds the unit, its first placement and its rows of the closure.
func (e UnitOpened) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertUnit(w, e); err != nil {
		return err
	}
	p := Placement{Unit: e.Unit, From: e.From, Parent: e.Parent, Type: e.Type, Names: e.Names, Area: e.Area, Act: e.Act}
	if err := insertPlacement(w, m.Seq, p); err != nil {
		return err
	}
	if err := addToClosure(w, e.Unit, e.Parent); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the unit and the one above.
func (e UnitOpened) About() []ident.Ref { return refs(unitRef(e.Unit), unitRef(e.Parent)) }

// UnitMoved says that a unit stands elsewhere in the tree, or as something
// else: a district raised to a regional service keeps its id.
type UnitMoved struct {
	Unit   ident.ID
	Parent ident.ID
	Former ident.ID // the unit it stood under
	Type   string
	Names  packs.Names
	Area   string
	From   time.Time
	Act    string
}

// Apply changes the unit, ends its placement and moves its subtree.
func (e UnitMoved) Apply(w *store.Writer, m journal.Meta) error {
	if err := moveUnit(w, e); err != nil {
		return err
	}
	if err := endPlacement(w, e.Unit, store.Micros(e.From)); err != nil {
		return err
	}
	p := Placement{Unit: e.Unit, From: e.From, Parent: e.Parent, Type: e.Type, Names: e.Names, Area: e.Area, Act: e.Act}
	if err := insertPlacement(w, m.Seq, p); err != nil {
		return err
	}
	if err := moveInClosure(w, e.Unit, e.Parent); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the unit and both units above.
func (e UnitMoved) About() []ident.Ref {
	return refs(unitRef(e.Unit), unitRef(e.Parent), unitRef(e.Former))
}

// UnitClosed says that a unit ceased to work and who answers for its records.
type UnitClosed struct {
	Unit      ident.ID
	Successor ident.ID
	To        time.Time
	Act       string
}

// Apply closes the unit and puts it under its successor in the closure.
func (e UnitClosed) Apply(w *store.Writer, m journal.Meta) error {
	if err := closeUnit(w, e); err != nil {
		return err
	}
	if err := endPlacement(w, e.Unit, store.Micros(e.To)); err != nil {
		return err
	}
	if err := moveInClosure(w, e.Unit, e.Successor); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the unit and its successor.
func (e UnitClosed) About() []ident.Ref { return refs(unitRef(e.Unit), unitRef(e.Successor)) }

// OfficerEnrolled says that an officer came into the service.
type OfficerEnrolled struct {
	Officer   ident.ID
	Matricule journal.Sealed `seal:"Officer"`
	GivenAR   journal.Sealed `seal:"Officer"`
	FamilyAR  journal.Sealed `seal:"Officer"`
	Given     journal.Sealed `seal:"Officer"`
	Family    journal.Sealed `seal:"Officer"`
	Grade     string
	Track     string
	Sex       Sex
	Since     time.Time
}

// Apply adds the officer.
func (e OfficerEnrolled) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertOfficer(w, e); err != nil {
		return err
	}
	if err := reindex(w, e.Officer); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the officer.
func (e OfficerEnrolled) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// OfficerPosted says that an officer serves in a unit in a role.
type OfficerPosted struct {
	Post    ident.ID
	Officer ident.ID
	Unit    ident.ID
	Role    Role
	Act     string
	From    time.Time
	To      time.Time
}

// Apply adds the post.
func (e OfficerPosted) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertPost(w, e, store.Micros(m.Written)); err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer and the unit.
func (e OfficerPosted) About() []ident.Ref { return refs(officerRef(e.Officer), unitRef(e.Unit)) }

// PostEnded says that an officer leaves a post.
type PostEnded struct {
	Post    ident.ID
	Officer ident.ID
	Unit    ident.ID
	To      time.Time
	Act     string
}

// Apply ends the post.
func (e PostEnded) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update units_posts set to_at = $1, written_at = $2 where id = $3", store.Micros(e.To), store.Micros(m.Written), string(e.Post))
	if err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer and the unit.
func (e PostEnded) About() []ident.Ref { return refs(officerRef(e.Officer), unitRef(e.Unit)) }

// CapacityAppointed says that an officer holds judicial power from a day on.
type CapacityAppointed struct {
	ID       ident.ID
	Officer  ident.ID
	Capacity string
	Act      string
	From     time.Time
	To       time.Time
}

// Apply adds the appointment.
func (e CapacityAppointed) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into units_capacities (id, officer, capacity, act, from_at, to_at) values ($1, $2, $3, $4, $5, $6)",
		string(e.ID), string(e.Officer), e.Capacity, e.Act, store.Micros(e.From), store.Micros(e.To))
	if err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer.
func (e CapacityAppointed) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// CapacityEnded says that an appointment ended.
type CapacityEnded struct {
	ID      ident.ID
	Officer ident.ID
	To      time.Time
	Act     string
}

// Apply ends the appointment.
func (e CapacityEnded) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update units_capacities set to_at = $1 where id = $2", store.Micros(e.To), string(e.ID)); err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer.
func (e CapacityEnded) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// refs leaves out references to nothing.
func refs(all ...ident.Ref) []ident.Ref {
	var out []ident.Ref
	for _, r := range all {
		if r.ID != "" {
			out = append(out, r)
		}
	}
	return out
}
