package index_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// during lists the kinds of the entries that are appended while something runs.
func (w *world) during(run func()) (kinds []string) {
	w.t.Helper()
	ctx := context.Background()
	last, err := w.k.Journal.Last(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	run()
	made, err := w.k.Journal.After(ctx, last, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range made {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "index."))
	}
	return kinds
}

// leaves checks that a verb gets through, and the entries that it leaves.
func (w *world) leaves(t *testing.T, run func() error, kinds ...string) {
	t.Helper()
	var err error
	if got := w.during(func() { err = run() }); err != nil || !slices.Equal(got, kinds) {
		t.Errorf("appended %q, want %q; %v", got, kinds, err)
	}
}

// denies checks that a verb is refused with a code, and leaves nothing.
func (w *world) denies(t *testing.T, run func() error, key string) {
	t.Helper()
	var err error
	if got := w.during(func() { err = run() }); err == nil || fault.All(err)[0].Key != key || len(got) > 0 {
		t.Errorf("%v, want %s; appended %q", err, key, got)
	}
}

// personVerb is something done with one record, or with it and another one.
type personVerb struct {
	name   string
	run    func(w *world, id, other ident.ID) error
	entry  string
	merged string // what it is refused with on a record that was merged, "" where it is not
	erased string
}

var personVerbs = []personVerb{
	{"correct", func(w *world, id, _ ident.ID) error {
		p := alaoui()
		p.Occupation = "tourneur " + string(w.id())
		now, err := w.PersonAsRecorded(context.Background(), id)
		if err != nil {
			now.Version = 1
		}
		_, err = w.CorrectPerson(context.Background(), w.ask(duty, index.ActionPersonCorrect, id), id, now.Version, p)
		return err
	}, "person-corrected", "index.fault.merged", "index.fault.erased"},
	{"keep", func(w *world, id, other ident.ID) error { return w.merge(id, other) }, "persons-merged", "index.fault.merged", "index.fault.erased"},
	{"absorb", func(w *world, id, other ident.ID) error { return w.merge(other, id) }, "persons-merged", "index.fault.merged", "index.fault.erased"},
	{"dismiss", func(w *world, id, other ident.ID) error {
		return w.DismissDuplicate(context.Background(), w.ask(duty, index.ActionPersonDismiss, id), w.id(), id, other, "cousins")
	}, "duplicate-dismissed", "index.fault.merged", "index.fault.erased"},
	{"link", func(w *world, id, other ident.ID) error {
		link := index.Link{From: ident.Ref{Kind: index.KindPerson, ID: id}, To: ident.Ref{Kind: index.KindPerson, ID: other}, Kind: "sibling-of", Source: index.Declared, Reason: "she said so"}
		return w.LinkRecords(context.Background(), w.ask(duty, index.ActionPersonLink, id), w.id(), link)
	}, "person-linked", "", ""},
}

// TestEveryVerbOnARecordAsItStands: on one that stands each leaves its entry; on one
// that was merged or erased it is refused with what happened to it; on none at all it
// is not found. Nothing is written where it is refused.
func TestEveryVerbOnARecordAsItStands(t *testing.T) {
	w := newWorld(t)
	for _, v := range personVerbs {
		t.Run(v.name, func(t *testing.T) {
			standing, other := w.record(alaoui()).ID, w.record(alaoui()).ID
			w.leaves(t, func() error { return v.run(w, standing, other) }, v.entry)
			merged, into := w.record(alaoui()).ID, w.record(alaoui()).ID
			if err := w.merge(into, merged); err != nil {
				t.Fatal(err)
			}
			other = w.record(alaoui()).ID
			if v.merged != "" {
				w.denies(t, func() error { return v.run(w, merged, other) }, v.merged)
			}
			erased := w.record(alaoui()).ID
			w.forget(erased)
			if v.erased != "" {
				w.denies(t, func() error { return v.run(w, erased, other) }, v.erased)
			}
			w.denies(t, func() error { return v.run(w, w.id(), other) }, "fault.not-found")
		})
	}
	w.sound()
}

