package index_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/index"
)

func TestRecordPersonKeepsNormalForms(t *testing.T) {
	w := newWorld(t)
	id := w.id()
	g := w.ask(duty, index.ActionPersonRecord, "")
	p, err := w.RecordPerson(context.Background(), g, id, alaoui(), index.Dismissal{})
	if err != nil {
		t.Fatal(err)
	}
	want := alaoui()
	want.ID, want.Version, want.Unit, want.Recorded = id, 1, district, p.Recorded
	want.CNIE, want.Phones, want.Nationality = "D0123456", []string{"+212612345678"}, "ma"
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
	again, err := w.RecordPerson(context.Background(), g, id, alaoui(), index.Dismissal{})
	if err != nil || again.ID != id {
		t.Errorf("the form sent twice: %v, %v", again.ID, err)
	}
	last, err := w.k.Journal.Last(context.Background())
	if err != nil || last != 2 { // the founding, and the person
		t.Errorf("%d entries, want 2; %v", last, err)
	}
	w.sound()
}

func TestRecordPersonRefusesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*index.Person)
		field  string
	}{
		"nameless":       {func(p *index.Person) { p.Family, p.Given = index.Name{}, index.Name{} }, "family-ar"},
		"CNIE":           {func(p *index.Person) { p.CNIE = "12345" }, "cnie"},
		"passport":       {func(p *index.Person) { p.Passport = "??" }, "passport"},
		"phone":          {func(p *index.Person) { p.Phones = []string{"12"} }, "phones"},
		"birth":          {func(p *index.Person) { p.Birth = "1985-02-30" }, "birth"},
		"sex":            {func(p *index.Person) { p.Sex = "m" }, "sex"},
		"nationality":    {func(p *index.Person) { p.Nationality = "Maroc" }, "nationality"},
		"source":         {func(p *index.Person) { p.Source = "hearsay" }, "source"},
		"document":       {func(p *index.Person) { p.Document = " " }, "document"},
		"control sign":   {func(p *index.Person) { p.Occupation = "a\x00b" }, "occupation"},
		"broken UTF-8":   {func(p *index.Person) { p.Address = "a\xffb" }, "address"},
		"endless name":   {func(p *index.Person) { p.Nickname = string(make([]rune, 0)) + long(200) }, "nickname"},
		"many phones":    {func(p *index.Person) { p.Phones = make([]string, 7) }, "phones"},
		"line in a name": {func(p *index.Person) { p.Given.Latin = "a\nb" }, "given"},
	} {
		t.Run(name, func(t *testing.T) {
			p := alaoui()
			c.change(&p)
			_, err := w.RecordPerson(context.Background(), w.ask(duty, index.ActionPersonRecord, ""), w.id(), p, index.Dismissal{})
			all := fault.All(err)
			if len(all) != 1 || all[0].Field != c.field || all[0].Kind != fault.Invalid {
				t.Errorf("got %v, want one fault about %s", err, c.field)
			}
		})
	}
	if last, _ := w.k.Journal.Last(context.Background()); last != 1 {
		t.Errorf("%d entries after refusals, want 1", last)
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a'
	}
	return string(b)
}

func TestCheckPrefixesFields(t *testing.T) {
	p := alaoui()
	p.CNIE = "?"
	if all := p.Check("complainant."); len(all) != 1 || all[0].Field != "complainant.cnie" {
		t.Errorf("got %v", all)
	}
}

func TestRecordPersonAsksAboutLookalikes(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first := w.record(alaoui())
	twin := alaoui()
	twin.CNIE, twin.Given = "D123456", index.Name{Latin: "Mohamed"}
	g := w.ask(duty, index.ActionPersonRecord, "")
	id := w.id()
	_, err := w.RecordPerson(ctx, g, id, twin, index.Dismissal{})
	asked, ok := errors.AsType[*index.Lookalikes](err)
	if !ok || len(asked.Candidates) != 1 || asked.Candidates[0].Person.ID != first.ID || asked.Candidates[0].Exact != "cnie" {
		t.Fatalf("got %v, want the first person proposed by CNIE", err)
	}
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("kind %v", err)
	}
	if _, err := w.RecordPerson(ctx, g, id, twin, index.Dismissal{Not: []ident.ID{first.ID}}); !fault.Is(err, fault.Invalid) && len(fault.All(err)) != 1 {
		t.Errorf("dismissed without a reason: %v", err)
	}
	p, err := w.RecordPerson(ctx, g, id, twin, index.Dismissal{Not: []ident.ID{first.ID}, Reason: "the card was lost"})
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := w.Decisions(ctx, p.ID)
	if err != nil || len(decisions) != 1 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	d := decisions[0]
	if d.Kind != index.Dismissed || d.Actor != duty.ID || d.Reason != "the card was lost" || d.Proposal.Method != index.Method || len(d.Proposal.Evidence) == 0 {
		t.Errorf("decision %+v", d)
	}
	if again, err := w.Proposals(ctx, p); err != nil || len(again) != 0 {
		t.Errorf("proposed again after the dismissal: %v, %v", again, err)
	}
	w.sound()
}

