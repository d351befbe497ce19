package demodata

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/units"
)

// seize takes what the story is about from the offender: a report that lists
// it, and exhibits that go as far as the case does.
func (b *brigade) seize(ctx context.Context) error {
	var objects []string
	for _, t := range b.story.Things {
		if t[0] != "cash" { // which is spent, or was never in notes
			objects = append(objects, "- "+t[1])
		}
	}
	if objects == nil {
		return nil
	}
	err := b.write(ctx, "pv-seizure", b.suspect, map[string]string{
		"seizure-place": pick(b.World, b.story.Place), "objects": strings.Join(objects, "\n"),
		"seal-numbers": "–", "destination": pick(b.World, b.tales.Words["destination"]), "witnesses": pick(b.World, b.tales.Words["additions"]),
	})
	if err != nil {
		return err
	}
	all, err := b.Exhibits.Exhibits(ctx, b.id)
	if err != nil {
		return err
	}
	b.seizures++
	for i, x := range all {
		far := (b.seizures + i) % 6
		b.later(time.Hour, func(ctx context.Context) error { return b.keep(ctx, x, far) })
	}
	return nil
}

// exhibit asks for an act on an exhibit; where its state has moved on, the act
// finds the exhibit as it is now.
func (b *brigade) exhibit(ctx context.Context, o *officer, id ident.ID, action string, do func(policy.Grant, exhibits.Move) error) error {
	a, _, err := b.actor(ctx, o)
	if err != nil {
		return err
	}
	x, err := b.Exhibits.Exhibit(ctx, id)
	if err != nil {
		return err
	}
	p := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: b.id}}
	res, err := b.Exhibits.Resource(ctx, id, p)
	if err != nil {
		return err
	}
	g, err := b.k.Policy.Ask(ctx, a, action, res, p)
	if err == nil {
		err = do(g, exhibits.Move{Submission: b.ids.New(), Exhibit: id, Version: x.Version, At: b.clock.Now(), Condition: pick(b.World, b.tales.Words["condition"])})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// keep does with an exhibit what far says: 0 leaves it as it was seized, 1
// seals it, 2 stores it, 3 offers it to the chief, 4 brings it there, 5 opens
// the seal before counsel.
func (b *brigade) keep(ctx context.Context, x exhibits.Exhibit, far int) error {
	if far == 0 {
		return nil
	}
	err := b.exhibit(ctx, b.works, x.ID, "exhibits.exhibit.seal", func(g policy.Grant, m exhibits.Move) error {
		_, err := b.Exhibits.SealExhibit(ctx, g, exhibits.Sealing{Move: m})
		return err
	})
	switch {
	case err != nil || far == 1:
		return err
	case far == 5:
		return b.breakSeal(ctx, x.ID)
	case far >= 3 && b.leads != nil:
		return b.bring(ctx, x.ID, far == 4)
	}
	return b.exhibit(ctx, b.works, x.ID, "exhibits.exhibit.store", func(g policy.Grant, m exhibits.Move) error {
		return b.Exhibits.StoreExhibit(ctx, g, exhibits.Storing{Move: m, Kept: x.Category.Places()[0], Shelf: fmt.Sprintf("A-%d", 1+b.rand.IntN(40))})
	})
}

// bring offers an exhibit to the chief, who reads the seal and takes it or has
// not come yet.
func (b *brigade) bring(ctx context.Context, id ident.ID, taken bool) error {
	var offer ident.ID
	err := b.exhibit(ctx, b.works, id, "exhibits.handover.offer", func(g policy.Grant, m exhibits.Move) error {
		offer = m.Submission
		return b.Exhibits.OfferHandover(ctx, g, exhibits.Offering{Move: m, Receiver: b.leads.id, Destination: exhibits.ToKeeper})
	})
	if err != nil || !taken {
		return err
	}
	x, err := b.Exhibits.Exhibit(ctx, id)
	if err != nil {
		return err
	}
	return b.exhibit(ctx, b.leads, id, "exhibits.handover.accept", func(g policy.Grant, m exhibits.Move) error {
		return b.Exhibits.AcceptHandover(ctx, g, exhibits.Answering{Move: m, Handover: offer, Seal: x.Seal})
	})
}

func (b *brigade) breakSeal(ctx context.Context, id ident.ID) error {
	x, err := b.Exhibits.Exhibit(ctx, id)
	if err != nil {
		return err
	}
	return b.exhibit(ctx, b.works, id, "exhibits.seal.break", func(g policy.Grant, m exhibits.Move) error {
		return b.Exhibits.BreakSeal(ctx, g, exhibits.Breaking{Move: m, Seal: x.Seal, Presence: exhibits.Presences()[0],
			Present: pick(b.World, b.tales.Words["present"]), Reason: pick(b.World, b.tales.Words["opening"])})
	})
}

// measure asks for something that the prosecution or an officer of judicial
// police must order, and lets it be answered as fate has it.
func (b *brigade) measure(ctx context.Context) error {
	b.measures++
	ask := cases.NewMeasure{Kind: "search-home-consent", Values: map[string]string{"place": pick(b.World, b.story.Place), "consent": pick(b.World, b.tales.Words["consent"])}}
	if b.measures%3 == 0 {
		ask = cases.NewMeasure{Kind: "requisition", Values: map[string]string{"addressee": pick(b.World, b.tales.Words["addressee"]), "mission": pick(b.World, b.tales.Words["mission"])}}
	}
	var id ident.ID
	err := b.act(ctx, b.works, "cases.measure.ask", func(g policy.Grant) (err error) {
		id, err = b.Cases.AskMeasure(ctx, g, b.id, ask)
		return err
	})
	if err != nil || b.measures%4 == 0 { // nobody has answered yet
		return err
	}
	refused := b.measures%5 == 0
	b.later(b.days(0, 1), func(ctx context.Context) error { return b.answer(ctx, id, refused) })
	return nil
}

// answer orders or refuses a measure, as the authority that was asked.
func (b *brigade) answer(ctx context.Context, id ident.ID, refused bool) error {
	f, err := b.Cases.File(ctx, b.id)
	if err != nil {
		return err
	}
	for _, m := range f.Measures {
		if m.ID == id {
			return b.decideMeasure(ctx, m, refused)
		}
	}
	return nil
}

// authority asks for an act of whoever a measure was asked of.
func (b *brigade) authority(ctx context.Context, m enquiry.Measure, action string) (policy.Grant, error) {
	by := b.works
	for i := range b.officers {
		if o := &b.officers[i]; m.Office != "" && o.unit.id == m.Office && (o.role == units.Prosecutor || string(o.role) == m.Authority) {
			by = o
		}
	}
	a, _, err := b.actor(ctx, by)
	if err != nil {
		return policy.Grant{}, err
	}
	res, err := b.Cases.MeasureResource(ctx, m.ID)
	if err != nil {
		return policy.Grant{}, err
	}
	g, err := b.k.Policy.Ask(ctx, a, action, res, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: b.id}})
	if err != nil {
		err = fmt.Errorf("%s: %w", action, err)
	}
	return g, err
}