// TestAMergeIsUndoneOnce: what was merged is separated, under a reason, and stands as
// it did; what is not merged is not separated; a form sent twice decides once.
func TestAMergeIsUndoneOnce(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b := w.record(alaoui()), w.record(alaoui())
	w.denies(t, func() error { return w.unmerge(b.ID) }, "index.fault.not-merged")
	w.leaves(t, func() error { return w.merge(a.ID, b.ID) }, "persons-merged")
	g := w.ask(investigator, index.ActionPersonUnmerge, b.ID)
	decision := w.id()
	undo := func(id ident.ID, reason string) func() error {
		return func() error { return w.UnmergePersons(ctx, g, id, b.ID, reason) }
	}
	w.denies(t, undo(decision, " "), "index.fault.reason")
	w.denies(t, undo(decision, strings.Repeat("a", 1001)), "index.fault.long")
	w.denies(t, undo("x", "two brothers"), "index.fault.submission")
	w.denies(t, func() error { return w.UnmergePersons(ctx, g, w.id(), w.id(), "two brothers") }, "fault.not-found")
	w.leaves(t, undo(decision, "two brothers"), "persons-unmerged")
	w.leaves(t, undo(decision, "two brothers"))
	w.denies(t, undo(w.id(), "two brothers"), "index.fault.not-merged")
	for _, id := range []ident.ID{a.ID, b.ID} {
		if p, err := w.Person(ctx, id); err != nil || p.ID != id {
			t.Errorf("%s leads to %s, %v", id, p.ID, err)
		}
	}
	if again, err := w.Proposals(ctx, a); err != nil || len(again) == 0 {
		t.Errorf("separated, they may be proposed again: %d, %v", len(again), err)
	}
	w.sound()
}

// TestADecisionIsItsMakers: under the id of one that was taken, neither another person
// nor a decision about another record is taken for the form sent again.
func TestADecisionIsItsMakers(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b, c := w.record(alaoui()), w.record(alaoui()), w.record(alaoui())
	decision := w.id()
	merge := func(by policy.Actor, absorbed ident.ID) func() error {
		return func() error {
			return w.MergePersons(ctx, w.ask(by, index.ActionPersonMerge, a.ID), decision, a.ID, absorbed, "same card")
		}
	}
	w.leaves(t, merge(investigator, b.ID), "persons-merged")
	w.leaves(t, merge(investigator, b.ID))
	w.denies(t, merge(investigator, c.ID), "index.fault.submission")
	w.denies(t, merge(chief, b.ID), "index.fault.submission")
	w.denies(t, func() error {
		return w.UnmergePersons(ctx, w.ask(investigator, index.ActionPersonUnmerge, b.ID), decision, b.ID, "two brothers")
	}, "index.fault.submission")
	w.denies(t, func() error {
		return w.DismissDuplicate(ctx, w.ask(investigator, index.ActionPersonDismiss, a.ID), decision, a.ID, b.ID, "two brothers")
	}, "index.fault.submission")
	if p, err := w.Person(ctx, c.ID); err != nil || p.ID != c.ID {
		t.Errorf("%s stands under %s, %v", c.ID, p.ID, err)
	}
}

// TestEachLookalikeIsAnswered: whoever is recorded must be told from each candidate
// that was shown, with a reason; one forgotten, or another named instead, is asked
// again and nothing is written.
func TestEachLookalikeIsAnswered(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first, second := w.record(alaoui()), w.record(alaoui())
	stranger := w.record(index.Person{Family: index.Name{Latin: "Zniber"}, Given: index.Name{Latin: "Selma"}})
	id, g := w.id(), w.ask(duty, index.ActionPersonRecord, "")
	record := func(reason string, not ...ident.ID) func() error {
		return func() error {
			_, err := w.RecordPerson(ctx, g, id, alaoui(), index.Dismissal{Not: not, Reason: reason})
			return err
		}
	}
	for _, not := range [][]ident.ID{nil, {first.ID}, {second.ID, stranger.ID}, {w.id(), w.id()}} {
		w.denies(t, record("a cousin", not...), "index.fault.lookalikes")
	}
	for _, reason := range []string{"", " \n "} {
		w.denies(t, record(reason, first.ID, second.ID), "index.fault.reason")
	}
	w.denies(t, record(strings.Repeat("a", 1001), first.ID, second.ID), "index.fault.long")
	w.leaves(t, record("cousins", second.ID, first.ID, stranger.ID), "person-recorded", "duplicate-dismissed", "duplicate-dismissed")
	w.leaves(t, record("cousins")) // the form again
	w.leaves(t, func() error {
		_, err := w.RecordPerson(ctx, g, w.id(), index.Person{Family: index.Name{Latin: "Fassi"}, Given: index.Name{Latin: "Omar"}}, index.Dismissal{})
		return err
	}, "person-recorded")
	w.sound()
}

