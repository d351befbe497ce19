package cases_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// gaps lists the series of a table in which a number is missing or twice; by is
// the column of the unit that gives them.
func (h *house) gaps(table, by string) (out []string) {
	h.t.Helper()
	h.must(h.k.Reader.Each(ctx, "select "+by+", series, count(*), min(n), max(n), count(distinct n) from "+table+" where n > 0 group by "+by+", series", nil, func(scan store.Scan) error {
		var unit, series string
		var count, low, high, distinct int64
		err := scan(&unit, &series, &count, &low, &high, &distinct)
		if low != 1 || high != count || distinct != count {
			out = append(out, fmt.Sprintf("%s %s of %s: %d numbers, %d distinct, from %d to %d", table, series, unit, count, distinct, low, high))
		}
		return err
	}))
	return out
}

// TestNumbersHaveNoGaps: whatever two units do, in whatever order and over the
// turn of years, cases and signed reports of each are numbered from one without
// a gap; what was refused, dropped or sent twice took no number.
func TestNumbersHaveNoGaps(t *testing.T) {
	h := newHouse(t)
	type desk struct {
		name  string
		cases []ident.ID
	}
	desks := []*desk{{name: "opj"}, {name: "far"}}
	open := func(d *desk, facts string) error {
		o := cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromFlagrance, Regime: "flagrance", Values: map[string]string{"caught-how": "x"}, Facts: facts, From: h.clock.Now()}
		for range 2 { // each form is sent twice
			c, err := h.Open(ctx, h.grant(d.name, "cases.case.open", policy.Resource{}), o)
			if err != nil {
				return err
			}
			if len(d.cases) == 0 || d.cases[len(d.cases)-1] != c.ID {
				d.cases = append(d.cases, c.ID)
			}
		}
		return nil
	}
	for _, d := range desks {
		h.must(open(d, "x"))
	}
	report := func(d *desk, id ident.ID, values map[string]string, end string) {
		p, err := h.DraftPV(ctx, h.on(d.name, "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-finding", Act: h.clock.Now(), Values: values})
		h.must(err)
		switch end {
		case "sign":
			_, err = h.SignPV(ctx, h.on(d.name, "cases.pv.sign", id), p.ID, p.Version)
			h.must(err)
		case "drop":
			h.must(h.DropPV(ctx, h.on(d.name, "cases.pv.draft", id), p.ID))
		case "sign too early":
			if _, err = h.SignPV(ctx, h.on(d.name, "cases.pv.sign", id), p.ID, p.Version); err == nil {
				t.Error("an incomplete report was signed")
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		for range 3 {
			d := rapid.SampledFrom(desks).Draw(r, "desk")
			id := rapid.SampledFrom(d.cases).Draw(r, "case")
			switch act := rapid.SampledFrom([]string{"open", "open nothing", "sign", "drop", "sign too early", "wait", "move"}).Draw(r, "act"); act {
			case "open":
				h.must(open(d, "x"))
			case "open nothing":
				if open(d, " ") == nil {
					r.Fatal("a case without facts was opened")
				}
			case "move": // what moves is worked on there
				if d.name == "opj" && len(d.cases) > 1 {
					h.moves(d.cases[0])
					desks[1].cases, d.cases = append(desks[1].cases, d.cases[0]), d.cases[1:]
				}
			case "wait":
				h.clock.Advance(time.Duration(rapid.IntRange(1, 60).Draw(r, "days")) * 24 * time.Hour)
			case "sign too early":
				report(d, id, nil, act)
			default:
				report(d, id, complete["pv-finding"], act)
			}
		}
		if wrong := append(h.gaps("cases_cases", "numbered_by"), h.gaps("cases_pvs", "unit")...); len(wrong) > 0 {
			r.Fatal(strings.Join(wrong, "\n"))
		}
	})
	years := 0
	h.must(h.k.Reader.Row(ctx, "select count(distinct series) from cases_cases", nil, &years))
	if years < 2 {
		t.Errorf("only %d years were lived: the turn of a year proves nothing", years)
	}
	h.sound()
}

