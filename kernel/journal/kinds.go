package journal

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// kernelModule is the journal's own part: founding, erasing, holding.
func kernelModule() Module {
	sub, _ := fs.Sub(migrations, "migrations")
	return Module{Name: "journal", Migrations: sub, Erase: forgetState, Kinds: []Kind{
		KindOf[Founded]("journal.founded"),
		KindOf[Erased]("journal.erased"),
		KindOf[Held]("journal.held"),
		KindOf[HoldLifted]("journal.hold-lifted"),
		KindOf[Rebuilt]("journal.rebuilt"),
		KindOf[Counted]("journal.counted", func(f Fields) Fields { return f }), // version 1 said nothing of batches
		KindOf[Proof]("journal.proof-issued"),
		KindOf[AccessesExpired]("journal.accesses-expired"),
		KindOf[PeriodClosed]("journal.period-closed"),
		KindOf[ControlPlanted]("journal.control-planted"),
		KindOf[ControlSeen]("journal.control-seen"),
		KindOf[ControlMissed]("journal.control-missed"),
		KindOf[CheckpointPrinted]("journal.checkpoint-printed"),
		KindOf[MasterChanged]("journal.master-changed"),
		KindOf[LogRenewed]("journal.log-renewed"),
	}}
}

// Founded is the first entry of every home.
type Founded struct {
	Home   ident.ID
	Engine string // the engine it was founded on; it may move since
}

// Apply changes no table: the home is read from the entry.
func (Founded) Apply(*store.Writer, Meta) error { return nil }

// About names nothing.
func (Founded) About() []ident.Ref { return nil }

// Erased says that subjects were forgotten: their keys are destroyed and
// every module has nulled what it knew of them.
// Law: L09-08 3 (kept no longer than the purpose needs); L69-99 (disposal)
type Erased struct {
	Subjects  []ident.ID
	Ground    string // retention class or article
	Authority string // who ordered it, by office, with the number of the order
}

// Apply notes each subject, so that a missing key is explained.
func (e Erased) Apply(w *store.Writer, m Meta) error {
	for _, s := range e.Subjects {
		err := w.One("insert into journal_erased (subject, seq, ground) values ($1, $2, $3)", string(s), m.Seq, e.Ground)
		if err != nil {
			return err
		}
	}
	return nil
}

// About names the forgotten subjects by id only.
func (e Erased) About() []ident.Ref {
	var refs []ident.Ref
	for _, s := range e.Subjects {
		refs = append(refs, ident.Ref{Kind: "subject", ID: s})
	}
	return refs
}

// Held stops the erasure of whatever stands in a record.
type Held struct {
	Ref    ident.Ref
	Ground string // article or order
}

// Apply notes the hold.
func (e Held) Apply(w *store.Writer, m Meta) error {
	return w.One(`insert into journal_holds (ref, seq, ground) values ($1, $2, $3)
		on conflict (ref) do update set seq = excluded.seq, ground = excluded.ground`, e.Ref.String(), m.Seq, e.Ground)
}

// About names the held record.
func (e Held) About() []ident.Ref { return []ident.Ref{e.Ref} }

// HoldLifted ends a hold.
type HoldLifted struct {
	Ref    ident.Ref
	Ground string
}

// Apply removes the hold.
func (e HoldLifted) Apply(w *store.Writer, _ Meta) error {
	return w.One("delete from journal_holds where ref = $1", e.Ref.String())
}

// About names the record.
func (e HoldLifted) About() []ident.Ref { return []ident.Ref{e.Ref} }

// Rebuilt says that a module's tables were made again from the entries, and
// what was found in them that should not have been there.
type Rebuilt struct {
	ID       ident.ID // subject of the evidence
	Tables   []string
	Rows     int64  // rows that differed
	Evidence Sealed `seal:"ID"` // the differing rows, as found and as they should be
	Ground   string
}

// Apply changes no table: the rebuilding itself has.
func (Rebuilt) Apply(*store.Writer, Meta) error { return nil }

// About names nothing.
func (Rebuilt) About() []ident.Ref { return nil }

// Proof says that a document with a proof left the house.
type Proof struct {
	Record   ident.Ref // what the document is about
	Entry    ident.ID  // the entry it proves
	Document string    // SHA-256 of the issued file, in hex
	Kind     string    // "receipt", "dossier"
}

// Apply changes no table.
func (Proof) Apply(*store.Writer, Meta) error { return nil }

// About names the record.
func (p Proof) About() []ident.Ref { return []ident.Ref{p.Record} }

// Erase forgets subjects. It refuses while a legal hold is on one of them or
// on a record in which one stands. When it returns, the keys are destroyed;
// Scrub removes what the engine's files still hold.
func (j *Journal) Erase(ctx context.Context, g policy.Grant, e Erased) error {
	return j.EraseIf(ctx, g, e, func(context.Context, store.Reader) error { return nil })
}