// TestTheHolderOfACard: one record, or several that were judged to be one; none, or
// several that nobody has judged, and nobody is named. However the number is typed.
func TestTheHolderOfACard(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	holds := func(cnie string, want ident.ID) {
		t.Helper()
		p, err := w.PersonByCNIE(ctx, cnie)
		if want == "" && !fault.Is(err, fault.NotFound) || want != "" && (err != nil || p.ID != want) {
			t.Errorf("%q is held by %s, %v; want %s", cnie, p.ID, err, want)
		}
	}
	holds("D123456", "")
	a := w.record(alaoui())
	for _, typed := range []string{"D123456", "d 0123.456", "D-123456"} {
		holds(typed, a.ID)
	}
	holds("D654321", "")
	b := w.record(alaoui())
	holds("D123456", "")
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	holds("D123456", a.ID)
	w.erase(a.ID)
	holds("D123456", "")
	for _, wrong := range []string{"", "123456", "card"} {
		if _, err := w.PersonByCNIE(ctx, wrong); !fault.Is(err, fault.Invalid) || fault.Of(err).Field != "cnie" {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// TestWhatALinkAsksFor: another record of the index, one of the relations, a source
// and a reason that fits.
func TestWhatALinkAsksFor(t *testing.T) {
	w := newWorld(t)
	a, b := w.record(alaoui()), w.record(alaoui())
	good := index.Link{From: a.Ref(), To: b.Ref(), Kind: "sibling-of", Source: index.Declared, Reason: "she said so"}
	g := w.ask(duty, index.ActionPersonLink, a.ID)
	for name, tc := range map[string]struct {
		spoil      func(*index.Link)
		field, key string
	}{
		"no relation":    {func(l *index.Link) { l.Kind = "" }, "kind", "index.fault.choice"},
		"a relation new": {func(l *index.Link) { l.Kind = "enemy-of" }, "kind", "index.fault.choice"},
		"nobody":         {func(l *index.Link) { l.To = ident.Ref{} }, "to", "index.fault.same-record"},
		"oneself":        {func(l *index.Link) { l.To = l.From }, "to", "index.fault.same-record"},
		"a source new":   {func(l *index.Link) { l.Source = "rumour" }, "source", "index.fault.choice"},
		"no reason":      {func(l *index.Link) { l.Reason = " " }, "reason", "index.fault.reason"},
		"endless":        {func(l *index.Link) { l.Reason = strings.Repeat("a", 1001) }, "reason", "index.fault.long"},
		"no record":      {func(l *index.Link) { l.To.Kind = "case" }, "", "index.fault.choice"},
		"not there":      {func(l *index.Link) { l.To.ID = w.id() }, "", "fault.not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			l := good
			tc.spoil(&l)
			var err error
			got := w.during(func() { err = w.LinkRecords(context.Background(), g, w.id(), l) })
			if all := fault.All(err); len(got) > 0 || err == nil || all[0].Field != tc.field || all[0].Key != tc.key {
				t.Errorf("%v; appended %q", all, got)
			}
		})
	}
	w.denies(t, func() error { return w.LinkRecords(context.Background(), g, "x", good) }, "index.fault.submission")
	id := w.id()
	w.leaves(t, func() error { return w.LinkRecords(context.Background(), g, id, good) }, "person-linked")
	w.leaves(t, func() error { return w.LinkRecords(context.Background(), g, id, good) }) // the form again
	end := func(link ident.ID, reason string) func() error {
		return func() error { return w.EndLink(context.Background(), g, link, reason) }
	}
	w.denies(t, end(id, ""), "index.fault.reason")
	w.denies(t, end(w.id(), "x"), "fault.not-found")
	w.leaves(t, end(id, "not hers"), "link-ended")
	w.denies(t, end(id, "again"), "index.fault.link-ended")
	all, err := w.Links(context.Background(), b.ID)
	if err != nil || len(all) != 1 || all[0].Ended.IsZero() || all[0].EndedWhy != "not hers" || all[0].EndedBy != duty.ID || all[0].Actor != duty.ID {
		t.Errorf("%+v %v", all, err)
	}
	w.sound()
}

// TestANameInEachLanguage: in the reader's script where it is known, in the other one
// else, a nickname at last; a merged record is called as the one that stands, an
// erased one by nothing.
func TestANameInEachLanguage(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	ar := index.Name{Arabic: "\u0633\u0644\u0645\u0649"}
	for name, tc := range map[string]struct {
		p          index.Person
		arabic, fr string
	}{
		"both":     {alaoui(), "\u0645\u062d\u0645\u062f \u0627\u0644\u0639\u0644\u0648\u064a", "Mohammed Alaoui"},
		"latin":    {index.Person{Given: index.Name{Latin: "Selma"}}, "Selma", "Selma"},
		"arabic":   {index.Person{Given: ar}, ar.Arabic, ar.Arabic},
		"nickname": {index.Person{Nickname: "Le Borgne"}, "Le Borgne", "Le Borgne"},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.record(tc.p)
			if a, f := w.Name(ctx, "ar", p.ID), w.Name(ctx, "fr", p.ID); a != tc.arabic || f != tc.fr {
				t.Errorf("%q, %q", a, f)
			}
		})
	}
	a, b := w.record(alaoui()), w.record(index.Person{Given: index.Name{Latin: "Selma"}})
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.Name(ctx, "fr", b.ID); got != "Mohammed Alaoui" {
		t.Errorf("merged: %q", got)
	}
	w.erase(a.ID)
	if got := w.Name(ctx, "fr", b.ID) + w.Name(ctx, "fr", w.id()); got != "" {
		t.Errorf("erased, and unknown: %q", got)
	}
}