// moves hands a case over to the other brigade, whose chief accepts it.
func (h *house) moves(id ident.ID) {
	h.t.Helper()
	transfer, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", id), id, h.unit["TNG-VILLE-BPJ"], "x")
	h.must(err)
	offer := policy.Resource{Ref: ident.Ref{Kind: "transfer", ID: transfer}, Under: []ident.Ref{{Kind: "case", ID: id}}, Unit: h.unit["TNG-VILLE-BPJ"]}
	h.must(h.DecideTransfer(ctx, h.grant("far-chief", "cases.transfer.decide", offer), transfer, "accepted", h.who["far"]))
}

// TestACaseThatMovesKeepsItsNumber: the unit it leaves never gives that number
// again, the unit it comes to counts on as if it were not there; its reports
// keep theirs, and its dossier is the new unit's.
func TestACaseThatMovesKeepsItsNumber(t *testing.T) {
	h := newHouse(t)
	open := func(who string) string {
		c, err := h.Open(ctx, h.grant(who, "cases.case.open", policy.Resource{}), cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromFlagrance, Regime: "flagrance",
			Values: map[string]string{"caught-how": "x"}, Facts: "x", From: noon})
		h.must(err)
		return c.Number
	}
	if got := open("far"); got != "1/TNG-VILLE-BPJ/2026" {
		t.Errorf("the first case of the other unit is %s", got)
	}
	id := h.approvable()
	h.moves(id) // a first case to where there is a first case
	if got := open("opj"); got != "2/KEN-VILLE-BPJ/2026" {
		t.Errorf("the unit it left gives %s", got)
	}
	if got := open("far"); got != "2/TNG-VILLE-BPJ/2026" {
		t.Errorf("the unit it came to gives %s", got)
	}
	h.must(h.Submit(ctx, h.on("far", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("far-chief", "cases.review.approve", id), id))
	d, err := h.HandOver(ctx, h.on("far-chief", "cases.dossier.hand-over", id), id, h.ids.New())
	h.must(err)
	f, err := h.File(ctx, id)
	h.must(err)
	if f.Number != "1/KEN-VILLE-BPJ/2026" || f.PVs[0].Unit != h.unit["KEN-VILLE-BPJ"] || !strings.HasSuffix(d.Number, "/TNG-VILLE-BPJ/2026") || d.Office != h.unit["PR-TNG"] {
		t.Errorf("case %s, report of %s, dossier %s", f.Number, f.PVs[0].Unit, d.Number)
	}
	if wrong := append(h.gaps("cases_cases", "numbered_by"), h.gaps("cases_pvs", "unit")...); len(wrong) > 0 {
		t.Error(wrong)
	}
	h.sound()
}

