package cases_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/printtest"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestTheGateNamesWhatAFileLacks: what each missing thing keeps from the
// prosecution, one at a time, on an approved file; nothing is handed over.
func TestTheGateNamesWhatAFileLacks(t *testing.T) {
	h := newHouse(t)
	for check, lack := range map[string]func(x *standing){
		enquiry.CheckElement: func(x *standing) {
			h.must(h.Unlink(ctx, x.on("opj", "cases.evidence.link"), x.file.ID, x.file.Links[0].ID))
		},
		enquiry.CheckHearing:  func(x *standing) { h.party(x, "Samira", "C300003", enquiry.Suspect) },
		enquiry.CheckMeasures: func(x *standing) { h.measure(x.file.ID, enquiry.Ordered) },
		enquiry.CheckExhibits: func(*standing) { h.exhibits.things = []enquiry.Exhibit{{ID: h.ids.New(), Number: "9/2026"}} },
		enquiry.CheckCustody: func(x *standing) {
			h.exhibits.custodies = []enquiry.Custody{{ID: h.ids.New(), Number: "8/2026", Person: x.file.Parties[0].Person}}
		},
	} {
		h.run(check, func(t *testing.T) {
			x := h.standing(enquiry.Open)
			if check == enquiry.CheckElement { // every link of one element
				for _, l := range x.file.Links[1:] {
					h.must(h.Unlink(ctx, x.on("opj", "cases.evidence.link"), x.file.ID, l.ID))
				}
			}
			lack(x)
			defer func() { h.exhibits.things, h.exhibits.custodies = nil, nil }()
			h.must(h.Submit(ctx, x.on("opj", "cases.review.submit"), x.file.ID))
			h.must(h.Approve(ctx, x.on("chief", "cases.review.approve"), x.file.ID))
			f, err := h.File(ctx, x.file.ID)
			h.must(err)
			gate, _ := h.Gate(ctx, f)
			if !slices.ContainsFunc(gate.Missing(), func(l enquiry.GateLine) bool { return l.Check == check }) {
				t.Errorf("the gate misses %+v", gate.Missing())
			}
			h.refuses([]refusal{{"handed over", func() error {
				_, err := h.HandOver(ctx, x.on("chief", "cases.dossier.hand-over"), x.file.ID, h.ids.New())
				return err
			}, fault.Refused, "cases.refused.gate", ""}})
		})
	}
}

// party adds a person who is new to a standing case.
func (h *house) party(x *standing, given, card string, role enquiry.Role) ident.ID {
	h.t.Helper()
	p := h.person(given, "Tazi", "سميرة", "التازي", card, "زنقة الورد، رقم 8", "+212600000055")
	h.must(h.AddParty(ctx, x.on("opj", "cases.party.add"), x.file.ID, cases.NewParty{Person: p, Role: role}))
	return p
}

// TestAHandOverNeedsTheNameOfItsForm: without the id of the form nothing would
// name the dossier.
func TestAHandOverNeedsTheNameOfItsForm(t *testing.T) {
	h := newHouse(t)
	id := h.approved()
	for _, submission := range []ident.ID{"", "x", "1/KEN/2026"} {
		h.refuses([]refusal{{"form " + string(submission), func() error {
			_, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, submission)
			return err
		}, fault.Invalid, "fault.invalid", ""}})
	}
}

// TestEveryDecisionOfThePack: each code that returns a dossier opens the case
// again, each other one closes it; a field the code asks for is never left out.
func TestEveryDecisionOfThePack(t *testing.T) {
	h := newHouse(t)
	decisions := h.k.Pack.Decisions(noon)
	if len(decisions) < 10 {
		t.Fatalf("%d decisions", len(decisions))
	}
	for _, code := range decisions {
		h.run(code.Code, func(t *testing.T) {
			x := h.standing(enquiry.Acknowledged)
			decide := func(given map[string]string) func() error {
				return func() error {
					return h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(x.dossier)), x.dossier.ID, code.Code, given)
				}
			}
			full := map[string]string{}
			for _, field := range code.Fields {
				full[field] = "x"
			}
			for _, field := range code.Fields {
				short := map[string]string{}
				for k, v := range full {
					short[k] = v
				}
				short[field] = " "
				h.refuses([]refusal{{"without " + field, decide(short), fault.Invalid, "form.required", "f." + field}})
			}
			h.must(decide(full)())
			c, err := h.Case(ctx, x.file.ID)
			h.must(err)
			d, err := h.Dossier(ctx, x.dossier.ID)
			h.must(err)
			closed := c.State == enquiry.Closed && c.Outcome == code.Code && !c.Closed.IsZero() && d.State == "decided"
			again := c.State == enquiry.Returned && c.Outcome == "" && c.Closed.IsZero() && d.State == "returned"
			if d.Decision != code.Code || d.DecidedBy != h.who["prosecutor"] || closed == code.Returns || again != code.Returns {
				t.Errorf("%+v %+v", c, d)
			}
			h.refuses([]refusal{{"twice", decide(full), fault.Refused, "cases.refused.dossier-state", ""}})
		})
	}
	x := h.standing(enquiry.Acknowledged)
	for _, code := range []string{"", "acquitted"} {
		h.refuses([]refusal{{"the code " + code, func() error {
			return h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(x.dossier)), x.dossier.ID, code, nil)
		}, fault.Invalid, "form.choose", "code"}})
	}
	h.sound()
}

