package citizens

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// write writes lines into a log as other modules do.
func (h *house) write(lines ...Line) {
	h.t.Helper()
	g, err := h.Policy.System("tests", "tests.verify", "L04-20")
	h.must(err)
	_, err = h.Journal.Do(h.t.Context(), g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return DraftLine(ctx, r, d, lines...)
	})
	h.must(err)
}

// line is what an institution leaves behind.
func (h *house) line(c Citizen, kind LineKind, result string) Line {
	return Line{Citizen: c.ID, Kind: kind, Source: ident.Ref{Kind: "verification", ID: h.Journal.NewID()}, By: ident.Ref{Kind: "institution", ID: h.Journal.NewID()},
		ByName: [3]string{"البنك", "La banque", "The bank"}, Purpose: [3]string{"فتح حساب", "ouverture d’un compte", "opening an account"}, Attributes: []string{"age_over_18", "resident_of:04.281"}, Result: result}
}

// accessed records an access of some outcome, as the kernel does.
func (h *house) accessed(a journal.Access) {
	h.t.Helper()
	if a.Actor == "" {
		a.Actor, a.Unit = h.who[units.DutyOfficer], h.unit["KEN-01"]
	}
	h.must(h.Journal.Lane().Record(h.t.Context(), a))
	h.wait(time.Second)
}

// Every kind of line has words of its own in each language, on the list, on its
// page and in the table that is carried away.
func TestEveryKindOfLineIsToldInThreeLanguages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	person, ofCase := []ident.Ref{personRef(h.aicha.ID)}, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: h.caseOne}}.String()
	h.write(h.line(c, Verified, "released"), h.line(c, Declined, "declined"), h.line(c, Exceeded, "refused"), h.line(c, Consented, "consent-given"), h.line(c, Consented, "consent-withdrawn"))
	for _, o := range []journal.Outcome{journal.Read, journal.Found, journal.Export, journal.Refused, journal.Glass} {
		h.accessed(journal.Access{Action: "cases.case.read", Purpose: ofCase, Refs: person, Outcome: o})
	}
	h.keepLogs()
	lines := h.log(c)
	seenKinds := map[LineKind]bool{}
	for _, lang := range []string{"ar", "fr", "en"} {
		list, w := browser.Get("/citizen/log?lang="+lang), h.Texts.In(text.Lang(lang))
		for _, l := range lines {
			seenKinds[l.Kind] = true
			one := browser.Get("/citizen/log/" + strconv.FormatInt(l.N, 10) + "?lang=" + lang)
			for _, words := range []string{w.T("citizens.line." + string(l.Kind)), w.T("citizens.result." + l.Result)} {
				if !w.Has("citizens.line."+string(l.Kind)) || !seen(one, words) {
					t.Errorf("%s, line %d: %q is not said", lang, l.N, words)
				}
			}
			if !seen(list, w.T("citizens.line."+string(l.Kind))) {
				t.Errorf("%s: the list does not say %q", lang, l.Kind)
			}
		}
		if lang == "ar" && list.Dir() != "rtl" {
			t.Errorf("written %s", list.Dir())
		}
	}
	for kind := range statuses {
		if !seenKinds[kind] {
			t.Errorf("no line is %q", kind)
		}
	}
	if p := browser.Get("/citizen/log/1?lang=fr"); !seen(p, "Si vous résidez dans la circonscription 04.281") || !seen(p, "Remis à l’organisme") {
		t.Errorf("%s", p.Text())
	}
}

