package inspection

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
)

// TestTheJournalIsSearched: it begins with an entry of its own; it is searched by kind, actor and record, in each language; what cannot
// be read as a record is said so; the search itself stands in the accesses.
func TestTheJournalIsSearched(t *testing.T) {
	s := newSite(t)
	other := s.k.Journal.NewID()
	s.admit(other)
	s.append(func(d *journal.Draft) { d.Add(journaltest.Moved{Person: other, Ward: 8}) })
	inspector := s.browser(s.inspector.ID)
	system := string(policy.SystemID("test"))
	for query, want := range map[string]int{
		"": 4, "?kind=ward.moved": 1, "?about=" + s.person.String(): 1, "?about=person/" + string(other): 2, "?actor=" + system: 3, "?actor=" + string(s.admin): 0,
		"?kind=ward.admitted&about=person/" + string(other): 1, "?kind=ward.visited": 0, "?after=2": 1, "?after=x": 4,
	} {
		page := inspector.Get("/journal" + query)
		n := 0
		for href := range page.Links() {
			if strings.HasPrefix(href, "/journal/") {
				n++
			}
		}
		if page.Status != 200 || n != want {
			t.Errorf("%s: %d, %d entries, want %d", query, page.Status, n, want)
		}
	}
	for _, lang := range text.Langs() {
		page := inspector.Speak(string(lang)).Get("/journal")
		w := s.k.Texts.In(lang)
		if page.Lang() != string(lang) || !strings.Contains(page.Text(), w.T("inspection.journal.title")) || !strings.Contains(page.Text(), "told ward.moved") || strings.Contains(page.Text(), "\u27e6") {
			t.Errorf("%s: %.300s", lang, page.Text())
		}
		for _, path := range []string{"/journal?about=Tazi", "/accesses?about=person/"} {
			if page = inspector.Get(path); page.Status != 422 || !strings.Contains(page.Text(), w.T("inspection.ref-unreadable")) {
				t.Errorf("%s %s: %d %.200s", lang, path, page.Status, page.Text())
			}
		}
	}
	if page := inspector.Get("/accesses?outcome=searched"); !strings.Contains(page.Text(), "kind=ward.moved") {
		t.Errorf("the search is not in the accesses: %.300s", page.Text())
	}
}

// TestTheJournalIsReadInPages of fifty, each where the last ended.
func TestTheJournalIsReadInPages(t *testing.T) {
	s := newSite(t)
	for range 54 {
		s.append(func(d *journal.Draft) { d.Add(journaltest.Moved{Person: s.person.ID, Ward: 1}) })
	}
	inspector := s.browser(s.inspector.ID)
	seen, path := map[string]bool{}, "/journal"
	for range 3 {
		page, next := inspector.Get(path), ""
		for href := range page.Links() {
			if strings.HasPrefix(href, "/journal/") {
				if seen[href] {
					t.Errorf("%s is shown twice", href)
				}
				seen[href] = true
			}
			if strings.HasPrefix(href, "/journal?after=") {
				next = href
			}
		}
		if path = next; path == "" {
			break
		}
	}
	if len(seen) != 56 || path != "" {
		t.Errorf("%d entries of 56, and on to %q", len(seen), path)
	}
}