func TestCorrectPersonJoinsFields(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(alaoui())
	g := w.ask(duty, index.ActionPersonCorrect, p.ID)

	mine, theirs := p, p
	theirs.Occupation, theirs.Source, theirs.Document = "ebeniste", index.Declared, ""
	if _, err := w.CorrectPerson(ctx, g, p.ID, 1, theirs); err != nil {
		t.Fatal(err)
	}
	mine.Address = "3 derb Moulay"
	joined, err := w.CorrectPerson(ctx, g, p.ID, 1, mine)
	if err != nil {
		t.Fatal(err)
	}
	if joined.Address != "3 derb Moulay" || joined.Occupation != "ebeniste" || joined.Version != 3 {
		t.Errorf("joined: %q, %q, version %d", joined.Address, joined.Occupation, joined.Version)
	}
	claims, err := w.Claims(ctx, p.ID)
	if err != nil || len(claims) != 2 || claims[1].Former != "menuisier" || claims[1].Value != "ebeniste" || claims[1].Source != index.Declared {
		t.Errorf("claims %+v, %v", claims, err)
	}
	w.sound()
}

func TestCorrectPersonShowsBothValues(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(alaoui())
	theirs, mine := p, p
	theirs.Occupation, mine.Occupation = "ebeniste", "tourneur"
	if _, err := w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, p.ID), p.ID, 1, theirs); err != nil {
		t.Fatal(err)
	}
	_, err := w.CorrectPerson(ctx, w.ask(investigator, index.ActionPersonCorrect, p.ID), p.ID, 1, mine)
	c, ok := errors.AsType[*index.Conflict](err)
	if !ok || len(c.Fields) != 1 || !fault.Is(err, fault.Conflict) {
		t.Fatalf("got %v", err)
	}
	if f := c.Fields[0]; f.Field != "occupation" || f.Mine != "tourneur" || f.Theirs != "ebeniste" || f.Actor != duty.ID {
		t.Errorf("contested %+v", f)
	}
	after, err := w.CorrectPerson(ctx, w.ask(investigator, index.ActionPersonCorrect, p.ID), p.ID, c.Version, mine)
	if err != nil || after.Occupation != "tourneur" {
		t.Errorf("decided again: %q, %v", after.Occupation, err)
	}
}

func TestCorrectPersonRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(alaoui())
	g := w.ask(duty, index.ActionPersonCorrect, p.ID)
	same := p
	same.Source, same.Document = index.Declared, ""
	if _, err := w.CorrectPerson(ctx, g, p.ID, 1, same); fault.Of(err).Key != "index.fault.unchanged" {
		t.Errorf("a correction of nothing: %v", err)
	}
	if _, err := w.CorrectPerson(ctx, g, p.ID, 7, p); fault.Of(err).Key != "index.fault.version" {
		t.Errorf("a version to come: %v", err)
	}
	if _, err := w.CorrectPerson(ctx, g, w.id(), 1, p); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	confirmed, err := w.CorrectPerson(ctx, g, p.ID, 1, p)
	claims, _ := w.Claims(ctx, p.ID)
	if err != nil || confirmed.Version != 2 || len(claims) < 10 {
		t.Errorf("a document seen confirms: version %d, %d claims, %v", confirmed.Version, len(claims), err)
	}
	w.erase(p.ID)
	if _, err := w.CorrectPerson(ctx, g, p.ID, 2, p); fault.Of(err).Key != "index.fault.erased" {
		t.Errorf("after erasure: %v", err)
	}
}

func TestGrantOfAnotherActionWritesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.record(alaoui())
	before, _ := w.k.Journal.Last(context.Background())
	g := w.ask(duty, index.ActionSearch, "")
	if _, err := w.RecordPerson(context.Background(), g, w.id(), index.Person{Nickname: "Zz"}, index.Dismissal{}); err == nil {
		t.Error("recorded under a grant to search")
	}
	if err := w.MergePersons(context.Background(), g, w.id(), p.ID, w.record(alaoui()).ID, "x"); err == nil {
		t.Error("merged under a grant to search")
	}
	if after, _ := w.k.Journal.Last(context.Background()); after != before+1 {
		t.Errorf("%d entries, want %d", after, before+1)
	}
}