// What a look-up becomes in the log: the unit and never the officer, the kind of
// purpose and never the case, nothing shown where somebody was refused.
func TestWhatALookUpBecomes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	about := []ident.Ref{personRef(h.aicha.ID), personRef(h.aicha.ID), {Kind: kindCase, ID: h.caseOne}}
	system := h.Journal.NewID()
	ofCase, task := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: h.caseOne}}.String(), policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: h.caseOne}}.String()
	for name, x := range map[string]struct {
		a    journal.Access
		want Line
	}{
		"a page":               {journal.Access{Action: "index.person.read", Outcome: journal.Read, Purpose: task}, Line{Kind: Read, Code: "task", Attributes: []string{"identity"}, Result: "shown"}},
		"a case":               {journal.Access{Action: "cases.case.read", Outcome: journal.Read, Purpose: ofCase}, Line{Kind: Read, Code: "case", Attributes: []string{"record-cases"}, Result: "shown"}},
		"by an article":        {journal.Access{Action: "exhibits.exhibit.read", Outcome: journal.Export, Purpose: policy.Purpose{Kind: policy.Basis, Basis: "L04-20"}.String()}, Line{Kind: Exported, Code: "basis/L04-20", Attributes: []string{"record-exhibits"}, Result: "shown"}},
		"a refusal":            {journal.Access{Action: "register.entry.read", Outcome: journal.Refused}, Line{Kind: Refused, Result: "nothing"}},
		"asked for":            {journal.Access{Action: "register.entry.read", Outcome: journal.Asked}, Line{Kind: Refused, Result: "nothing"}},
		"an emergency":         {journal.Access{Action: "plates.read.list", Outcome: journal.Glass}, Line{Kind: Emergency, Attributes: []string{"record-plates"}, Result: "shown"}},
		"a garbled purpose":    {journal.Access{Action: "index.person.read", Outcome: journal.Read, Purpose: "because"}, Line{Kind: Read, Attributes: []string{"identity"}, Result: "shown"}},
		"the service itself":   {journal.Access{Action: "index.person.read", Outcome: journal.Read, Actor: system}, Line{Kind: Read, Attributes: []string{"identity"}, Result: "shown", By: ident.Ref{Kind: "system", ID: system}}},
		"an account's officer": {journal.Access{Action: "citizens.account.read", Outcome: journal.Read}, Line{Kind: Read, Attributes: []string{"identity"}, Result: "shown"}},
	} {
		before := len(h.log(c))
		x.a.Refs = about
		h.accessed(x.a)
		h.keepLogs()
		lines := h.log(c)[before:]
		if len(lines) != 1 {
			t.Errorf("%s: %d lines", name, len(lines))
			continue
		}
		l, by := lines[0], x.want.By
		if by.IsZero() {
			by = ident.Ref{Kind: kindUnit, ID: h.unit["KEN-01"]}
		}
		if l.Kind != x.want.Kind || l.Code != x.want.Code || !slices.Equal(l.Attributes, x.want.Attributes) || l.Result != x.want.Result || l.By != by || (l.ByName[1] == "") != (by.Kind == "system") {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// A citizen's own acts are none of what was asked about them.
func TestOnesOwnActsAreNoLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.keepLogs()
	before := len(h.log(c))
	for _, path := range []string{"/citizen", "/citizen/means", "/citizen/log", "/citizen/log.csv", "/citizen/log.json"} {
		if p := browser.Get(path); p.Status != http.StatusOK {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	h.accessed(journal.Access{Actor: c.ID, Action: "citizens.log.read", Refs: []ident.Ref{personRef(h.aicha.ID)}, Outcome: journal.Read})
	h.keepLogs()
	if n := len(h.log(c)); n != before {
		t.Errorf("%d lines more", n-before)
	}
	if all := h.missing(); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// One source makes one line, however often it is handed in, and two citizens'
// numbers are their own.
func TestOneSourceOneLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	other, _ := h.enrol(h.brahim)
	one, two := h.line(c, Verified, "released"), h.line(c, Verified, "released")
	theirs := one
	theirs.Citizen = other.ID
	h.write(one, one, two, theirs)
	h.write(two, one, h.line(c, Verified, "released"))
	if a, b := h.log(c), h.log(other); len(a) != 3 || len(b) != 1 || a[2].N != 3 || b[0].N != 1 {
		t.Errorf("%+v and %+v", a, b)
	}
	h.sound()
}

// A line that does not follow the last is no line, whoever drafts it.
func TestALineOutOfOrderIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	h.verify(c, 2)
	for _, n := range []int64{0, 1, 2, 4, -1} {
		g, err := h.Policy.System("tests", "tests.verify", "L04-20")
		h.must(err)
		_, err = h.Journal.Do(t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			l := h.line(c, Verified, "released")
			d.Add(LineWritten{Citizen: c.ID, N: n, Kind: string(l.Kind), Source: l.Source, Told: l.told(h.aicha.ID)})
			return nil
		})
		if err == nil {
			t.Errorf("a line %d after line 2", n)
		}
	}
	if lines := h.log(c); len(lines) != 2 {
		t.Errorf("%d lines", len(lines))
	}
}

// The log is shown by fifty, the newest first, and its pages together show each
// line once.
func TestALongLogByPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.keepLogs()
	h.verify(c, 2*pageSize+3)
	total := len(h.log(c))
	shown := map[string]bool{}
	for path, pages := "/citizen/log", 0; path != ""; pages++ {
		p := browser.Get(path)
		fresh := 0
		for href := range p.Links() {
			if n, ok := strings.CutPrefix(href, "/citizen/log/"); ok && !shown[n] {
				shown[n] = true
				fresh++
			}
		}
		if fresh == 0 || fresh > pageSize || pages > 3 {
			t.Fatalf("%s shows %d lines", path, fresh)
		}
		path = p.LinkTo("/citizen/log?after=")
	}
	if len(shown) != total {
		t.Errorf("%d lines are shown of %d", len(shown), total)
	}
	for _, odd := range []string{"?after=x", "?after=-1", "?after=0"} {
		if p := browser.Get("/citizen/log" + odd); p.Status != http.StatusOK {
			t.Errorf("%s: %d", odd, p.Status)
		}
	}
	for _, none := range []string{"0", "-1", "x", "9999", "1/proof/x", ""} {
		if p := browser.Get("/citizen/log/" + none); p.Status != http.StatusNotFound {
			t.Errorf("line %q: %d", none, p.Status)
		}
	}
}

