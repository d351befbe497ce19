package cases

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// NewPV begins a report.
type NewPV struct {
	Submission ident.ID // names the form; the report takes it as its id
	Form       string   // code of a packs.Template of the group "pv"
	Person     ident.ID // of the case; heard, occupant, holder
	Second     ident.ID // confronted
	Measure    ident.ID
	Corrects   ident.ID
	Act        time.Time // when the act was done
	Values     map[string]string
}

// DraftPV begins a report. Only who may sign it may begin it. Law: CPP 24
func (s *Service) DraftPV(ctx context.Context, g policy.Grant, id ident.ID, n NewPV) (enquiry.PV, error) {
	if err := given(g, caseRef(id)); err != nil {
		return enquiry.PV{}, err
	}
	now := s.k.Clock.Now()
	if done, err := readPV(ctx, s.k.Reader, n.Submission); err == nil && done.Case == id {
		return done, nil
	}
	form, err := s.k.Pack.Template(n.Form, now)
	var wrong fault.List
	if err != nil || form.Group != "pv" {
		wrong.Add("form", "form.choose")
	}
	if n.Act.IsZero() {
		wrong.Add("act", "form.required")
	} else if n.Act.After(now) {
		wrong.Add("act", "cases.wrong.future")
	}
	if len(enquiry.Named(form)) > 0 && n.Person == "" {
		wrong.Add("person", "form.required")
	}
	if slices.Contains(enquiry.Named(form), "second-person") && (n.Second == "" || n.Second == n.Person) {
		wrong.Add("second", "cases.wrong.second")
	}
	if err := wrong.Err(); err != nil {
		return enquiry.PV{}, err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if done, err := readPV(ctx, r, n.Submission); err == nil {
			if done.Case != id {
				return orNotFound(nil)
			}
			return errDone
		}
		c, err := changing(ctx, r, id)
		if err != nil {
			return err
		}
		if err := checkParties(ctx, r, id, n); err != nil {
			return err
		}
		if err := checkCorrected(ctx, r, id, n.Corrects); err != nil {
			return err
		}
		d.AddOnce(n.Submission, n.Act, PVDrafted{PV: n.Submission, Case: id, Unit: c.Unit, Form: n.Form, Author: actor(g), Capacity: s.parts.Directory.Capacity(ctx, actor(g), d.Now),
			Person: n.Person, Second: n.Second, Measure: n.Measure, Corrects: n.Corrects, Act: n.Act, Values: valuesOf(n.Submission, onlyTyped(form, n.Values))})
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return enquiry.PV{}, err
	}
	return readPV(ctx, s.k.Reader, n.Submission)
}

// onlyTyped keeps the fields that an author of the form writes.
func onlyTyped(form packs.Template, given map[string]string) map[string]string {
	out := map[string]string{}
	for _, code := range enquiry.Typed(form) {
		if v, ok := given[code]; ok {
			out[code] = v
		}
	}
	return out
}

// checkParties refuses a report about a person who is not in the case.
func checkParties(ctx context.Context, r store.Reader, id ident.ID, n NewPV) error {
	all, err := parties(ctx, r, id)
	if err != nil {
		return err
	}
	var wrong fault.List
	for field, person := range map[string]ident.ID{"person": n.Person, "second": n.Second} {
		if person != "" && !slices.ContainsFunc(all, func(p enquiry.Party) bool { return p.Person == person }) {
			wrong.Add(field, "cases.wrong.not-party")
		}
	}
	return wrong.Err()
}

func checkCorrected(ctx context.Context, r store.Reader, id, corrects ident.ID) error {
	if corrects == "" {
		return nil
	}
	p, err := readPV(ctx, r, corrects)
	if err != nil {
		return err
	}
	if p.Case != id || p.State != enquiry.Signed {
		return refuse("cases.refused.correct")
	}
	return nil
}

// PV gives a report with the values it has now.
func (s *Service) PV(ctx context.Context, id ident.ID) (enquiry.PV, error) {
	return readPV(ctx, s.k.Reader, id)
}

// reportFor gives a report to who may act on its case.
func (s *Service) reportFor(ctx context.Context, g policy.Grant, pv ident.ID) (enquiry.PV, error) {
	p, err := s.PV(ctx, pv)
	if err == nil {
		err = given(g, caseRef(p.Case))
	}
	if err != nil {
		return enquiry.PV{}, err
	}
	return p, nil
}

