package figures

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/units"
)

// full is a ledger in which something of everything stands. Its small numbers are
// odd ones, which stand nowhere else on a page.
func full() *ledger {
	bank, gone := ident.Derive("bank"), ident.Derive("gone")
	noon := kerneltest.Noon
	today := (noon.Unix() + 3600) / 86400
	return &ledger{
		days: map[int64]Day{today: {SignIns: 3, Declined: 1, Above: 7717}, today - 1: {SignIns: 4447, Declined: 2}, today - 29: {SignIns: 12}, today - 30: {SignIns: 9_000_000}},
		all: []Institution{{ID: bank, Name: [3]string{"البنك", "La banque", "The bank"}, Purpose: [3]string{"فتح حساب", "ouvrir un compte", "opening an account"}, State: "active", Version: 2, Versions: 3,
			Ceiling: []string{"age_over_18", "address"}, Until: noon.AddDate(1, 0, 0), Suspensions: 1, Released: 4458, Declined: 3, Above: 7717},
			{ID: gone, Name: [3]string{"المؤمن", "L’assureur", "The insurer"}, State: "suspended", Version: 1, Versions: 1, Suspensions: 2, Suspended: noon.AddDate(0, 0, -1), Why: "clé perdue", Released: 4}},
		exceeded: []Exceeded{{bank, [3]string{"البنك", "La banque", "The bank"}, []string{"national_id"}, noon.Add(-time.Hour)},
			{ident.Derive("dispatch"), [3]string{"قاعة القيادة", "La salle de commandement", "The dispatch room"}, []string{"officer_rank"}, noon.Add(-2 * time.Hour)}}, standing: 4, ended: 1237,
		citizens: Citizens{Accounts: 31, Recovered: 2, Held: 1, Released: 6, Orders: 1, Ordered: 3, Awaiting: 2, Contests: 4, Upheld: 1, Waiting: 2, Late: 1},
		contests: []Contest{{Opened: noon.AddDate(0, 0, -20), Due: noon.AddDate(0, 0, -10)}, {Opened: noon.AddDate(0, 0, -2), Due: noon.AddDate(0, 0, 8)},
			{Opened: noon.AddDate(0, 0, -30), Due: noon.AddDate(0, 0, -20), Answered: noon.AddDate(0, 0, -25), Upheld: true}, {Opened: noon.AddDate(0, 0, -30), Due: noon.AddDate(0, 0, -20), Answered: noon.AddDate(0, 0, -25)}},
	}
}

// The public page, in three languages, to a stranger: counts of what people did
// are rounded, what the service and institutions did is exact, nothing is
// recorded, and no small number is in it.
func TestThePublicPage(t *testing.T) {
	h := newHouse(t, full())
	for _, lang := range []string{"ar", "fr", "en"} {
		wants := []string{h.word(lang, "figures.status.title"), h.word(lang, "figures.fact.held"), h.word(lang, "figures.fact.recovered"), h.word(lang, "figures.institution.suspended"), h.word(lang, "number.fewer", "n", int64(5)), h.word(lang, "figures.state.well")}
		h.Play(t, kerneltest.Scenario{Name: lang, Path: "/status?lang=" + lang, Status: 200, Wants: wants, Lacks: []string{"clé perdue", "national_id"}})
	}
	p := h.Stranger(t).Get("/status?lang=fr")
	for _, want := range []string{"La banque", "ouvrir un compte", "L’assureur"} {
		if !strings.Contains(p.Text(), want) {
			t.Errorf("it does not say %q: %s", want, p.Text())
		}
	}
	body := strings.NewReplacer("\u202f", "", "\u00a0", "").Replace(string(p.Body))
	for rounded, exactly := range map[string]string{"4445": "4447", "4460": "4462", "4455": "4458", "1235": "1237"} {
		if !strings.Contains(body, rounded) || strings.Contains(body, exactly) {
			t.Errorf("%s is published instead of %s, or not at all", exactly, rounded)
		}
	}
	if !strings.Contains(body, "7717") {
		t.Error("requests above a ceiling are not exact")
	}
	for name, state := range map[string]string{"La banque": "En vigueur", "L’assureur": "Suspendu"} {
		if !strings.Contains(p.Text(), name) || !strings.Contains(p.Text(), state) {
			t.Errorf("%s is not %q", name, state)
		}
	}
}