// TestACaseGoesAndComesBackAsOftenAsItMust: each round has a dossier of its own,
// numbered on; the gate and the twin of the round before stay as they were.
func TestACaseGoesAndComesBackAsOftenAsItMust(t *testing.T) {
	h := newHouse(t)
	x := h.standing(enquiry.Approved)
	id := x.file.ID
	var all []enquiry.Dossier
	for round := range int64(3) {
		if round > 0 {
			h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
			h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
		}
		h.clock.Advance(time.Hour)
		d, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
		h.must(err)
		twin := decode[dossier.Twin](t, []byte(d.Twin))
		if d.Round != round+1 || twin.Round != round+1 || len(twin.Documents) != int(round)+1 {
			t.Errorf("round %d: %d, twin %d with %d documents", round+1, d.Round, twin.Round, len(twin.Documents))
		}
		all = append(all, d)
		_, err = h.Acknowledge(ctx, h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(d)), d.ID)
		h.must(err)
		h.must(h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(d)), d.ID, "return-form", map[string]string{"missing": "x", "deadline": "2026-12-31"}))
		_, err = h.FilePiece(ctx, h.on("opj", "cases.piece.file", id), id, cases.NewPiece{Kind: "document", Title: "x"})
		h.must(err)
	}
	for i, d := range all {
		now, err := h.Dossier(ctx, d.ID)
		h.must(err)
		if now.Twin != d.Twin || now.State != "returned" || !strings.HasPrefix(d.Number, []string{"1/", "2/", "3/"}[i]) {
			t.Errorf("%+v", now)
		}
		for _, profile := range dossier.Profiles() {
			if _, err := h.TwinOf(ctx, now, profile); err != nil {
				t.Errorf("round %d, %s: %v", i+1, profile, err)
			}
		}
	}
	h.sound()
}

// TestTheEntryBindsEachCopy: the digests of the hand-over are those of the
// twins given out, one for each profile; a profile nobody knows has none.
func TestTheEntryBindsEachCopy(t *testing.T) {
	h := newHouse(t)
	_, d := h.sent()
	e, err := h.k.Journal.Find(ctx, d.Entry)
	h.must(err)
	sent := e.Entry.(cases.DossierHandedOver)
	if len(sent.Twins) != len(dossier.Profiles()) {
		t.Fatalf("%+v", sent.Twins)
	}
	seen := map[string]bool{}
	for _, x := range sent.Twins {
		raw, err := h.TwinOf(ctx, d, x.Profile)
		h.must(err)
		sum := sha256.Sum256(raw)
		if hex.EncodeToString(sum[:]) != x.SHA256 || seen[x.SHA256] {
			t.Errorf("%s: the digest is not of the copy alone", x.Profile)
		}
		seen[x.SHA256] = true
	}
	for _, profile := range []string{"", "press", "Prosecutor"} {
		if _, err := h.TwinOf(ctx, d, profile); !fault.Is(err, fault.NotFound) {
			t.Errorf("profile %q: %v", profile, err)
		}
	}
	for _, field := range []string{`"number"`, `"salt"`, `"place"`} { // any change is seen
		forged := d
		forged.Twin = strings.Replace(d.Twin, field+`:"`, field+`:"x`, 1)
		if _, err := h.TwinOf(ctx, forged, dossier.ForStatistics); err == nil && field != `"place"` {
			t.Errorf("a statistical copy of a twin whose %s was changed is given out", field)
		}
		if _, err := h.TwinOf(ctx, forged, dossier.ForProsecutor); err == nil || forged.Twin == d.Twin {
			t.Errorf("a twin whose %s was changed is given out", field)
		}
	}
}

