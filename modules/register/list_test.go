package register_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// TestListEqualsSingleDecisions: the list shows exactly the complaints that
// the policy would grant one by one, for everybody of the cast.
func TestListEqualsSingleDecisions(t *testing.T) {
	h := newHouse(t)
	var all []ident.ID
	for i := range 12 {
		who := []string{"desk", "other", "agent"}[i%3]
		in := h.theft()
		if i%2 == 0 {
			in.Competent = h.unit[[]string{"KEN-VILLE-BPJ", "KEN-02"}[i/2%2]]
		}
		c, err := h.RecordComplaint(ctx, h.grant(who, "register.complaint.record", res0), in)
		h.must(err)
		all = append(all, c.ID)
	}
	basis := policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"}
	cols := policy.Columns{ID: "c.id", Unit: "c.unit", Attrs: map[string]string{"competent": "c.competent"}, Under: map[string]string{"case": "c.case_id"}}
	for _, x := range cast {
		for _, purpose := range [][]policy.Purpose{nil, {basis}, {h.newCase("*")}} {
			actor, p := h.actor(x.name)
			if len(purpose) > 0 {
				p = purpose[0]
			}
			listed := map[ident.ID]bool{}
			if pred, err := h.k.Policy.Filter(ctx, actor, "register.complaint.list", p, cols); err == nil {
				ids, err := store.List(ctx, h.k.Reader, "select c.id from register_complaints c where "+pred.SQL, pred.Args, func(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) })
				h.must(err)
				for _, id := range ids {
					listed[id] = true
				}
			}
			for _, id := range all {
				if can := h.k.Policy.Can(ctx, actor, "register.complaint.list", h.on(x.name, register.KindComplaint, id, p), p); can != listed[id] {
					t.Errorf("%s under %s: list says %v, decision %v", x.name, p, listed[id], can)
				}
			}
		}
	}
}

// TestReplayOfEverything: after many acts of all kinds in an order drawn by
// chance, the journal replays to equal tables.
func TestReplayOfEverything(t *testing.T) {
	h := newHouse(t)
	chance := rand.New(rand.NewPCG(7, 11))
	for range 25 {
		c := h.record()
		own := func(name, action string) policy.Grant {
			return h.grant(name, action, h.on(name, register.KindComplaint, c.ID))
		}
		switch chance.IntN(6) {
		case 0:
			h.must(h.CorrectComplaint(ctx, own("desk", "register.complaint.correct"), c.ID, "facts", "Deux hommes."))
		case 1:
			h.must(h.ProposeClosing(ctx, own("desk", "register.closing.propose"), c.ID, 0, "Retrouv\u00e9."))
			h.must(h.DecideClosing(ctx, own("night", "register.closing.decide"), c.ID, 0, chance.IntN(2) == 0, "Vu."))
		case 2:
			h.refer(c, "1/KEN-VILLE-BPJ/2026")
		case 3:
			h.must(h.TellOutcome(ctx, own("desk", "register.outcome.tell"), c.ID, h.clock.Now(), "pending", "phone", "Re\u00e7u."))
		case 4:
			in := h.arrested([]string{"theft-simple", "burglary"}[chance.IntN(2)])
			if chance.IntN(3) == 0 {
				in.New.Birth = "2011-03"
			}
			page, p := h.hold(in)
			if chance.IntN(2) == 0 {
				g := h.grant("opj", "register.custody.end", h.on("opj", register.KindCustody, page.ID, p), p)
				h.must(h.EndCustody(ctx, g, page.ID, 0, "release", h.clock.Now(), "Aucune charge."))
			}
		case 5:
			_, err := h.WriteLine(ctx, h.grant("desk", "register.line.write", res0), register.NewLine{Submission: h.ids.New(), Words: "Ronde."})
			h.must(err)
		}
		h.clock.Advance(time.Duration(chance.IntN(600)) * time.Minute)
		if _, err := h.Watch(ctx); err != nil {
			t.Fatal(err)
		}
	}
	h.sound()
}

// TestWrongCase: the right officer under another case, and without any, is
// refused; under the case itself they get through.
func TestWrongCase(t *testing.T) {
	h := newHouse(t)
	c, right := h.hold(h.arrested("theft-simple"))
	wrong := h.newCase("*")
	for _, action := range []string{"register.custody.read", "register.custody.note", "register.extension.ask", "register.custody.end"} {
		for _, p := range []policy.Purpose{wrong, {}} {
			if _, err := h.ask("opj", action, h.on("opj", register.KindCustody, c.ID, p), p); !fault.Is(err, fault.Refused) {
				t.Errorf("%s under %q: %v", action, p, err)
			}
		}
		h.grant("opj", action, h.on("opj", register.KindCustody, c.ID, right), right)
	}
}

// TestReferredOnceByTheTables: even a module that asks nothing cannot refer a
// complaint twice.
func TestReferredOnceByTheTables(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	refer := func() error {
		_, err := h.k.Journal.Do(ctx, h.system(), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			h.DraftReferred(d, c.ID, d.NewID(), "1")
			return nil
		})
		return err
	}
	h.must(refer())
	if refer() == nil {
		t.Error("referred twice")
	}
	h.sound()
}

// TestReceiptNamesNobodyElse: neither the accused, nor a witness, nor the
// facts are on what the complainant carries away.
func TestReceiptNamesNobodyElse(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	h := newHouse(t)
	in := h.theft()
	accused, witness := synthetic("Bouhaddou", "Rachid", "1979"), synthetic("Zerhouni", "Laila", "1990")
	in.Parties[1].New = &accused
	in.Parties = append(in.Parties, register.NewParty{Role: register.Witness, New: &witness, Field: "witness.0.person"})
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
	h.must(err)
	pdf, err := h.Receipt(ctx, c.ID, text.FR)
	h.must(err)
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	says, err := cmd.Output()
	h.must(err)
	if !strings.Contains(string(says), "Essaadi") || !strings.Contains(string(says), c.Number) {
		t.Errorf("the receipt says %s", says)
	}
	for _, word := range []string{"Bouhaddou", "Zerhouni", "en courant", "350000000000006"} {
		if bytes.Contains(says, []byte(word)) {
			t.Errorf("the receipt says %q", word)
		}
	}
}