// The public file is what the page says, to whom it is asked of as JSON too.
func TestThePublicFile(t *testing.T) {
	h := newHouse(t, full())
	c := h.Stranger(t)
	var f, same file
	p := c.Get("/status.json")
	h.must(json.Unmarshal(p.Body, &f))
	h.must(json.Unmarshal(c.JSON().Get("/status").Body, &same))
	if diff := cmp.Diff(f, same); diff != "" {
		t.Error(diff)
	}
	if f.Format != "amana-figures/v1" || f.Status != "well" || f.Step != 5 || len(f.Days) != days || len(f.Alarms) != 0 || f.Agreements != nil || *f.SignIns != 4460 || f.Declined != nil {
		t.Errorf("%s", p.Body)
	}
	last, before := f.Days[days-1], f.Days[days-2]
	if last.Date != "2026-11-22" || last.SignIns != nil || last.Above != 7717 || *before.SignIns != 4445 || f.Days[0].Date != "2026-10-24" || *f.Days[0].SignIns != 10 {
		t.Errorf("%+v, %+v and %+v", f.Days[0], before, last)
	}
	want := map[string]int64{"held": 1, "released": 6, "orders": 1, "ordered": 3, "awaiting": 2}
	if diff := cmp.Diff(want, f.Delays); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int64{"opened": 4, "upheld": 1, "waiting": 2, "late": 1}, f.Contests); diff != "" {
		t.Error(diff)
	}
	if i := f.Institutions; len(i) != 2 || *i[0].SignIns != 4455 || i[1].SignIns != nil || i[1].State != "suspended" || i[0].Name["ar"] != "البنك" || i[1].Ceiling == nil {
		t.Errorf("%+v", i)
	}
	if strings.Contains(string(p.Body), "clé perdue") {
		t.Error("why an institution is suspended is published")
	}
}

// The regulator's view is exact, says why and by which version, in three
// languages, and who may see it: the regulator and the inspectors, nobody else.
func TestTheRegulatorsPage(t *testing.T) {
	h := newHouse(t, full())
	for _, lang := range []string{"ar", "fr", "en"} {
		wants := []string{h.word(lang, "figures.regulator.title"), h.word(lang, "figures.contest.late"), h.word(lang, "figures.contest.waits"), h.word(lang, "figures.contest.upheld"), h.word(lang, "figures.contest.rejected"),
			"clé perdue", "age_over_18 + address", "national_id", h.word(lang, "figures.version-of", "n", int64(2), "of", int64(3)),
			map[string]string{"ar": "قاعة القيادة", "fr": "La salle de commandement", "en": "The dispatch room"}[lang], "officer_rank"}
		h.Play(t, kerneltest.Scenario{Name: lang, As: string(units.Regulator), Path: "/regulator?lang=" + lang, Status: 200, Wants: wants})
	}
	body := strings.NewReplacer("\u202f", "", "\u00a0", "").Replace(string(h.As(t, string(units.Inspector)).Get("/regulator?lang=fr").Body))
	for _, exactly := range []string{"4447", "4462", "4458", "1237"} {
		if !strings.Contains(body, exactly) {
			t.Errorf("%s is not there exactly", exactly)
		}
	}
	for name, x := range map[string]struct {
		as     string
		status int
		lane   []string
	}{
		"a duty officer": {string(units.DutyOfficer), http.StatusForbidden, []string{"refused figures.report.read"}}, "an administrator": {string(units.Administrator), http.StatusForbidden, []string{"refused figures.report.read"}},
		"a stranger": {"", http.StatusSeeOther, []string{"refused figures.report.read"}},
	} {
		for _, path := range []string{"/regulator", "/regulator.json"} {
			status := x.status
			h.Play(t, kerneltest.Scenario{Name: name + " at " + path, As: x.as, Path: path, Status: status, Lacks: []string{"4458", "clé perdue"}, Accesses: x.lane})
		}
	}
	var r Report
	h.must(json.Unmarshal(h.As(t, string(units.Regulator)).Get("/regulator.json").Body, &r))
	if r.Institutions[0].Released != 4458 || r.Agreed != 4 || r.Days[days-1].SignIns != 3 || r.Citizens.Accounts != 31 {
		t.Errorf("%+v", r)
	}
}

