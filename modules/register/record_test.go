package register_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// wrongComplaint is a complaint with one thing wrong in it.
type wrongComplaint struct {
	name       string
	spoil      func(h *house, c *register.NewComplaint)
	field, key string
}

// stranger is a person as the form names them, with nothing typed but a field.
func stranger(spoil func(*index.Person)) *index.Person {
	p := synthetic("Essaadi", "Khadija", "1988")
	spoil(&p)
	return &p
}

var wrongComplaints = []wrongComplaint{
	{"no place", func(_ *house, c *register.NewComplaint) { c.Place = "" }, "place", "form.required"},
	{"an endless place", func(_ *house, c *register.NewComplaint) { c.Place = tooWide }, "place", "form.too-long"},
	{"no day", func(_ *house, c *register.NewComplaint) { c.FactsOn = "" }, "facts_on", "form.required"},
	{"a day in another form", func(_ *house, c *register.NewComplaint) { c.FactsOn = "21/11/2026" }, "facts_on", "form.unreadable"},
	{"a month ahead", func(_ *house, c *register.NewComplaint) { c.FactsOn = "2026-12" }, "facts_on", "form.future"},
	{"an hour without minutes", func(_ *house, c *register.NewComplaint) { c.FactsClock = "7" }, "facts_clock", "form.unreadable"},
	{"an hour in one digit", func(_ *house, c *register.NewComplaint) { c.FactsClock = "7:05" }, "facts_clock", "form.unreadable"},
	{"no origin", func(_ *house, c *register.NewComplaint) { c.Origin = "" }, "origin", "form.choose"},
	{"eleven offences", func(_ *house, c *register.NewComplaint) { c.Offences = slices.Repeat([]string{"theft-simple"}, 11) }, "offence", "register.fault.too-many"},
	{"an offence of no law", func(_ *house, c *register.NewComplaint) { c.Offences = []string{"theft-simple", ""} }, "offence", "form.choose"},
	{"facts nowhere", func(h *house, c *register.NewComplaint) { c.FactsUnit = h.ids.New() }, "facts_unit", "form.choose"},
	{"a thing without words", func(_ *house, c *register.NewComplaint) { c.Things[0].Description = " " }, "things.0.description", "form.required"},
	{"a thing at length", func(_ *house, c *register.NewComplaint) { c.Things[0].Description = tooWide }, "things.0.description", "form.too-long"},
	{"a serial at length", func(_ *house, c *register.NewComplaint) { c.Things[0].Serial = tooWide }, "things.0.serial", "form.too-long"},
	{"a thing beyond price", func(_ *house, c *register.NewComplaint) { c.Things[0].Value = 1_000_000_000_001 }, "things.0.value", "form.out-of-range"},
	{"the second thing", func(_ *house, c *register.NewComplaint) {
		c.Things = append(c.Things, register.Thing{Kind: "phone"})
	}, "things.1.description", "form.required"},
	{"a crowd", func(_ *house, c *register.NewComplaint) {
		c.Parties = slices.Repeat([]register.NewParty{{Role: register.Accused}}, 51)
	}, "parties", "register.fault.too-many"},
	{"a report by nobody", func(_ *house, c *register.NewComplaint) { c.Origin, c.Parties = register.ByReport, nil }, "complainant", "form.required"},
	{"a victim unknown", func(_ *house, c *register.NewComplaint) {
		c.Parties = append(c.Parties, register.NewParty{Role: register.Victim, Field: "victim.0.person"})
	}, "victim.0.person", "form.required"},
	{"a complainant without a name", func(_ *house, c *register.NewComplaint) {
		c.Parties[0].New = stranger(func(p *index.Person) { p.Family, p.Given = index.Name{}, index.Name{} })
	}, "complainant.family-ar", "index.fault.nameless"},
	{"a birth that is no date", func(_ *house, c *register.NewComplaint) {
		c.Parties[0].New = stranger(func(p *index.Person) { p.Birth = "born" })
	}, "complainant.birth", "index.fault.birth"},
	{"files beyond count", func(_ *house, c *register.NewComplaint) {
		c.Files = slices.Repeat([]blobs.Info{{Subject: string(c.Submission)}}, 101)
	}, "files", "register.fault.too-many"},
}

// TestWhatAComplaintAsksFor: each field at which the desk can be wrong, with what
// is wrong; nothing is written, no number is drawn.
func TestWhatAComplaintAsksFor(t *testing.T) {
	house := newHouse(t)
	g := house.grant("desk", "register.complaint.record", res0)
	for _, tc := range wrongComplaints {
		t.Run(tc.name, func(t *testing.T) {
			h := house.with(t)
			in := h.theft()
			tc.spoil(h, &in)
			h.blames(func() error { _, err := h.RecordComplaint(ctx, g, in); return err }, tc.field, tc.key)
		})
	}
	if c := house.record(); c.N != 1 {
		t.Errorf("the first complaint has number %d", c.N)
	}
}