// TestAnEntrySaysWhatItHolds: its fields, with what is sealed as long as it is not
// erased, who wrote it and why, whether the signed log has it, and its proof.
func TestAnEntrySaysWhatItHolds(t *testing.T) {
	s := newSite(t)
	inspector, at := s.browser(s.inspector.ID), "/journal/"+string(s.admitted)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := inspector.Speak(string(lang)).Get(at)
		for _, want := range []string{"Nadia Tazi", "1990", "Ward", "ward.admitted", "ward.keep", w.T("inspection.entry.pending"), w.T("inspection.entry.proof")} {
			if page.Status != 200 || !strings.Contains(page.Text(), want) {
				t.Errorf("%s: %d, the entry does not say %q", lang, page.Status, want)
			}
		}
		if page.Links()["/history/"+s.person.String()] == "" {
			t.Errorf("%s: no way to the record: %v", lang, page.Links())
		}
	}
	s.covered = 1 << 40
	if page := inspector.Get(at); !strings.Contains(page.Text(), s.k.Texts.In(text.EN).T("inspection.entry.proven")) {
		t.Error("an entry in the signed log is said to wait")
	}
	page := inspector.Get(at + "/proof")
	if page.Status != 200 || !slices.Equal(s.asked, []ident.ID{s.admitted}) || !strings.Contains(page.Header.Get("Content-Disposition"), "amana-proof-"+string(s.admitted)+".json") || !json.Valid(page.Body) {
		t.Errorf("proof: %d %v %s", page.Status, page.Header, page.Body)
	}
	g, err := s.k.Policy.System("test", "ward.keep", "CPP-66")
	s.must(err)
	s.must(s.k.Journal.Erase(t.Context(), g, journal.Erased{Subjects: []ident.ID{s.person.ID}, Ground: "L09-08", Authority: "9/2026"}))
	if page = inspector.Get(at); page.Status != 200 || strings.Contains(page.Text(), "Tazi") || strings.Contains(page.Text(), "1990") {
		t.Errorf("after erasure: %d", page.Status)
	}
	for path, status := range map[string]int{"/journal/x": 404, "/journal/" + string(s.admin): 404, "/journal/x/proof": 404} {
		if page := inspector.Get(path); page.Status != status {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

// TestTheHistoryOfARecord: who changed and who read it, and its hold; what never was
// is not found.
func TestTheHistoryOfARecord(t *testing.T) {
	s := newSite(t)
	inspector, at := s.browser(s.inspector.ID), "/history/"+s.person.String()
	inspector.Get("/journal/" + string(s.admitted)) // reads it
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := inspector.Speak(string(lang)).Get(at)
		for _, want := range []string{w.T("inspection.history.title"), "told ward.admitted", "inspection.entry.read", w.T("inspection.outcome.read"), w.T("inspection.hold.hold")} {
			if page.Status != 200 || !strings.Contains(page.Text(), want) {
				t.Errorf("%s: %d, it does not say %q", lang, page.Status, want)
			}
		}
	}
	for path, status := range map[string]int{"/history/person/x": 404, "/history/person/" + string(s.admin): 404, "/history/PERSON/" + string(s.person.ID): 404} {
		if page := inspector.Get(path); page.Status != status {
			t.Errorf("%s: %d, want %d", path, page.Status, status)
		}
	}
}

// TestAHoldByForm: with a ground that fits, freshly proven; placed once, lifted once,
// each on a ground of its own.
func TestAHoldByForm(t *testing.T) {
	s := newSite(t)
	inspector, at := s.browser(s.inspector.ID), "/history/"+s.person.String()
	post := func(verb, ground string, status int, kinds ...string) {
		t.Helper()
		got := -1
		if made := s.during(func() { got = inspector.Post(at+"/"+verb, url.Values{"ground": {ground}}).Status }); got != status || !slices.Equal(made, kinds) {
			t.Errorf("%s %.20q: %d, want %d; appended %q", verb, ground, got, status, made)
		}
	}
	long := strings.Repeat("\u00e9", 201)
	post("hold", " ", 422)
	post("hold", long, 422)
	post("lift", "order 9/2026", 404)
	post("hold", long[2:], 303, "journal.held")
	post("lift", "", 422)
	post("lift", long, 422)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := inspector.Speak(string(lang)).Get(at)
		if !strings.Contains(page.Text(), w.T("inspection.hold.is", "ground", long[2:])) || !slices.Contains(page.Actions(), at+"/lift") || slices.Contains(page.Actions(), at+"/hold") {
			t.Errorf("%s: %v", lang, page.Actions())
		}
	}
	post("lift", "order 9/2026", 303, "journal.hold-lifted")
	post("lift", "order 9/2026", 404)
	s.clock.Advance(policy.FreshFor + time.Second)
	stale := inspector.Post(at+"/hold", url.Values{"ground": {"order 10/2026"}})
	if stale.Status == 303 && stale.Header.Get("Location") == at {
		t.Error("a hold was placed on an old proof of who acts")
	}
	if page := s.browser(s.admin).Post(at+"/hold", url.Values{"ground": {"x"}}); page.Status != 403 {
		t.Errorf("an administrator holds: %d", page.Status)
	}
	if page := inspector.Post("/history/person/x/hold", url.Values{"ground": {"x"}}); page.Status == 303 && strings.HasPrefix(page.Header.Get("Location"), "/history") {
		t.Error("what is no record was held")
	}
}