// EraseIf is Erase where due, asked under the lock, gives no error: for what may
// have become worth keeping since somebody looked. Its error is returned.
func (j *Journal) EraseIf(ctx context.Context, g policy.Grant, e Erased, due func(context.Context, store.Reader) error) error {
	_, err := j.Do(ctx, g, func(ctx context.Context, r store.Reader, d *Draft) error {
		if err := due(ctx, r); err != nil {
			return err
		}
		for _, s := range e.Subjects {
			if err := j.mayErase(ctx, r, s); err != nil {
				return err
			}
		}
		closings, err := standing(ctx, r) // their states speak of everybody
		if err != nil {
			return err
		}
		for _, id := range closings {
			if !slices.Contains(e.Subjects, id) {
				e.Subjects = append(e.Subjects, id)
			}
		}
		d.Add(e)
		return nil
	})
	if err == nil {
		j.cache.drop(e.Subjects...)
	}
	return err
}

// Dropped lets go of the keys of subjects that another node has erased.
func (j *Journal) Dropped(erased Notice) {
	for _, ref := range erased.Refs {
		j.cache.drop(ref.ID)
	}
}

// Knows reports whether anything sealed is kept about a subject.
func (j *Journal) Knows(ctx context.Context, subject ident.ID) (bool, error) {
	var n int
	err := j.db.Reader().Row(ctx, "select count(*) from journal_keys where subject = $1", []any{string(subject)}, &n)
	return n > 0, err
}

// WasErased reports whether a subject was forgotten by an erasure.
func (j *Journal) WasErased(ctx context.Context, subject ident.ID) (bool, error) {
	var n int
	err := j.db.Reader().Row(ctx, "select count(*) from journal_erased where subject = $1", []any{string(subject)}, &n)
	return n > 0, err
}

func (j *Journal) mayErase(ctx context.Context, r store.Reader, subject ident.ID) error {
	var known int
	err := r.Row(ctx, "select count(*) from journal_keys where subject = $1", []any{string(subject)}, &known)
	if err != nil {
		return err
	}
	if known == 0 {
		return fault.New(fault.NotFound, "journal.no-such-subject")
	}
	for _, m := range j.modules {
		if m.Within == nil {
			continue
		}
		refs, err := m.Within(ctx, r, subject)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := notHeld(ctx, r, ref); err != nil {
				return err
			}
		}
	}
	return notHeld(ctx, r, ident.Ref{Kind: "subject", ID: subject})
}

// NotHeld gives a refusal while a record is under legal hold.
func (j *Journal) NotHeld(ctx context.Context, ref ident.Ref) error {
	return notHeld(ctx, j.db.Reader(), ref)
}

func notHeld(ctx context.Context, r store.Reader, ref ident.Ref) error {
	var ground string
	err := r.Row(ctx, "select ground from journal_holds where ref = $1", []any{ref.String()}, &ground)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		err = fault.New(fault.Refused, "journal.held", "record", ref.String(), "ground", ground)
	}
	return err
}

// applyErased destroys the keys and lets every module forget.
func (j *Journal) applyErased(ctx context.Context, b *store.Batch, e Erased) error {
	for _, s := range e.Subjects {
		if _, err := b.Exec(ctx, "delete from journal_keys where subject = $1", string(s)); err != nil {
			return err
		}
		for _, m := range j.modules {
			if m.Erase == nil {
				continue
			}
			w := b.Writer(ctx, m.Name)
			err := m.Erase(w, s)
			w.Close()
			if err != nil {
				return fmt.Errorf("module %s cannot forget %s: %w", m.Name, s, err)
			}
		}
	}
	return nil
}

// Scrub removes what erased values have left in the files of the databases.
func (j *Journal) Scrub(ctx context.Context) error {
	if err := j.db.Compact(ctx); err != nil {
		return err
	}
	if j.lane.db != j.db {
		return j.lane.db.Compact(ctx)
	}
	return nil
}

// Hold stops, and LiftHold allows again, the erasure of what stands in a record.
func (j *Journal) Hold(ctx context.Context, g policy.Grant, h Held) error {
	_, err := j.Do(ctx, g, func(_ context.Context, _ store.Reader, d *Draft) error { d.Add(h); return nil })
	return err
}

// LiftHold ends a hold; see Hold. Where none is, there is nothing to lift.
func (j *Journal) LiftHold(ctx context.Context, g policy.Grant, h HoldLifted) error {
	_, err := j.Do(ctx, g, func(ctx context.Context, r store.Reader, d *Draft) error {
		switch err := notHeld(ctx, r, h.Ref); {
		case err == nil:
			return fault.New(fault.NotFound, "fault.not-found")
		case !fault.Is(err, fault.Refused):
			return err
		}
		d.Add(h)
		return nil
	})
	return err
}