// TestCopiesAreIssuedFromThePage: in each profile and language, signed, once;
// a profile that does not exist is not found; each copy holds its own twin.
func TestCopiesAreIssuedFromThePage(t *testing.T) {
	s := newSite(t)
	id, d := s.sent()
	here := "/cases/" + string(id) + "/dossiers/" + string(d.ID)
	chief := s.desktop("chief", id)
	for _, profile := range dossier.Profiles() {
		for _, lang := range []string{"ar", "fr"} {
			path := here + "/issue?profile=" + profile + "&lang=" + lang
			if !slices.Contains(chief.Get(here).Actions(), path) {
				t.Errorf("%s in %s is not offered", profile, lang)
			}
			s.leadsTo(chief, path, http.StatusSeeOther, here, "dossier-issued journal.proof-issued")
			s.leadsTo(chief, path, http.StatusSeeOther, here, "") // the one that exists
			if slices.Contains(chief.Get(here).Actions(), path) {
				t.Errorf("%s in %s is offered again", profile, lang)
			}
		}
	}
	s.leadsTo(chief, here+"/issue?profile=press&lang=fr", http.StatusNotFound, "", "")
	s.leadsTo(chief, here+"/stamp?profile=press&lang=fr", http.StatusNotFound, "", "")
	d, err := s.Dossier(ctx, d.ID)
	s.must(err)
	for _, x := range d.Issues {
		p := chief.Get(here + "/files/" + string(x.ID))
		twin, err := print.Attached(p.Body, dossier.TwinFile)
		s.must(err)
		offered := chief.Get(here + "/twin/" + x.Profile)
		if p.Header.Get("Content-Type") != "application/pdf" || offered.Header.Get("Content-Type") != "application/json" || !bytes.Equal(twin, offered.Body) {
			t.Errorf("%s %s: the copy and its twin differ (%s, %s)", x.Profile, x.Lang, p.Header, offered.Header)
		}
		if !strings.Contains(p.Header.Get("Content-Disposition"), x.Profile+"-"+x.Lang+".pdf") {
			t.Errorf("named %s", p.Header.Get("Content-Disposition"))
		}
	}
	if p := chief.Get(here + "/files/" + string(id)); p.Status != http.StatusNotFound {
		t.Errorf("a file that was never issued: %d", p.Status)
	}
	left, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ident.Ref{Kind: "dossier", ID: d.ID}, Actor: s.who["chief"], Outcome: journal.Export, Limit: 50})
	s.must(err)
	if len(left) != 2*len(d.Issues) {
		t.Errorf("%d copies left the house, %d are recorded", 2*len(d.Issues), len(left))
	}
}

// TestAPageOffersAStampWhereOneIsMissing: while the authority was away, the
// page says that a copy has no time stamp, and gets one when it is back.
func TestAPageOffersAStampWhereOneIsMissing(t *testing.T) {
	var away *atomic.Bool
	s := newSite(t, func(h *house) { h.stamper, away = timeAuthority(t, h) })
	away.Store(true)
	id, d := s.sent()
	here := "/cases/" + string(id) + "/dossiers/" + string(d.ID)
	chief := s.desktop("chief", id).Speak("en")
	s.leadsTo(chief, here+"/issue?profile=defence&lang=fr", http.StatusSeeOther, here, "dossier-issued journal.proof-issued")
	stamp := here + "/stamp?profile=defence&lang=fr"
	if p := chief.Get(here); !strings.Contains(p.Text(), "no time stamp") || !slices.Contains(p.Actions(), stamp) {
		t.Errorf("nothing says that the copy has no stamp: %s", p.Text())
	}
	s.leadsTo(chief, stamp, http.StatusServiceUnavailable, "", "")
	away.Store(false)
	s.leadsTo(chief, stamp, http.StatusSeeOther, here, "dossier-issued journal.proof-issued")
	s.leadsTo(chief, stamp, http.StatusSeeOther, here, "")
	if p := chief.Get(here); !strings.Contains(p.Text(), "time-stamped") || slices.Contains(p.Actions(), stamp) {
		t.Errorf("nothing says that the copy is stamped: %s", p.Text())
	}
}

// TestAReportOnPaper: a draft says that it is one and carries no proof; a
// signed one carries the proof of the entry that closed it, in both languages.
func TestAReportOnPaper(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	signed := s.hearing(id, victim, "x")
	draft, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-finding", Act: noon, Values: complete["pv-finding"]})
	s.must(err)
	opj := s.desktop("opj", id)
	for paper, words := range map[string][2]string{"ar": {"محضر استماع", "مشروع غير موقع"}, "fr": {"audition", "projet non signé"}} {
		at := func(pv ident.ID) *http.Header {
			p := opj.Get("/cases/" + string(id) + "/pvs/" + string(pv) + "/paper?paper=" + paper)
			text := strings.ToLower(printtest.Text(t, p.Body))
			_, err := print.Attached(p.Body, dossier.ProofFile)
			if (err == nil) != (pv == signed.ID) {
				t.Errorf("%s: proof inside: %v", paper, err)
			}
			if pv == signed.ID && !strings.Contains(text, words[0]) {
				t.Errorf("%s: %s", paper, text)
			}
			if strings.Contains(text, words[1]) != (pv == draft.ID) {
				t.Errorf("%s: it says that it is a draft: %v", paper, pv != draft.ID)
			}
			return &p.Header
		}
		if h := at(signed.ID); !strings.Contains(h.Get("Content-Disposition"), ".pdf") {
			t.Errorf("%s", h.Get("Content-Disposition"))
		}
		at(draft.ID)
	}
}