// The table that is carried away has every line, in the reader's language, and
// nothing that a spreadsheet would run.
func TestTheLogAsATable(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.keepLogs()
	evil := h.line(c, Verified, "released")
	evil.ByName, evil.Purpose = [3]string{"=1+1", "=cmd|' /C calc'!A0", "+1"}, [3]string{"@x", "-2+3", "\t=x"}
	h.write(evil, h.line(c, Declined, "declined"))
	for lang, w := range map[string]string{"fr": "Vérification par un organisme", "ar": h.word("ar", "citizens.line.verified"), "en": h.word("en", "citizens.line.verified")} {
		p := browser.Get("/citizen/log.csv?lang=" + lang)
		if p.Status != http.StatusOK || p.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(string(p.Body), "\ufeff") {
			t.Fatalf("%s: %d %s", lang, p.Status, p.Header.Get("Content-Type"))
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(p.Body), "\ufeff"))).ReadAll()
		h.must(err)
		if len(rows) != len(h.log(c))+1 || !strings.Contains(string(p.Body), w) {
			t.Errorf("%s: %d rows: %s", lang, len(rows), p.Body)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: a spreadsheet runs %q", lang, cell)
				}
			}
		}
	}
}

// The proof of one line is of that line, and only its citizen gets it.
func TestTheProofOfALine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	_, neighbour := h.citizen(h.brahim)
	h.verify(c, 3)
	m := h.Mark(t)
	p := browser.Get("/citizen/log/2/proof")
	if p.Status != http.StatusOK || !strings.Contains(p.Header.Get("Content-Disposition"), "amana-log-2.json") {
		t.Fatalf("%d %v", p.Status, p.Header)
	}
	proof, err := tlog.ParseProof(p.Body)
	h.must(err)
	r, err := tlog.CheckProof(proof, tlog.Trust{LogVKey: proof.LogKey})
	h.must(err)
	var n int64
	h.must(json.Unmarshal(r.Fields["N"], &n))
	if n != 2 || r.Leaf.Type != "citizens.line-written" {
		t.Errorf("line %d, %s", n, r.Leaf.Type)
	}
	if _, accesses := h.Since(t, m); !slices.Equal(accesses, []string{"exported citizens.log.export"}) {
		t.Errorf("%q", accesses)
	}
	if p := neighbour.Get("/citizen/log/2/proof"); p.Status != http.StatusNotFound {
		t.Errorf("another's second line: %d", p.Status)
	}
	if p := h.Stranger(t).Get("/citizen/log/2/proof"); p.Status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", p.Status)
	}
}