// TestARefusalIsShownWithItsReason among the accesses, by outcome and by actor.
func TestARefusalIsShownWithItsReason(t *testing.T) {
	s := newSite(t)
	if page := s.browser(s.admin).Get("/journal"); page.Status != 403 {
		t.Fatalf("an administrator reads the journal: %d", page.Status)
	}
	inspector := s.browser(s.inspector.ID)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		for query, has := range map[string]bool{"?outcome=refused": true, "?actor=" + string(s.admin): true, "?outcome=exported": false, "?actor=" + string(s.person.ID): false} {
			page := inspector.Speak(string(lang)).Get("/accesses" + query)
			main := page.Text()
			if page.Status != 200 || strings.Contains(main, "inspection.journal.search") != has || strings.Contains(main, "\u27e6") {
				t.Errorf("%s %s: %d %.400s", lang, query, page.Status, main)
			}
			if has && !strings.Contains(main, w.T("inspection.outcome.refused")) {
				t.Errorf("%s %s does not say that it was refused", lang, query)
			}
		}
	}
}

// TestAVerificationAtThePages: begun by a button, followed, and its report kept with
// who began it; what it found is listed; the next may begin.
func TestAVerificationAtThePages(t *testing.T) {
	s := newSite(t)
	inspector := s.browser(s.inspector.ID)
	for name, tc := range map[string]struct {
		report *journal.Report
		err    error
		key    string
		says   []string
	}{
		"clean":  {&journal.Report{Entries: 1234, Accesses: 77, Rows: 5678, Leaves: 910, Seconds: 2.25}, nil, "inspection.verify.clean", []string{"1234", "77", "5678", "910", "2.2"}},
		"found":  {&journal.Report{Findings: []journal.Finding{{Where: "entry 12", What: "digest differs"}, {Where: "tile 0/3", What: "missing"}}}, nil, "", []string{"entry 12", "digest differs", "tile 0/3"}},
		"failed": {nil, fault.New(fault.Unavailable, "fault.conflict"), "inspection.verify.failed", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s.verifier = func(func(string, int64)) (*journal.Report, error) { return tc.report, tc.err }
			if page := inspector.Post("/verification", nil); page.Status != 303 || page.Header.Get("Location") != "/verification" {
				t.Fatalf("%d", page.Status)
			}
			ends(t, s.Last, func(r Run) bool { return r.Running })
			for _, lang := range text.Langs() {
				w := s.k.Texts.In(lang)
				page := inspector.Speak(string(lang)).Get("/verification")
				want := tc.says
				if tc.key != "" {
					want = append(slices.Clone(want), w.T(tc.key))
				} else {
					want = append(slices.Clone(want), w.N("inspection.verify.findings", 2))
				}
				for _, x := range want {
					if page.Status != 200 || !strings.Contains(page.Text(), x) {
						t.Errorf("%s: %d, it does not say %q", lang, page.Status, x)
					}
				}
			}
		})
	}
}

