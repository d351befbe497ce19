package exhibits_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/index"
)

// recorded puts a synthetic person into the index.
func (h *house) recorded(family string) ident.ID {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "tests.do", "CPP-23")
	h.must(err)
	id := h.ids.New()
	_, err = h.people.RecordPerson(ctx, g, id, index.Person{Family: index.Name{Latin: family}, Given: index.Name{Latin: "Rachid"}, Birth: "1988", Sex: "male", Source: index.Declared}, index.Dismissal{})
	h.must(err)
	return id
}

// TestWhatIsForgottenWithAPerson: the things that were taken from them, and
// those of their cases and reports; nobody else's.
func TestWhatIsForgottenWithAPerson(t *testing.T) {
	h := newHouse(t)
	c, other := h.newCase("*"), h.newCase("*")
	person := h.recorded("Bouhlal")
	taken := func(c policy.Purpose, from, pv ident.ID) ident.ID {
		in := h.seizure(c)
		in.From, in.PV = from, pv
		in.At = h.clock.Now()
		g, err := h.onCase("opj", "exhibits.exhibit.seize", c.Ref.ID, c)
		h.must(err)
		all, err := h.SeizeExhibits(ctx, g, in)
		h.must(err)
		return all[0].ID
	}
	theirs, ofCase, elsewhere := taken(other, person, ""), taken(c, "", ""), taken(other, "", "")
	for name, tc := range map[string]struct {
		of   []ident.ID
		want []ident.ID
	}{
		"the person":           {[]ident.ID{person}, []ident.ID{theirs}},
		"their case":           {[]ident.ID{c.Ref.ID}, []ident.ID{ofCase}},
		"both":                 {[]ident.ID{person, c.Ref.ID}, []ident.ID{theirs, ofCase}},
		"somebody else":        {[]ident.ID{h.ids.New()}, nil},
		"nobody":               {nil, nil},
		"the exhibits' own id": {[]ident.ID{elsewhere}, nil},
	} {
		got, err := h.Documents(ctx, tc.of)
		h.must(err)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestNothingThatWasSaidOfAThingIsLeft: a thing on which every act was done is
// forgotten; no word that anybody wrote stands in any table, and its chain,
// numbers and states stay.
func TestNothingThatWasSaidOfAThingIsLeft(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	x := h.standing(exhibits.Stored, c)
	h.must(h.breaks(x.ID, c))
	_, err := h.ResealExhibit(ctx, h.grant("opj", "exhibits.exhibit.reseal", x.ID, c), exhibits.Sealing{Move: h.moveOf(x.ID), Witnesses: "Driss Amrani"})
	h.must(err)
	refused := h.offer(x.ID, c, "opj", "second", exhibits.ToRegistry)
	h.must(h.RefuseHandover(ctx, h.grant("second", "exhibits.handover.refuse", x.ID, c), exhibits.Answering{Move: h.moveOf(x.ID), Handover: refused, Reason: "Greffe fermé"}))
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	h.suspends("opj")
	h.must(h.takesOver(now, c))
	said := map[string]string{"description": "écran fendu", "place": "rue des Jardins", "witnesses": "Driss Amrani", "condition": "Intact", "presence": "Rachid B.", "reason": "Examen", "authority": "Tribunal de", "refusal": "Greffe", "taking over": "Départ du"}
	if left := h.words(said); len(left) != len(said) {
		t.Errorf("the search proves nothing: it finds %v", left)
	}
	before, err := h.Chain(ctx, x.ID)
	h.must(err)
	h.must(h.k.Journal.Erase(ctx, h.system(), journal.Erased{Subjects: []ident.ID{x.ID}, Ground: "L09-08", Authority: "9/2026"}))
	if left := h.words(said); len(left) > 0 {
		t.Errorf("left in the tables: %v", left)
	}
	after, err := h.Chain(ctx, x.ID)
	h.must(err)
	now, err = h.Exhibit(ctx, x.ID)
	h.must(err)
	if len(after) != len(before) || after[3].Seal != before[3].Seal || after[0].Condition != "" || now.Number != x.Number || now.State != exhibits.Closed || now.Description != "" {
		t.Errorf("%+v %+v", now, after)
	}
	h.sound()
}

// words lists which words stand in the tables of the module.
func (h *house) words(said map[string]string) []string {
	h.t.Helper()
	var out []string
	for _, from := range []string{
		"select description || place || witnesses || shelf || condition from exhibits_exhibits", "select condition from exhibits_steps", "select witnesses from exhibits_seals",
		"select present || reason from exhibits_seals", "select authority || remark from exhibits_handovers", "select reason from exhibits_handovers",
		"select reason from exhibits_takeovers",
	} {
		h.must(h.k.Reader.Each(ctx, "select coalesce(v.words, '') from ("+strings.Replace(from, " from ", " as words from ", 1)+") v", nil, func(scan store.Scan) error {
			var text string
			err := scan(&text)
			for name, words := range said {
				if strings.Contains(text, words) && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
			return err
		}))
	}
	return out
}