// The first page of one's space says what was asked lately, what proves one, and
// what to do where there is nothing yet.
func TestOnesSpace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	for lang, wants := range map[string][]string{
		"fr": {"Aicha El Mansouri", "Vous n’avez pas encore de moyen de preuve à vous", "Niveau 1"},
		"ar": {"عائشة المنصوري", h.word("ar", "citizens.space.no-means")},
		"en": {"Aicha El Mansouri", h.word("en", "citizens.space.no-means")},
	} {
		for _, w := range wants {
			if p := browser.Get("/citizen?lang=" + lang); !seen(p, w) {
				t.Errorf("%s does not say %q: %s", lang, w, p.Text())
			}
		}
	}
	register(t, browser)
	h.verify(c, 7)
	p := browser.Get("/citizen?lang=fr")
	if seen(p, "pas encore de moyen") || !seen(p, "Votre moyen le plus fort : Niveau 2") || !seen(p, "Tout le journal (7)") || p.LinkTo("/citizen/log/7") == "" || p.LinkTo("/citizen/log/2") != "" {
		t.Errorf("%s", p.Text())
	}
	if p := browser.Get("/citizen/means?lang=fr"); !seen(p, "téléphone") || !seen(p, "Connectez-vous par votre moyen le plus fort") {
		t.Errorf("%s", p.Text())
	}
}

// What is counted of all logs; what of it is published stands on the page of
// figures, to which a citizen's pages lead.
func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.verify(c, 3)
	browser.Post("/citizen/log/1/contest", url.Values{"reason": {"pourquoi ?"}})
	h.delay(units.Investigator)
	f, err := h.s.Figures(t.Context())
	h.must(err)
	if want := (Figures{Accounts: 1, Lines: 3, Awaiting: 1, Contests: 1, Waiting: 1}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	if p := browser.Get("/citizen/log"); p.LinkTo(pathFigures) == "" {
		t.Errorf("the log does not lead to the figures: %v", p.Links())
	}
}

// A look-up that never comes to stand in a log raises the alarm, and the alarm
// ends with the gap; a look-up of a moment ago is no gap.
func TestAGapIsAnAlarm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.citizen(h.aicha)
	h.keepLogs()
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	last, _, err := h.Journal.Lane().Last(t.Context())
	h.must(err)
	h.s.reads.seq["main"] = last // this process believes that it has read it
	alarmed := func() bool {
		h.must(h.s.checkLogs(t.Context()))
		return slices.ContainsFunc(h.Alarms.List(), func(a app.Alarm) bool { return a.Key == "alarms.citizens-log" })
	}
	if alarmed() {
		t.Error("a second later it is an alarm already")
	}
	stopping, stop := context.WithCancel(t.Context())
	stop()
	h.must(h.s.checkLogs(stopping))
	if len(h.Alarms.List()) > 0 {
		t.Error("a service that stops raises the alarm")
	}
	h.wait(settled)
	if !alarmed() {
		t.Error("a minute later it is none")
	}
	clear(h.s.reads.seq) // another process reads from the mark
	h.keepLogs()
	if alarmed() {
		t.Error("the gap is closed and the alarm stands")
	}
}