// TestAVerificationIsFollowed while it runs: the page refreshes itself, says how far
// it has come, and offers no second one.
func TestAVerificationIsFollowed(t *testing.T) {
	s := newSite(t)
	goOn := make(chan struct{})
	s.verifier = func(tell func(string, int64)) (*journal.Report, error) {
		tell("entries", 4321)
		<-goOn
		return &journal.Report{}, nil
	}
	inspector := s.browser(s.inspector.ID)
	inspector.Post("/verification", nil)
	ends(t, s.Last, func(r Run) bool { return r.Done != 4321 })
	page := inspector.Get("/verification")
	if !strings.Contains(page.Text(), "4321") || slices.Contains(page.Actions(), "/verification") || page.Header.Get("Refresh") == "" && !strings.Contains(string(page.Body), "http-equiv=\"refresh\"") {
		t.Errorf("%v %v", page.Actions(), page.Header)
	}
	if page = inspector.Post("/verification", nil); page.Status != 303 {
		t.Errorf("a second press: %d", page.Status)
	}
	close(goOn)
	ends(t, s.Last, func(r Run) bool { return r.Running })
	if page = inspector.Get("/verification"); !slices.Contains(page.Actions(), "/verification") {
		t.Errorf("%v", page.Actions())
	}
}

// TestAPeriodIsClosedByForm by an inspector or an administrator, on a ground; a
// failure is said, and the form is there again.
func TestAPeriodIsClosedByForm(t *testing.T) {
	s := newSite(t)
	for _, who := range []ident.ID{s.inspector.ID, s.admin} {
		client := s.browser(who)
		for _, ground := range []string{"", " ", strings.Repeat("a", 201), "a\x00"} {
			if page := client.Post("/verification/close", url.Values{"ground": {ground}}); page.Status != 422 {
				t.Errorf("%.10q: %d", ground, page.Status)
			}
		}
		s.closing = func(func(int64)) (journal.Meta, error) {
			return journal.Meta{}, fault.New(fault.Unavailable, "fault.conflict")
		}
		if page := client.Post("/verification/close", url.Values{"ground": {"year 2026"}}); page.Status != 303 {
			t.Errorf("%d", page.Status)
		}
		if e := ends(t, s.Closing, func(e Ending) bool { return e.Running }); e.Failed == nil {
			t.Error("the failure went unsaid")
		}
		for _, lang := range text.Langs() {
			page := client.Speak(string(lang)).Get("/verification")
			if !strings.Contains(page.Text(), s.k.Texts.In(lang).T("inspection.close.failed")) || !slices.Contains(page.Actions(), "/verification/close") {
				t.Errorf("%s: %v", lang, page.Actions())
			}
		}
	}
}

// TestTheClosedPeriodsAreListed with their grounds, and whether a check may start
// there.
func TestTheClosedPeriodsAreListed(t *testing.T) {
	s := newSite(t)
	files := journaltest.Files(t, s.k.Journal)
	_, err := s.k.Journal.ClosePeriod(t.Context(), journaltest.Closing(files), func() (policy.Grant, error) { return s.k.Policy.System("test", "ward.keep", "CPP-66") })
	s.must(err)
	inspector := s.browser(s.inspector.ID)
	if page := inspector.Speak("en").Get("/verification"); !strings.Contains(page.Text(), "period 2026-11") || !strings.Contains(page.Text(), s.k.Texts.In(text.EN).T("inspection.close.standing")) {
		t.Errorf("%.600s", page.Text())
	}
}

