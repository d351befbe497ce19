package citizens

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/units"
)

// confirmDelay is the second person's word.
func (h *house) confirmDelay(role units.Role, id ident.ID) error {
	h.t.Helper()
	d, err := h.s.Delay(h.t.Context(), id)
	h.must(err)
	g, err := h.ask(role, actionConfirm, d.Resource(), "")
	if err != nil {
		return err
	}
	return h.s.ConfirmDelay(h.t.Context(), g, id)
}

// delay writes an order down, by one person.
func (h *house) delay(role units.Role) ident.ID {
	h.t.Helper()
	g, err := h.ask(role, actionDelay, policy.Resource{}, h.caseOne)
	h.must(err)
	id, err := h.s.OrderDelay(h.t.Context(), g, NewDelay{Person: h.aicha.ID, Authority: "Juge d’instruction", Reference: "44/2026", Until: h.Clock.Now().AddDate(0, 1, 0)})
	h.must(err)
	return id
}

// One person's word holds nothing back: until somebody else has confirmed the
// order, look-ups of its case are in the log, and the figures say that an order
// waits.
func TestOnePersonDelaysNothing(t *testing.T) {
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	start := len(h.log(c))
	id := h.delay(units.BrigadeChief)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	if lines := h.log(c)[start:]; len(lines) != 1 {
		t.Fatalf("an order of one person held back: %+v", lines)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 0 || f.Orders != 0 || f.Ordered != 0 || f.Awaiting != 1 {
		t.Errorf("%+v %v", f, err)
	}
	for _, role := range []units.Role{units.BrigadeChief, units.Investigator, units.DutyOfficer, units.Administrator, units.Inspector} {
		if err := h.confirmDelay(role, id); !fault.Is(err, fault.Refused) {
			t.Errorf("confirmed by %s: %v", role, err)
		}
	}
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne) // not read into the log before the order is in force
	h.must(h.confirmDelay(units.Prosecutor, id))
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	if lines := h.log(c)[start:]; len(lines) != 2 {
		t.Errorf("reached back, or did not hold: %+v", lines)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 1 || f.Orders != 1 || f.Ordered != 1 || f.Awaiting != 0 {
		t.Errorf("%+v %v", f, err)
	}
	if err := h.confirmDelay(units.Prosecutor, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed twice: %v", err)
	}
}

// tamper appends an entry about delays without the service's own checks.
func (h *house) tamper(e journal.Entry) error {
	h.t.Helper()
	d, err := h.s.Delays(h.t.Context(), ident.Ref{})
	h.must(err)
	g, err := h.ask(units.Prosecutor, actionConfirm, d[0].Resource(), "")
	h.must(err)
	_, err = h.Journal.Do(h.t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(e)
		return nil
	})
	return err
}

// The table itself takes no second word of the same person, none of nobody,
// and none twice.
func TestTheSchemaWantsTwoPersons(t *testing.T) {
	h := newHouse(t)
	id := h.delay(units.Investigator)
	for name, who := range map[string]ident.ID{"the same": h.who[units.Investigator], "nobody": ""} {
		if err := h.tamper(DelayConfirmed{Delay: id, Officer: who}); err == nil {
			t.Errorf("%s confirmed", name)
		}
	}
	h.must(h.tamper(DelayConfirmed{Delay: id, Officer: h.who[units.Prosecutor]}))
	if err := h.tamper(DelayConfirmed{Delay: id, Officer: h.who[units.BrigadeChief]}); err == nil {
		t.Error("confirmed twice")
	}
	// the service's own check stands before the table's
	d, err := h.s.Delay(t.Context(), h.delay(units.BrigadeChief))
	h.must(err)
	other := d.Resource()
	other.Attrs = map[string]any{"by": "somebody else"}
	g, err := h.ask(units.BrigadeChief, actionConfirm, other, "")
	h.must(err)
	if err := h.s.ConfirmDelay(t.Context(), g, d.ID); !fault.Is(err, fault.Refused) {
		t.Errorf("one's own: %v", err)
	}
}

// Of two who confirm at once, and of one who confirms while another lifts, one
// word counts.
func TestWordsOnADelayRace(t *testing.T) {
	h := newHouse(t)
	for range 6 {
		id := h.delay(units.Investigator)
		d, err := h.s.Delay(t.Context(), id)
		h.must(err)
		grants := []policy.Grant{}
		for _, role := range []units.Role{units.BrigadeChief, units.Prosecutor} {
			g, err := h.ask(role, actionConfirm, d.Resource(), "")
			h.must(err)
			grants = append(grants, g)
		}
		lift := h.grant(units.Inspector, actionLift, d.Resource())
		errs := make([]error, 3)
		var all sync.WaitGroup
		for i, g := range grants {
			all.Go(func() { errs[i] = h.s.ConfirmDelay(t.Context(), g, id) })
		}
		all.Go(func() { errs[2] = h.s.LiftDelay(t.Context(), lift, id) })
		all.Wait()
		if errs[0] == nil && errs[1] == nil {
			t.Error("two confirmed")
		}
		if errs[2] != nil {
			t.Errorf("not lifted: %v", errs[2])
		}
		if d, err = h.s.Delay(t.Context(), id); err != nil || d.Standing(h.Clock.Now()) {
			t.Errorf("lifted, and in force: %+v %v", d, err)
		}
	}
}

// By the pages: the investigator writes down, the chief finds the task,
// confirms and sees who stands for the order.
func TestTwoPersonsOnThePage(t *testing.T) {
	h := newHouse(t)
	form := url.Values{"number": {"G123456"}, "authority": {"Juge d’instruction"}, "reference": {"51/2026"}, "until": {"10/12/2026 12:00"}}
	hand := h.As(t, string(units.Investigator)).Under(policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: h.caseOne}}.String())
	if p := hand.Post("/log-delays", form); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	all, err := h.s.Delays(t.Context(), ident.Ref{})
	h.must(err)
	confirm := "/log-delays/" + string(all[0].ID) + "/confirm"
	if p := hand.Post(confirm, nil); p.Status != http.StatusForbidden {
		t.Errorf("by who wrote it down: %d", p.Status)
	}
	chief := h.As(t, string(units.BrigadeChief))
	if p := chief.Get("/?lang=fr"); !seen(p, "Confirmer l’ordre d’un juge") || !seen(p, "51/2026") {
		t.Errorf("no task: %s", p.Text())
	}
	if p := chief.Get("/log-delays?lang=fr"); !seen(p, "Attend la seconde personne") || !seen(p, "Confirmer") || !seen(p, "Tajribi B") {
		t.Errorf("%s", p.Text())
	}
	if p := chief.Post(confirm, nil); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := chief.Get("/log-delays?lang=fr"); !seen(p, "En vigueur") || !seen(p, "Tajribi C") {
		t.Errorf("%s", p.Text())
	}
	if p := chief.Get("/?lang=fr"); seen(p, "51/2026") {
		t.Error("the task stays")
	}
}