// TestTheLastThatFits: every limit is taken whole at its edge.
func TestTheLastThatFits(t *testing.T) {
	h := newHouse(t)
	g := h.grant("desk", "register.complaint.record", res0)
	for name, fit := range map[string]func(*register.NewComplaint){
		"facts":      func(c *register.NewComplaint) { c.Facts = strings.Repeat("a", 100_000) },
		"place":      func(c *register.NewComplaint) { c.Place = tooWide[:1000] },
		"value":      func(c *register.NewComplaint) { c.Things[0].Value = 1_000_000_000_000 },
		"things":     func(c *register.NewComplaint) { c.Things = slices.Repeat(c.Things, 100) },
		"no things":  func(c *register.NewComplaint) { c.Things = nil },
		"today":      func(c *register.NewComplaint) { c.FactsOn, c.FactsClock = "2026-11-22", "00:00" },
		"this month": func(c *register.NewComplaint) { c.FactsOn, c.FactsClock = "2026-11", "" },
		"this year":  func(c *register.NewComplaint) { c.FactsOn = "2026" },
		"now":        func(c *register.NewComplaint) { c.At = h.clock.Now() },
		"long ago":   func(c *register.NewComplaint) { c.At = h.clock.Now().AddDate(0, -3, 0) },
		"forty-nine accused": func(c *register.NewComplaint) {
			c.Parties = append(c.Parties, slices.Repeat([]register.NewParty{{Role: register.Accused}}, 48)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.with(t)
			in := h.theft()
			fit(&in)
			h.leaves(func() error { _, err := h.RecordComplaint(ctx, g, in); return err }, "index.person-recorded", "complaint-recorded", "line-written")
		})
	}
	h.sound()
}

// TestEachOriginRecordsAsItCame: only a complaint and a report have a complainant
// who must be named; an anonymous one waits where the law says so; the period to
// tell the outcome is the law's of the day it came.
// Law: CPP 40; CPP 49
func TestEachOriginRecordsAsItCame(t *testing.T) {
	reform := time.Date(2025, 12, 7, 23, 0, 0, 0, time.UTC)
	house := newHouseAt(t, reform.Add(48*time.Hour))
	for _, origin := range register.Origins() {
		for _, at := range []time.Time{reform.Add(-time.Second), reform} {
			t.Run(string(origin), func(t *testing.T) {
				h := house.with(t)
				in := h.theft()
				in.Origin, in.At, in.FactsOn = origin, at, "2025-12-01"
				if origin != register.ByComplaint && origin != register.ByReport {
					in.Parties = nil
				}
				c := must(h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in))
				state, due := register.Recorded, time.Time{}
				if at.Equal(reform) {
					due = at.AddDate(0, 0, 15)
					if origin == register.Anonymously {
						state = register.Verifying
					}
				}
				if c.State != state || !c.Due.Equal(due) || !c.ReceivedAt.Equal(at) || !c.Written.After(at) {
					t.Errorf("state %s, due %v, received %v", c.State, c.Due, c.ReceivedAt)
				}
			})
		}
	}
}

// TestAComplaintKeepsWhatWasTyped: every field as it was typed, without the space
// around it, each party in its role and each thing in its place.
func TestAComplaintKeepsWhatWasTyped(t *testing.T) {
	h := newHouse(t)
	in := h.theft()
	in.Place, in.Facts = "  Avenue Mohammed V ", "\n\u0641\u062a\u062d \u0627\u0644\u0628\u0627\u0628\n"
	in.FactsUnit, in.Competent = h.unit["KEN-02"], h.unit["KEN-VILLE-BPJ"]
	in.Offences = []string{"burglary", "theft-simple"}
	witness := synthetic("Zerhouni", "Laila", "1990")
	in.Parties = append(in.Parties, register.NewParty{Role: register.Witness, New: &witness, Field: "witness.0.person"})
	in.Things = append(in.Things, register.Thing{Kind: "cash", Description: "Billets", Value: 300})
	id := must(h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)).ID
	c := must(h.Complaint(ctx, id))
	if c.Place != "Avenue Mohammed V" || c.Facts != "\u0641\u062a\u062d \u0627\u0644\u0628\u0627\u0628" || c.FactsOn != "2026-11-21" || c.FactsClock != "22:30" || c.Writer != h.who["desk"] {
		t.Errorf("%+v", c)
	}
	if c.Unit != h.unit["KEN-01"] || c.FactsUnit != in.FactsUnit || c.Competent != in.Competent || !slices.Equal(c.Offences, in.Offences) || !slices.Equal(c.Things, in.Things) {
		t.Errorf("%+v", c)
	}
	if len(c.Parties) != 3 || len(c.Persons(register.Complainant)) != 1 || len(c.Persons(register.Accused)) != 0 || len(c.Persons(register.Victim)) != 0 {
		t.Errorf("%+v", c.Parties)
	}
	if p := must(h.people.Person(ctx, c.Persons(register.Witness)[0])); p.Name("fr") != "Laila Zerhouni" || p.Birth != text.PartialDate("1990") {
		t.Errorf("%+v", p)
	}
}