// TestWhatStandsIsSaid: alarms to people in words and to machines as JSON, also
// without a session; what has not come yet is said so.
func TestWhatStandsIsSaid(t *testing.T) {
	s := newSite(t)
	inspector, machine := s.browser(s.inspector.ID), kerneltest.NewClient(t, s.address)
	health := func() (out struct {
		Status string `json:"status"`
		Alarms []ill  `json:"alarms"`
	}) {
		t.Helper()
		page := machine.Get("/health")
		if err := json.Unmarshal(page.Body, &out); err != nil || page.Status != 200 {
			t.Fatalf("%d %s", page.Status, page.Body)
		}
		return out
	}
	if h := health(); h.Status != "well" || h.Alarms == nil || len(h.Alarms) != 0 {
		t.Errorf("%+v", h)
	}
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := inspector.Speak(string(lang)).Get("/verification")
		if !strings.Contains(page.Text(), w.T("inspection.watch.well")) || !strings.Contains(page.Text(), w.T("inspection.watch.never")) || !strings.Contains(page.Text(), w.T("inspection.watch.print")) {
			t.Errorf("%s: %.400s", lang, page.Text())
		}
	}
	s.k.Alarms.Raise(t.Context(), "alarms.witness-silent", "w1", errors.New("no answer"))
	s.watched = app.Watched{Alarms: s.k.Alarms.List(), Counted: noon, Printed: noon, Leaves: 4242, Controls: journal.Controls{Planted: 9, Seen: 8}}
	if h := health(); h.Status != "alarm" || len(h.Alarms) != 1 || h.Alarms[0].Alarm != "witness-silent" || h.Alarms[0].About != "w1" || !h.Alarms[0].Since.Equal(noon) {
		t.Errorf("%+v", h)
	}
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := inspector.Speak(string(lang)).Get("/verification")
		for _, want := range []string{w.T("alarms.witness-silent"), "w1", "4242", w.T("inspection.watch.controls-of", "seen", 8, "planted", 9)} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("%s does not say %q", lang, want)
			}
		}
		if strings.Contains(page.Text(), w.T("inspection.watch.well")) {
			t.Errorf("%s: all is well, and an alarm stands", lang)
		}
	}
}

// TestTheCheckpointIsTheInspectors to print: an administrator is neither offered nor
// given it.
func TestTheCheckpointIsTheInspectors(t *testing.T) {
	s := newSite(t)
	admin := s.browser(s.admin)
	if page := admin.Get("/verification"); page.Status != 200 || slices.Contains(page.Actions(), "/verification/checkpoint") {
		t.Errorf("%d %v", page.Status, page.Actions())
	}
	if page := admin.Post("/verification/checkpoint", nil); page.Status != 403 {
		t.Errorf("%d", page.Status)
	}
	inspector := s.browser(s.inspector.ID)
	if page := inspector.Get("/verification"); !slices.Contains(page.Actions(), "/verification/checkpoint") {
		t.Errorf("%v", page.Actions())
	}
	if page := inspector.Post("/verification/checkpoint", nil); page.Status != 500 { // this keeper has no paper
		t.Errorf("%d", page.Status)
	}
	for path, who := range map[string]int{"/journal": 403, "/accesses": 403, "/history/" + s.person.String(): 403, "/journal/" + string(s.admitted): 403, "/journal/" + string(s.admitted) + "/proof": 403} {
		if page := admin.Get(path); page.Status != who {
			t.Errorf("an administrator at %s: %d", path, page.Status)
		}
	}
}

// TestTheAccessesAreReadInPages of fifty, none shown twice and none left out, whoever
// reads them meanwhile.
func TestTheAccessesAreReadInPages(t *testing.T) {
	s := newSite(t)
	inspector := s.browser(s.inspector.ID)
	for range 60 {
		inspector.Get("/journal/" + string(s.admitted))
	}
	reads := func(page *kerneltest.Page) int { return strings.Count(page.Text(), "inspection.entry.read") }
	first := inspector.Get("/accesses?outcome=read&actor=" + string(s.inspector.ID))
	next := ""
	for href := range first.Links() {
		if strings.HasPrefix(href, "/accesses?") && strings.Contains(href, "after=") {
			next = href
		}
	}
	if next == "" || !strings.Contains(next, "outcome=read") || reads(first) != pageSize {
		t.Fatalf("%d on the first page, which leads to %q", reads(first), next)
	}
	if n := reads(inspector.Get(next)); n != 10 {
		t.Errorf("%d on the second page, want the oldest ten", n)
	}
}