// TestTheTwinSaysTheFile: what a hand-over holds as data is what the case
// holds, part by part.
func TestTheTwinSaysTheFile(t *testing.T) {
	h := newHouse(t)
	x := h.standing(enquiry.Open)
	id := x.file.ID
	h.measure(id, enquiry.Done)
	h.measure(id, enquiry.Refused)
	thing := enquiry.Exhibit{ID: h.ids.New(), Number: "5/2026", Seal: "S-1", Kind: "phone", Description: "هاتف", Place: "مخزن", Seized: noon}
	h.exhibits.things = []enquiry.Exhibit{thing}
	f, err := h.File(ctx, id)
	h.must(err)
	i := slices.IndexFunc(f.Parties, func(p enquiry.Party) bool { return p.Role == enquiry.Suspect })
	h.exhibits.custodies = []enquiry.Custody{{ID: h.ids.New(), Number: "8/2026", Person: f.Parties[i].Person, Arrest: noon.Add(-2 * time.Hour), End: noon, Extensions: 1, Outcome: "presentation", Overran: noon.Add(-time.Hour)}}
	custody, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-custody", Person: f.Parties[i].Person, Act: noon, Values: complete["pv-custody"]})
	h.must(err)
	_, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), custody.ID, custody.Version)
	h.must(err)
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	d, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
	h.must(err)
	f, err = h.File(ctx, id)
	h.must(err)
	twin := decode[dossier.Twin](t, []byte(d.Twin))
	var missing []string
	says := func(what string, ok bool) {
		if !ok {
			missing = append(missing, what)
		}
	}
	says("head", twin.Format == dossier.Format && twin.Profile == dossier.ForProsecutor && twin.Number == d.Number && twin.Dossier == d.ID && twin.Entry == d.Entry && len(twin.Salt) == 64)
	says("case", twin.Case.Number == f.Number && twin.Case.Facts == f.Facts && twin.Case.Place == f.Place && twin.Case.From.Equal(f.From) && twin.Case.To == nil && twin.Case.Frame["caught-how"] == f.Values["caught-how"])
	says("persons", len(twin.Persons) == len(f.Parties) && twin.Persons[0].ID == f.Parties[0].Person && twin.Persons[0].Ref == "P1" && twin.Persons[0].Card == "AB100001")
	says("offences", len(twin.Offences) == 1 && twin.Offences[0].Suspect == "P2" && len(twin.Offences[0].Elements) == 3 && len(twin.Offences[0].Elements[0].ShownBy) > 0)
	says("reports", len(twin.Reports) == 3 && twin.Reports[0].Fields["statement"] == f.PVs[0].Values["statement"] && twin.Reports[0].Author == "سعاد التجريبي" && twin.Reports[0].AuthorFR == "Souad Tajribi")
	says("documents", len(twin.Documents) == 1 && twin.Documents[0].SHA256 == "")
	says("exhibits", len(twin.Exhibits) == 1 && twin.Exhibits[0].Seal == thing.Seal && twin.Exhibits[0].Ref == "X1")
	says("measures", len(twin.Measures) == 2 && twin.Measures[0].Fields["result"] == "x" && twin.Measures[0].Until != nil && twin.Measures[1].From == nil && twin.Measures[1].Fields["refusal"] == "غير مبرر")
	says("custodies", len(twin.Custodies) == 1 && twin.Custodies[0].Person == "P2" && twin.Custodies[0].Overran != nil && twin.Custodies[0].End.Equal(noon))
	says("gate", len(twin.Gate) == len(d.Gate) && !slices.ContainsFunc(twin.Gate, func(c dossier.Check) bool { return !c.Met }))
	says("order", slices.IsSortedFunc(twin.Chronology, func(a, b dossier.Event) int { return a.At.Compare(b.At) }) && len(twin.Chronology) == 2+3+1+1+2+1+1)
	if len(missing) > 0 {
		raw, _ := json.MarshalIndent(twin, "", " ")
		t.Errorf("wrong in the twin: %v\n%s", missing, raw)
	}
}