// RevisePV saves a draft that was shown at a version. What others saved since
// is kept: fields that only one side changed are merged, and fields that both
// changed come back as clashes, with nothing saved.
func (s *Service) RevisePV(ctx context.Context, g policy.Grant, pv ident.ID, shown int64, act time.Time, mine map[string]string) (enquiry.PV, []enquiry.Clash, error) {
	p, err := s.reportFor(ctx, g, pv)
	if err != nil {
		return p, nil, err
	}
	form, err := s.k.Pack.Template(p.Form, p.Made)
	if err != nil {
		return p, nil, err
	}
	now := s.k.Clock.Now()
	if act.IsZero() || act.After(now) {
		return p, nil, &fault.Error{Kind: fault.Invalid, Key: "cases.wrong.future", Field: "act"}
	}
	var clashes []enquiry.Clash
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		theirs, err := draft(ctx, r, pv)
		if err != nil {
			return err
		}
		base, err := values(ctx, r, pv, shown)
		if err != nil {
			return err
		}
		merged, both := enquiry.Merge(base, onlyTyped(form, mine), theirs.Values)
		if clashes = both; len(both) > 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		changed := changes(pv, theirs.Values, merged)
		if len(changed) == 0 && act.Equal(theirs.Act) {
			return errDone
		}
		d.Add(PVRevised{PV: pv, Case: p.Case, Version: theirs.Version + 1, Act: act, Values: changed})
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return p, clashes, err
	}
	p, err = s.PV(ctx, pv)
	return p, nil, err
}

// changes lists the fields whose value differs.
func changes(record ident.ID, before, after map[string]string) []Value {
	var out []Value
	for _, field := range slices.Sorted(maps.Keys(after)) {
		if after[field] != before[field] {
			out = append(out, Value{Field: field, Subject: record, Text: sealText(after[field])})
		}
	}
	return out
}

// draft re-reads a report inside a decision and refuses unless it is one.
func draft(ctx context.Context, r store.Reader, pv ident.ID) (enquiry.PV, error) {
	p, err := readPV(ctx, r, pv)
	if err == nil && p.State != enquiry.Draft {
		err = refuse("cases.refused.signed")
	}
	return p, err
}

// DropPV gives up a draft: its author alone does, while they can; the draft of
// who is gone must not keep the case, so whoever writes on it may drop that.
func (s *Service) DropPV(ctx context.Context, g policy.Grant, pv ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		p, err := draft(ctx, r, pv)
		if err == nil {
			err = given(g, caseRef(p.Case))
		}
		if err != nil {
			return err
		}
		if err := s.mayDrop(ctx, r, p, actor(g)); err != nil {
			return err
		}
		d.Add(PVDropped{PV: pv, Case: p.Case})
		return nil
	})
	return err
}

// mayDrop refuses whoever is not the author of a draft, unless the author is
// gone: neither on the case nor of its unit.
func (s *Service) mayDrop(ctx context.Context, r store.Reader, p enquiry.PV, who ident.ID) error {
	if p.Author == who {
		return nil
	}
	f, err := s.read(ctx, r, p.Case, theAssigned, theReferrals)
	if err != nil {
		return err
	}
	here := slices.ContainsFunc(f.Assigned, func(a enquiry.Assignment) bool { return a.Officer == p.Author }) ||
		slices.ContainsFunc(f.Referrals, func(x enquiry.Referral) bool { return x.Officer == p.Author && x.State == "active" })
	if err := s.serves(ctx, f.Unit, p.Author); !here && fault.Is(err, fault.Invalid) {
		return nil
	}
	return refuse("cases.refused.not-author")
}

// SignPV closes a report: its author alone signs, as an officer of judicial
// police, at the version that they read; every field the law asks for is
// there; it gets its number and never changes again. Law: CPP 23; CPP 24
func (s *Service) SignPV(ctx context.Context, g policy.Grant, pv ident.ID, version int64) (enquiry.PV, error) {
	p, err := s.reportFor(ctx, g, pv)
	if err != nil {
		return p, err
	}
	form, err := s.k.Pack.Template(p.Form, p.Made)
	if err != nil {
		return p, err
	}
	u, err := s.parts.Directory.Service(ctx, p.Unit)
	if err != nil {
		return p, err
	}
	capacity := s.parts.Directory.Capacity(ctx, actor(g), s.k.Clock.Now())
	if c, err := s.k.Pack.Capacity(capacity, s.k.Clock.Now()); err != nil || !c.May("sign-pv") {
		return p, refuse("cases.refused.capacity")
	}
	about, err := s.identities(ctx, p, form)
	if err != nil {
		return p, err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		now, err := draft(ctx, r, pv)
		switch {
		case err != nil:
			return err
		case now.Author != actor(g):
			return refuse("cases.refused.not-author")
		case now.Version != version:
			return fault.New(fault.Conflict, "fault.conflict")
		}
		c, err := changing(ctx, r, now.Case)
		if err != nil {
			return err
		}
		number, series, n, err := s.number(ctx, r, "cases_pvs", enquiry.KindPV, u, d.Now)
		if err != nil {
			return err
		}
		for _, code := range enquiry.FromRecord {
			now.Values[code] = number // known to the program, never empty
		}
		for _, v := range about {
			now.Values[v.Field] = v.Text.Text()
		}
		if err := missing(form, now.Values); err != nil {
			return err
		}
		things := seized(d, now)
		regime := Value{Field: "regime", Subject: pv, Text: sealText(c.Regime)}
		d.Add(PVSigned{PV: pv, Case: now.Case, Number: number, Series: series, N: n, Version: now.Version + 1, Values: append(about, regime), Items: things})
		return s.seize(ctx, r, d, now, things)
	})
	if err != nil {
		return p, err
	}
	return s.PV(ctx, pv)
}