// TestDecisionsByForm: in each language, without a reason they come back with both
// records in sight and nothing written; what cannot be decided is not asked.
func TestDecisionsByForm(t *testing.T) {
	s := newSite(t)
	a, b := s.record(alaoui()), s.record(alaoui())
	chief := s.as("brigade-chief")
	words := catalogue(t)
	at := "/persons/" + string(a.ID)
	for _, lang := range text.Langs() {
		chief.post("/session/lang", url.Values{"lang": {string(lang)}})
		for _, verb := range []string{"merge", "dismiss"} {
			chief.get(at + "/" + verb + "/" + string(b.ID))
			chief.shows(200, words.In(lang).T("index.act."+verb), words.In(lang).T("index."+verb+"-lead"))
			values := chief.form(url.Values{"reason": {"  "}})
			if got := s.during(func() { chief.post(at+"/"+verb+"/"+string(b.ID), values) }); len(got) > 0 {
				t.Errorf("%s without a reason appended %q", verb, got)
			}
			chief.shows(422, words.In(lang).T("index.fault.reason"), "menuisier")
		}
	}
	for path, code := range map[string]int{
		at + "/unmerge": 409, at + "/compare/" + string(s.id()): 404, at + "/compare/x": 404, at + "/merge/" + string(s.id()): 404, "/persons/" + string(s.id()) + "/merge/" + string(a.ID): 404,
		at + "/links/" + string(s.id()) + "/end": 404, at + "/links/x/end": 404,
	} {
		chief.get(path)
		chief.shows(code)
	}
	chief.get(at + "/merge/" + string(b.ID))
	values := chief.form(url.Values{"reason": {"m\u00eame carte"}})
	if got := s.during(func() { chief.post(at+"/merge/"+string(a.ID), values) }); len(got) > 0 || chief.code != 422 {
		t.Errorf("merged with itself: %d %q", chief.code, got)
	}
	s.leaves(t, func() error { chief.post(at+"/merge/"+string(b.ID), values); return nil }, "persons-merged")
	s.leaves(t, func() error { chief.post(at+"/merge/"+string(b.ID), values); return nil }) // the form again
	s.sound()
}

// TestALinkIsEndedByForm: with a reason, from a page of one of its two records and of
// no other.
func TestALinkIsEndedByForm(t *testing.T) {
	s := newSite(t)
	a, c, other := s.record(alaoui()), s.record(index.Person{Given: index.Name{Latin: "Selma"}}), s.record(index.Person{Given: index.Name{Latin: "Omar"}})
	desk := s.as("duty-officer")
	at := "/persons/" + string(a.ID)
	desk.get(at + "/link")
	desk.post(at+"/link", desk.form(url.Values{"to": {c.Ref().String()}, "kind": {"spouse-of"}, "source": {"declared"}, "reason": {"acte de mariage"}}))
	end := regexp.MustCompile(`/links/[^"]+/end`).FindString(desk.last)
	words := catalogue(t)
	for _, lang := range text.Langs() {
		desk.post("/session/lang", url.Values{"lang": {string(lang)}})
		desk.get(at + end)
		desk.shows(200, words.In(lang).T("index.act.end-link"))
		values := desk.form(url.Values{"reason": {""}})
		if got := s.during(func() { desk.post(at+end, values) }); len(got) > 0 {
			t.Errorf("appended %q", got)
		}
		desk.shows(422, words.In(lang).T("index.fault.reason"))
	}
	desk.get("/persons/" + string(other.ID) + end)
	desk.shows(404)
	desk.get("/persons/" + string(c.ID) + end)
	desk.shows(200)
	values := desk.form(url.Values{"reason": {"erreur"}})
	s.leaves(t, func() error { desk.post("/persons/"+string(c.ID)+end, values); return nil }, "link-ended")
	if got := s.during(func() { desk.post(at+end, values) }); len(got) > 0 || desk.code != 422 && desk.code != 409 {
		t.Errorf("ended twice: %d %q", desk.code, got)
	}
}