func (b *brigade) decideMeasure(ctx context.Context, m enquiry.Measure, refused bool) error {
	kind, err := b.k.Pack.Measure(m.Kind, m.Asked)
	if err != nil {
		return err
	}
	action := "cases.measure.order"
	if refused {
		action = "cases.measure.refuse"
	}
	g, err := b.authority(ctx, m, action)
	switch {
	case err != nil:
		return err
	case refused:
		return b.Cases.RefuseMeasure(ctx, g, m.ID, pick(b.World, b.tales.Words["refused"]))
	}
	return b.Cases.OrderMeasure(ctx, g, m.ID, cases.Order{Number: fmt.Sprintf("%d/%d", 10+b.rand.IntN(900), b.clock.Now().Year()), Basis: kind.Law[0], From: b.clock.Now()})
}

// offer proposes the case to another brigade, which answers or has not yet.
func (b *brigade) offer(ctx context.Context) error {
	chiefs := b.officersOf("brigade-chief")
	to := pick(b.World, chiefs)
	if b.leads == nil || to.unit == b.works.unit {
		return nil
	}
	var id ident.ID
	err := b.act(ctx, b.leads, "cases.transfer.propose", func(g policy.Grant) (err error) {
		id, err = b.Cases.Propose(ctx, g, b.id, to.unit.id, pick(b.World, b.tales.Words["transfer"]))
		return err
	})
	b.offers++
	if err != nil || b.offers%2 == 1 {
		return err
	}
	b.later(b.days(0, 2), func(ctx context.Context) error { return b.reject(ctx, to, id) })
	return nil
}

func (b *brigade) reject(ctx context.Context, by *officer, transfer ident.ID) error {
	a, _, err := b.actor(ctx, by)
	if err != nil {
		return err
	}
	at := ident.Ref{Kind: enquiry.KindCase, ID: b.id}
	g, err := b.k.Policy.Ask(ctx, a, "cases.transfer.decide", policy.Resource{Ref: ident.Ref{Kind: enquiry.KindTransfer, ID: transfer}, Under: []ident.Ref{at}, Unit: by.unit.id}, policy.Purpose{Kind: policy.Case, Ref: at})
	if err != nil {
		return fmt.Errorf("cases.transfer.decide: %w", err)
	}
	return b.Cases.DecideTransfer(ctx, g, transfer, "rejected", "")
}
