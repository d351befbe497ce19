package demodata

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/register"
)

// brigade is one case in the hands of those who work on it.
type brigade struct {
	*life
	works, leads *officer
	story        story
	suspect      ident.ID
	caught       bool // the offender is known
	detains      bool // and is held: in the first case of the visitor's investigator, so that the smallest demonstration has a custody
	id           ident.ID
	fate         int // how far the case goes, 0 to 99
}

// brigadeNear gives the case to an investigator of the same city, if it has one.
func (l *life) brigadeNear(desk *officer, all []*officer) *brigade {
	near := slices.DeleteFunc(slices.Clone(all), func(o *officer) bool { return o.unit.Area != desk.unit.Area })
	if len(near) == 0 {
		near = all
	}
	works := pick(l.World, near)
	if face := l.faces["investigator"]; desk == l.faces["duty-officer"] || face.unit.Area == desk.unit.Area && l.rand.IntN(3) == 0 {
		works = face
	}
	b := &brigade{life: l, works: works, fate: l.rand.IntN(100), caught: l.rand.IntN(3) > 0}
	if works == l.faces["investigator"] { // one of each state, in turn
		l.shown++
		b.fate, b.caught, b.detains = (l.shown*37+18)%100, true, l.shown == 1
	}
	for _, o := range l.officersOf("brigade-chief") {
		if o.unit == b.works.unit && b.leads == nil {
			b.leads = o
		}
	}
	return b
}

// days draws a delay.
func (b *brigade) days(least, most int) time.Duration {
	return time.Duration(least*24+b.rand.IntN((most-least)*24+1))*time.Hour + time.Duration(b.rand.IntN(3600))*time.Second
}

// ask asks for an act of an officer on this case.
func (b *brigade) ask(ctx context.Context, o *officer, action string) (policy.Grant, error) {
	a, _, err := b.actor(ctx, o)
	if err != nil {
		return policy.Grant{}, err
	}
	res, err := b.Cases.Resource(ctx, b.id)
	if err != nil {
		return policy.Grant{}, err
	}
	return b.k.Policy.Ask(ctx, a, action, res, policy.Purpose{Kind: policy.Case, Ref: res.Ref})
}

