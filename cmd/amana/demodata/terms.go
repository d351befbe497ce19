package demodata

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/disposal"
	"github.com/amana-platform/amana/modules/register"
)

// planTerms lets the visitor's desk take a few complaints in the first years of
// the service, which were closed and whose term is over: one list of them has
// been decided and carried out, a second waits for the prosecutor.
func (l *life) planTerms() {
	first := Beginning(l.now)
	for i := range 7 {
		at := first.AddDate(0, 0, 2+i)
		if i >= 4 { // their term is over since the first list was drawn
			at = l.now.AddDate(-10, 0, -40+i)
		}
		l.agenda = append(l.agenda, moment{at, l.planned(), func(ctx context.Context) error { return l.closed(ctx, at) }})
	}
	desk := l.faces["duty-officer"]
	l.agenda = append(l.agenda,
		moment{l.now.Add(-90 * 24 * time.Hour), l.planned(), func(ctx context.Context) error { return l.disposed(ctx, desk) }},
		moment{l.now.Add(-3 * 24 * time.Hour), l.planned(), func(ctx context.Context) error { _, err := l.drawList(ctx, desk); return err }})
}

// closed records a complaint and closes it without a case, by two officers.
func (l *life) closed(ctx context.Context, at time.Time) error {
	desk := l.faces["duty-officer"]
	g, err := l.onDuty(ctx, desk, "register.complaint.record")
	if err != nil {
		return err
	}
	c, err := l.Register.RecordComplaint(ctx, g, l.complaint(desk, l.story(), at))
	if err != nil {
		return fmt.Errorf("an old complaint: %w", err)
	}
	ref := ident.Ref{Kind: register.KindComplaint, ID: c.ID}
	if g, err = l.registered(ctx, desk, ref, "register.closing.propose"); err != nil {
		return err
	}
	if err := l.Register.ProposeClosing(ctx, g, c.ID, c.Version, pick(l.World, l.tales.Words["closings"])); err != nil {
		return err
	}
	for _, o := range l.officersOf("duty-officer") {
		if o.unit == desk.unit && o != desk {
			if g, err = l.registered(ctx, o, ref, "register.closing.decide"); err != nil {
				return err
			}
			return l.Register.DecideClosing(ctx, g, c.ID, c.Version+1, true, "")
		}
	}
	return fmt.Errorf("nobody at %s closes what another proposed", desk.unit.Code)
}

// drawList puts the complaints whose term is over before the prosecution.
func (l *life) drawList(ctx context.Context, desk *officer) (ident.ID, error) {
	g, err := l.onDuty(ctx, desk, "disposal.list.draw")
	if err != nil {
		return "", err
	}
	return l.Disposal.Draw(ctx, g, "complaint")
}

// disposed draws a list, lets the prosecution keep one record of it, the archives
// receive the others, and ends them.
func (l *life) disposed(ctx context.Context, desk *officer) error {
	id, err := l.drawList(ctx, desk)
	if err != nil {
		return err
	}
	list, err := l.Disposal.List(ctx, id)
	if err != nil {
		return err
	}
	for _, o := range l.officersOf("prosecutor") {
		if o.unit.id != list.Office {
			continue
		}
		a, duty, err := l.actor(ctx, o)
		if err != nil {
			return err
		}
		g, err := l.k.Policy.Ask(ctx, a, "disposal.list.decide", list.Resource(), duty)
		if err != nil {
			return err
		}
		kept := disposal.Decision{Keep: []ident.Ref{list.Items[0].Ref}, Until: text.PartialDate(l.now.AddDate(2, 0, 0).Format(time.DateOnly)), Reason: pick(l.World, l.tales.Words["kept"])}
		if err := l.Disposal.Decide(ctx, g, id, kept); err != nil {
			return err
		}
		break
	}
	a, duty, err := l.actor(ctx, desk)
	if err != nil {
		return err
	}
	g, err := l.k.Policy.Ask(ctx, a, "disposal.list.transfer", list.Resource(), duty)
	if err != nil {
		return err
	}
	if err := l.Disposal.Transfer(ctx, g, id, "12/"+l.clock.Now().Format("2006")); err != nil {
		return err
	}
	_, err = l.Disposal.CarryOut(ctx)
	return err
}