// wrongPages are pages of the custody register with one thing wrong in them.
var wrongPages = map[string]struct {
	spoil      func(h *house, c *register.NewCustody)
	field, key string
}{
	"no id":               {func(_ *house, c *register.NewCustody) { c.Submission = "" }, "submission", "register.fault.submission"},
	"no arrival":          {func(_ *house, c *register.NewCustody) { c.Arrival = time.Time{} }, "arrival", "form.required"},
	"arrival ahead":       {func(h *house, c *register.NewCustody) { c.Arrival = h.clock.Now().Add(2 * time.Minute) }, "arrival", "form.future"},
	"arrived just before": {func(_ *house, c *register.NewCustody) { c.Arrival = c.Arrest.Add(-time.Second) }, "arrival", "register.fault.before-arrest"},
	"endless reasons":     {func(_ *house, c *register.NewCustody) { c.Reasons = tooLong }, "reasons", "form.too-long"},
	"endless cell":        {func(_ *house, c *register.NewCustody) { c.Cell = tooWide }, "cell", "form.too-long"},
	"nobody":              {func(_ *house, c *register.NewCustody) { c.New = nil }, "person", "register.fault.no-person"},
	"a name of nothing":   {func(_ *house, c *register.NewCustody) { c.New.Family, c.New.Given = index.Name{}, index.Name{} }, "person.family-ar", "index.fault.nameless"},
	"no offence":          {func(_ *house, c *register.NewCustody) { c.Offence = "" }, "offence", "form.choose"},
	"one ground of two":   {func(_ *house, c *register.NewCustody) { c.Grounds = []string{"ensure-presence", "punish"} }, "grounds", "form.choose"},
	"grounds to identify": {func(_ *house, c *register.NewCustody) { c.Special = "identity-check" }, "grounds", "form.choose"},
	"rogatory, no ground": {func(_ *house, c *register.NewCustody) { c.Special, c.Grounds = "rogatory", nil }, "grounds", "register.fault.ground"},
}

// TestWhatAPageOfTheRegisterAsksFor: each field at which an officer can be wrong;
// nobody is held, no person is recorded, no number is drawn.
// Law: CPP 66; CPP 66-1
func TestWhatAPageOfTheRegisterAsksFor(t *testing.T) {
	house := newHouse(t)
	g := house.grant("opj", "register.custody.open", res0, house.newCase("*"))
	for name, tc := range wrongPages {
		t.Run(name, func(t *testing.T) {
			h := house.with(t)
			in := h.arrested("theft-simple")
			tc.spoil(h, &in)
			h.blames(func() error { _, err := h.OpenCustody(ctx, g, in); return err }, tc.field, tc.key)
		})
	}
	house.refuses(func() error { _, err := house.OpenCustody(ctx, g, house.arrested("noise")); return err }, fault.Refused, "register.fault.no-custody")
	if c, _ := house.hold(house.arrested("theft-simple")); c.N != 1 {
		t.Errorf("the first page has number %d", c.N)
	}
}

// TestAPageNamesItsCaseAndOfficer: the page carries the case of the purpose under
// which the officer works, their unit and themselves.
func TestAPageNamesItsCaseAndOfficer(t *testing.T) {
	h := newHouse(t)
	p := h.newCase("chief")
	in := h.arrested("theft-simple")
	c := must(h.OpenCustody(ctx, h.grant("chief", "register.custody.open", policy.Resource{}, p), in))
	if c.Case != p.Ref.ID || c.Officer != h.who["chief"] || c.Writer != h.who["chief"] || c.Unit != h.unit["KEN-VILLE-BPJ"] || c.Office != h.unit["PR-KEN"] || c.Class == "" {
		t.Errorf("%+v", c)
	}
	if !c.Arrest.Equal(in.Arrest) || !c.Arrival.Equal(in.Arrival) || !c.Written.After(in.Arrival) {
		t.Errorf("times %v %v %v", c.Arrest, c.Arrival, c.Written)
	}
}