// act asks for an act and does it.
func (b *brigade) act(ctx context.Context, o *officer, action string, do func(policy.Grant) error) error {
	g, err := b.ask(ctx, o, action)
	if err == nil {
		err = do(g)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// open takes the complaint up: the case, its offence, and what follows.
func (b *brigade) open(ctx context.Context, complaint ident.ID) error {
	g, err := b.onDuty(ctx, b.works, "cases.case.open")
	if err != nil {
		return err
	}
	o := cases.Opening{Submission: b.ids.New(), Origin: enquiry.FromComplaint, Complaint: complaint, Regime: "preliminary",
		Values: map[string]string{"instruction": fmt.Sprintf("%d/%d", 100+b.rand.IntN(900), b.clock.Now().Year())}}
	c, err := b.Cases.Open(ctx, g, o)
	if err != nil {
		return fmt.Errorf("open a case about %s: %w", b.story.Offence, err)
	}
	b.id = c.ID
	if b.caught {
		err = b.act(ctx, b.works, "cases.party.add", func(g policy.Grant) error {
			return b.Cases.AddParty(ctx, g, b.id, cases.NewParty{Person: b.suspect, Role: enquiry.Suspect})
		})
		if err == nil {
			err = b.act(ctx, b.works, "cases.offence.qualify", func(g policy.Grant) error {
				return b.Cases.Qualify(ctx, g, b.id, cases.Qualification{Code: b.story.Offence, Suspect: b.suspect})
			})
		}
	}
	if err == nil {
		b.later(b.days(1, 4), b.hear)
	}
	return err
}

// hear takes the statements of everybody in the case, and looks at the place.
func (b *brigade) hear(ctx context.Context) error {
	f, err := b.Cases.File(ctx, b.id)
	if err != nil {
		return err
	}
	for _, p := range f.Parties {
		said := pick(b.World, b.story.Heard)
		if p.Role == enquiry.Suspect {
			said = pick(b.World, b.tales.Words["heard-suspect"])
		}
		if err := b.write(ctx, "pv-hearing", p.Person, map[string]string{"statement": said, "questions": pick(b.World, b.tales.Words["questions"])}); err != nil {
			return err
		}
	}
	if b.fate%10 != 3 { // the others miss an element, and the gate says which
		if err := b.write(ctx, "pv-finding", "", map[string]string{"findings": pick(b.World, b.tales.Words["finding"])}); err != nil {
			return err
		}
	}
	if err := b.follow(ctx); err != nil {
		return err
	}
	if b.fate >= 30 {
		b.later(b.days(2, 9), b.conclude)
	}
	return nil
}

// follow does what the hearings lead to.
func (b *brigade) follow(ctx context.Context) error {
	if b.detains || b.caught && b.fate%7 == 0 {
		b.later(2*time.Hour, b.detain)
	}
	if b.fate%6 == 1 {
		b.later(3*time.Hour, b.measure)
	}
	if b.fate >= 20 && b.fate < 30 {
		b.later(b.days(1, 2), b.offer)
	}
	if b.caught && b.fate%2 == 0 {
		return b.seize(ctx)
	}
	return nil
}

// write drafts and signs a report.
func (b *brigade) write(ctx context.Context, form string, person ident.ID, values map[string]string) error {
	w := b.tales.Words
	all := map[string]string{"place": pick(b.World, w["premises"]), "read-back": "yes", "additions": pick(b.World, w["additions"]), "person-signature": enquiry.SignedByHand}
	for k, v := range values {
		all[k] = v
	}
	var pv enquiry.PV
	err := b.act(ctx, b.works, "cases.pv.draft", func(g policy.Grant) (err error) {
		pv, err = b.Cases.DraftPV(ctx, g, b.id, cases.NewPV{Submission: b.ids.New(), Form: form, Person: person, Act: b.clock.Now().Add(-30 * time.Minute), Values: all})
		return err
	})
	if err == nil {
		err = b.act(ctx, b.works, "cases.pv.sign", func(g policy.Grant) error {
			_, err := b.Cases.SignPV(ctx, g, pv.ID, pv.Version)
			return err
		})
	}
	if err == nil {
		err = b.show(ctx, ident.Ref{Kind: "pv", ID: pv.ID})
	}
	return err
}

// show links a piece to every element it can show and nothing else shows yet.
func (b *brigade) show(ctx context.Context, piece ident.Ref) error {
	f, err := b.Cases.File(ctx, b.id)
	if err != nil {
		return err
	}
	for _, o := range f.Offences {
		elements, err := b.k.Pack.Elements(o.Code, o.LawAt)
		if err != nil {
			return err
		}
		for _, e := range elements {
			if slices.ContainsFunc(f.Links, func(x enquiry.Link) bool { return x.Offence == o.ID && x.Element == e.Code }) {
				continue
			}
			err := b.act(ctx, b.works, "cases.evidence.link", func(g policy.Grant) error {
				err := b.Cases.Link(ctx, g, b.id, o.ID, e.Code, piece)
				if err != nil && strings.HasPrefix(fault.Of(err).Key, "cases.wrong.") { // a piece of this kind cannot show it
					return nil
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// detain puts the suspect into custody and ends it in time.
func (b *brigade) detain(ctx context.Context) error {
	now := b.clock.Now()
	a, _, err := b.actor(ctx, b.works)
	if err != nil {
		return err
	}
	ref := ident.Ref{Kind: enquiry.KindCase, ID: b.id}
	g, err := b.k.Policy.Ask(ctx, a, "register.custody.open", policy.Resource{Unit: a.Unit}, policy.Purpose{Kind: policy.Case, Ref: ref})
	if err != nil {
		return err
	}
	c, err := b.Register.OpenCustody(ctx, g, register.NewCustody{Submission: b.ids.New(), Person: b.suspect, Offence: b.story.Offence,
		Arrest: now.Add(-70 * time.Minute), Arrival: now.Add(-40 * time.Minute), Cell: fmt.Sprint(1 + b.rand.IntN(6)), Grounds: []string{"preserve-evidence"}, Reasons: pick(b.World, b.tales.Words["reasons"])})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) { // the law does not allow it for this offence or person
		return nil
	}
	if err != nil {
		return err
	}
	for _, kind := range []string{"rights", "silence", "family"} {
		if err := b.noteEvent(ctx, c.ID, kind); err != nil {
			return err
		}
	}
	b.later(time.Hour, b.list)
	b.later(time.Duration(20+b.rand.IntN(20))*time.Hour, func(ctx context.Context) error { return b.release(ctx, c.ID) })
	return nil
}

// custody asks for an act on a page of the custody register.
func (b *brigade) custody(ctx context.Context, id ident.ID, action string) (policy.Grant, error) {
	a, _, err := b.actor(ctx, b.works)
	if err != nil {
		return policy.Grant{}, err
	}
	p := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: b.id}}
	res, err := b.Register.Resource(ctx, ident.Ref{Kind: register.KindCustody, ID: id}, p)
	if err != nil {
		return policy.Grant{}, err
	}
	return b.k.Policy.Ask(ctx, a, action, res, p)
}

func (b *brigade) noteEvent(ctx context.Context, custody ident.ID, kind string) error {
	g, err := b.custody(ctx, custody, "register.custody.note")
	if err != nil {
		return err
	}
	err = b.Register.NoteEvent(ctx, g, custody, register.NewEvent{Submission: b.ids.New(), Kind: kind, At: b.clock.Now().Add(-5 * time.Minute)})
	if fault.Is(err, fault.Invalid) { // this event asks for details that the demonstration does not invent
		return nil
	}
	return err
}

func (b *brigade) release(ctx context.Context, id ident.ID) error {
	g, err := b.custody(ctx, id, "register.custody.end")
	if err != nil {
		return err
	}
	sheet, err := b.Register.Sheet(ctx, id)
	if err != nil {
		return err
	}
	return b.Register.EndCustody(ctx, g, id, sheet.Custody.Version, "release", b.clock.Now(), pick(b.World, b.tales.Words["release"]))
}