// TestAWindowIsNeverLongerThanTheLaw: of each kind of measure that the law of
// the pack has, an order for the longest window is taken and one moment more is
// not; at its end the measure is out of force, and the job writes that down.
func TestAWindowIsNeverLongerThanTheLaw(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	var job func() error
	for _, j := range h.Module().Jobs {
		if j.Name == "measure-windows" {
			job = func() error { return j.Do(ctx) }
		}
	}
	asked := 0
	for _, kind := range h.k.Pack.Measures(noon) {
		if !slices.Contains(kind.Regimes, "flagrance") {
			continue
		}
		asked++
		h.run(kind.Code, func(t *testing.T) {
			values := map[string]string{}
			for _, field := range kind.Fields {
				values[field] = "x"
			}
			m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: kind.Code, Values: values})
			h.must(err)
			x, err := h.Measure(ctx, m)
			h.must(err)
			if kind.Onward(x.Authority) != "" {
				h.must(h.RequestMeasure(ctx, h.grant(h.decides(x), "cases.measure.request", h.asked(m)), m, "12/2026"))
				x, err = h.Measure(ctx, m)
				h.must(err)
			}
			who, res := h.decides(x), h.asked(m)
			from := h.clock.Now()
			order := func(until time.Time) error {
				return h.OrderMeasure(ctx, h.grant(who, "cases.measure.order", res), m, cases.Order{Number: "1", Basis: kind.Law[0], From: from, Until: until})
			}
			longest := kind.Window.After(from)
			for name, until := range map[string]time.Time{"a moment longer": longest.Add(time.Microsecond), "over before it begins": from.Add(-time.Second), "over as it begins": from} {
				h.refuses([]refusal{{name, func() error { return order(until) }, fault.Invalid, "cases.wrong.window", "until"}})
			}
			h.must(order(longest))
			h.clock.Set(longest.Add(-time.Microsecond))
			h.must(job())
			if x, err = h.Measure(ctx, m); err != nil || !x.InForce(h.clock.Now()) || x.State != enquiry.Ordered {
				t.Errorf("just before its end: %+v %v", x, err)
			}
			h.clock.Set(longest)
			if x.InForce(h.clock.Now()) {
				t.Error("in force at its end")
			}
			h.must(job())
			if x, err = h.Measure(ctx, m); err != nil || x.State != enquiry.Lapsed || !x.Ended.Equal(longest) {
				t.Errorf("after its end: %+v %v", x, err)
			}
		})
	}
	if asked < 10 {
		t.Errorf("%d kinds of measures were ordered", asked)
	}
	h.sound()
}

// decides says who of the cast a measure waits for.
func (h *house) decides(m enquiry.Measure) string {
	at := map[ident.ID]string{"": "opj", h.unit["PR-KEN"]: "prosecutor", h.unit["PGR-KEN"]: "general", h.unit["TPI-KEN"]: "judge", h.unit["CA-KEN"]: "grave-judge", h.unit["TPI-TNG"]: "far-judge"}
	if m.Authority == "first-president" {
		return "president"
	}
	return at[m.Office]
}

// TestCasesThatMovedBeforeKeepTheirSeries: tables that were made before a case
// remembered who numbered it learn it from its first accepted transfer.
func TestCasesThatMovedBeforeKeepTheirSeries(t *testing.T) {
	db := storetest.Open(t)
	now := cases.JournalModule()
	first, err := fs.ReadFile(now.Migrations, "0001_cases.sql")
	if err != nil {
		t.Fatal(err)
	}
	old := now
	old.Migrations = fstest.MapFS{"0001_cases.sql": {Data: first}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(journal.Shape(ctx, db, []journal.Module{old}))
	b, err := db.Begin(ctx)
	must(err)
	defer b.Rollback()
	for id, unit := range map[string]string{"stayed": "a", "moved": "c", "refused": "a"} {
		_, err = b.Exec(ctx, `insert into cases_cases values ($1, '', '2026', $2, $3, '', '', '', '', '', 0, 0, null, null, 0, 0, '', false, '', '', '', 0, 0, 1)`, id, int64(len(id)), unit)
		must(err)
	}
	for i, x := range [][4]string{{"moved", "a", "b", "accepted"}, {"moved", "b", "c", "accepted"}, {"refused", "z", "b", "rejected"}, {"moved", "y", "b", "revoked"}} {
		_, err = b.Exec(ctx, "insert into cases_transfers values ($1, $2, $3, $4, $5, null, '', 0, '', $6)", fmt.Sprint(i), x[0], x[1], x[2], x[3], int64(i))
		must(err)
	}
	must(b.Commit(ctx))
	must(journal.Shape(ctx, db, []journal.Module{now}))
	must(db.Reader().Each(ctx, "select id, numbered_by from cases_cases", nil, func(scan store.Scan) error {
		var id, by string
		err := scan(&id, &by)
		if by != "a" {
			t.Errorf("%s is said to be numbered by %q", id, by)
		}
		return err
	}))
}