// missing gives the faults of a report that is not complete.
func missing(form packs.Template, values map[string]string) error {
	var wrong fault.List
	for _, code := range enquiry.Lacking(form, values) {
		wrong.Add("f."+code, "form.required")
	}
	if n := len(enquiry.Items(values["objects"])); form.Code == "pv-seizure" && n > maxItems {
		wrong.Add("f.objects", "form.too-long", "max", maxItems)
	}
	return wrong.Err()
}

// maxItems is how many things one seizure may list.
const maxItems = 200

// seized lists the things of a seizure; each gets the id of its exhibit.
func seized(d *journal.Draft, p enquiry.PV) []SeizedItem {
	if p.Form != "pv-seizure" {
		return nil
	}
	var out []SeizedItem
	for _, line := range enquiry.Items(p.Values["objects"]) {
		out = append(out, SeizedItem{ID: d.NewID(), Description: sealText(line)})
	}
	return out
}

// seize lets exhibits take over what a seizure report lists. Law: CPP 59
func (s *Service) seize(ctx context.Context, r store.Reader, d *journal.Draft, p enquiry.PV, things []SeizedItem) error {
	if s.parts.Seizures == nil || len(things) == 0 {
		return nil
	}
	in := Seized{Case: p.Case, PV: p.ID, Unit: p.Unit, By: p.Author, At: p.Act, Place: p.Values["seizure-place"], From: p.Person, Witnesses: p.Values["witnesses"]}
	for i, t := range things {
		in.Things = append(in.Things, SeizedThing{ID: t.ID, Line: int64(i) + 1, Description: t.Description.Text()})
	}
	return s.parts.Seizures.Seize(ctx, r, d, in)
}

// identities gives the persons of a report as they stand now, each field
// sealed under the person it is about.
func (s *Service) identities(ctx context.Context, p enquiry.PV, form packs.Template) ([]Value, error) {
	var out []Value
	add := func(person ident.ID, field, v string) {
		if strings.TrimSpace(v) != "" {
			out = append(out, Value{Field: field, Subject: person, Text: sealText(v)})
		}
	}
	fields := enquiry.Named(form)
	if p.Person != "" && len(fields) > 0 {
		who, err := s.parts.People.Identity(ctx, p.Person)
		if err != nil {
			return nil, err
		}
		add(p.Person, fields[0], who.In("ar"))
		add(p.Person, "name-latin", who.Name)
		add(p.Person, "birth", who.Born)
		add(p.Person, "filiation", who.FiliationAR)
		add(p.Person, "identity-card", who.Card)
		add(p.Person, "occupation", who.Occupation)
		add(p.Person, "address", who.Address)
		if err := s.addQuality(ctx, p, &out); err != nil {
			return nil, err
		}
	}
	if p.Second != "" {
		who, err := s.parts.People.Identity(ctx, p.Second)
		if err != nil {
			return nil, err
		}
		add(p.Second, "second-person", who.In("ar"))
		add(p.Second, "second-latin", who.Name)
	}
	return out, nil
}

// addQuality adds as what the person is heard.
func (s *Service) addQuality(ctx context.Context, p enquiry.PV, out *[]Value) error {
	all, err := parties(ctx, s.k.Reader, p.Case)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Person == p.Person {
			*out = append(*out, Value{Field: "quality", Subject: p.ID, Text: sealText(string(x.Role))})
			return nil
		}
	}
	return nil
}

// PaperPV sets a report on paper: signed ones with the proof of the entry
// that closed them, drafts with a stamp that says so.
func (s *Service) PaperPV(ctx context.Context, id ident.ID, lang string) ([]byte, error) {
	pv, err := s.PV(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.maker().Report(ctx, pv)
	if err != nil {
		return nil, err
	}
	if pv.State != enquiry.Signed {
		return print.Render(s.press(lang).Report(r, true, ""))
	}
	entry, err := s.signing(ctx, id)
	if err != nil {
		return nil, err
	}
	proof, qr, err := s.k.Paper.Proof(ctx, entry, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	pdf, err := print.Render(s.press(lang).Report(r, false, qr), print.Attachment{Name: dossier.ProofFile, MIME: "application/json", Relation: "Supplement", Data: proof})
	if err != nil {
		return nil, err
	}
	return s.k.Paper.Sign(ctx, pdf, s.k.Texts.In(text.Lang(lang)).T("cases.paper.reason"))
}

// signing finds the entry that closed a report.
func (s *Service) signing(ctx context.Context, pv ident.ID) (ident.ID, error) {
	all, err := s.k.Journal.Timeline(ctx, pvRef(pv), 0, 200)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if _, ok := e.Entry.(PVSigned); ok {
			return e.ID, nil
		}
	}
	return "", fmt.Errorf("cases: report %s has no signing entry", pv)
}