// Where nothing happened the pages say so, and zero is published as zero.
func TestWhereNothingHappened(t *testing.T) {
	h := newHouse(t, &ledger{})
	p := h.Stranger(t).Get("/status?lang=fr")
	if !strings.Contains(p.Text(), "Aucun organisme ne s’appuie sur le service.") || strings.Contains(p.Text(), h.word("fr", "number.fewer", "n", int64(5))) {
		t.Errorf("%s", p.Text())
	}
	p = h.As(t, string(units.Regulator)).Get("/regulator?lang=fr")
	for _, want := range []string{"Aucune demande n’a dépassé un plafond.", "Aucune consultation n’a été contestée."} {
		if !strings.Contains(p.Text(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	var f file
	h.must(json.Unmarshal(h.Stranger(t).Get("/status.json").Body, &f))
	if *f.SignIns != 0 || *f.Agreements != 0 || f.Availability != nil || f.Institutions == nil {
		t.Errorf("%+v", f)
	}
}

// What was counted is shown for a minute, and counted anew after it, by either
// clock; an error is not kept.
func TestCountingOnceAMinute(t *testing.T) {
	h := newHouse(t, full())
	c := h.Stranger(t)
	for range 5 {
		c.Get("/status")
		c.Get("/status.json")
	}
	if h.ledger.asked != 1 {
		t.Errorf("counted %d times", h.ledger.asked)
	}
	h.wait(counted - time.Microsecond)
	c.Get("/status")
	if h.ledger.asked != 1 {
		t.Error("counted within the minute")
	}
	h.wait(time.Microsecond)
	h.ledger.broken = errLedger
	if p := c.Get("/status"); p.Status != http.StatusInternalServerError || strings.Contains(p.Text(), "ledger") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	h.ledger.broken = nil
	if p := c.Get("/status"); p.Status != http.StatusOK || h.ledger.asked != 3 {
		t.Errorf("%d, counted %d times", p.Status, h.ledger.asked)
	}
}

// The days are those of the legal time: what happened half an hour before
// midnight in Rabat is of that day, and the last is today.
func TestDaysAreOfTheLegalTime(t *testing.T) {
	h := newHouse(t, full())
	for name, x := range map[string]struct {
		now   time.Time
		today string
	}{
		"before midnight in Rabat": {time.Date(2026, 11, 22, 22, 59, 59, 0, time.UTC), "2026-11-22"},
		"after it":                 {time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), "2026-11-23"},
	} {
		all, err := h.s.days(t.Context(), x.now)
		h.must(err)
		w := h.Texts.In("fr")
		if len(all) != days || w.Local(all[days-1].Date).Format(time.DateOnly) != x.today || all[1].Date.Sub(all[0].Date) != 24*time.Hour {
			t.Errorf("%s: the last day is %s", name, w.Local(all[days-1].Date))
		}
		if !h.ledger.from.Equal(all[0].Date) || h.ledger.ahead != time.Hour {
			t.Errorf("%s: asked from %s, %s ahead", name, h.ledger.from, h.ledger.ahead)
		}
	}
}

// An alarm that stands is published by its key and since when; never why.
func TestAnAlarmIsPublished(t *testing.T) {
	h := newHouse(t, full())
	h.Alarms.Raise(t.Context(), "alarms.citizens-log", "", errLedger)
	if len(h.Alarms.List()) != 1 {
		t.Fatal("no alarm")
	}
	var f file
	p := h.Stranger(t).Get("/status.json")
	h.must(json.Unmarshal(p.Body, &f))
	if f.Status != "alarm" || len(f.Alarms) != 1 || f.Alarms[0] != "citizens-log" || strings.Contains(string(p.Body), errLedger.Error()) {
		t.Errorf("%s", p.Body)
	}
	if p := h.Stranger(t).Get("/status?lang=fr"); !strings.Contains(p.Text(), "En service, avec alerte") {
		t.Errorf("%s", p.Text())
	}
}

// Of each count between zero and the step, and of every sum, nothing more exact
// than the step is published.
func TestWhatIsRounded(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 1: "hidden", 4: "hidden", 5: "5", 6: "5", 9: "5", 10: "10", 1_000_003: "1000000"} {
		got := "hidden"
		if x := rounded(n, 5); x != nil {
			raw, _ := json.Marshal(*x)
			got = string(raw)
		}
		if got != want {
			t.Errorf("%d is published as %s, want %s", n, got, want)
		}
	}
	if x := rounded(3, 1); x == nil || *x != 3 {
		t.Errorf("with a step of one: %v", x)
	}
}
