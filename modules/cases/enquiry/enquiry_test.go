package enquiry

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// TestOnlyAnOpenCaseGrows: of all states, the content of a case may grow while
// it is worked on and after it came back.
func TestOnlyAnOpenCaseGrows(t *testing.T) {
	for _, s := range States() {
		if want := s == Open || s == Returned; s.Editable() != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
	if len(States()) != 7 || slices.Contains(Origins(), FromComplaint) {
		t.Errorf("%v %v: a case that comes from a complaint is not opened by hand", States(), Origins())
	}
}

// TestWhoIsProtected: how to reach those who suffered or saw something is
// withheld; suspects and those who are there by their trade are not protected.
func TestWhoIsProtected(t *testing.T) {
	protected := map[Role]bool{Victim: true, Complainant: true, Witness: true, CivilParty: true}
	for _, r := range Roles() {
		if r.Protected() != protected[r] {
			t.Errorf("%s: %v", r, r.Protected())
		}
	}
}

// file is a file with a piece of each kind.
func file() *File {
	return &File{
		Parties: []Party{{Person: "a", Role: Victim}, {Person: "b", Role: Suspect}, {Person: "a", Role: CivilParty}},
		PVs: []PV{{ID: "hearing", Form: "pv-hearing", State: Signed, Author: "x"}, {ID: "confrontation", Form: "pv-confrontation", State: Signed, Author: "x"}, {ID: "seizure", Form: "pv-seizure", State: Signed, Author: "y"},
			{ID: "finding", Form: "pv-finding", State: Signed}, {ID: "search", Form: "pv-search", State: Signed}, {ID: "notice", Form: "pv-notification", State: Signed}, {ID: "draft", Form: "pv-hearing", State: Draft, Author: "z"}},
		Pieces:   []Piece{{ID: "photo", Kind: "photo"}},
		Exhibits: []Exhibit{{ID: "thing"}},
		Assigned: []Assignment{{Officer: "w"}, {Officer: "x"}},
	}
}

// TestWhatAPieceIs: each record of a file by what it may show; a draft and
// what is not in the file show nothing.
func TestWhatAPieceIs(t *testing.T) {
	f := file()
	for _, tc := range []struct {
		piece ident.Ref
		want  packs.Evidence
	}{
		{ident.Ref{Kind: KindPV, ID: "hearing"}, packs.Hearing}, {ident.Ref{Kind: KindPV, ID: "confrontation"}, packs.Hearing}, {ident.Ref{Kind: KindPV, ID: "seizure"}, packs.Seizure},
		{ident.Ref{Kind: KindPV, ID: "finding"}, packs.Finding}, {ident.Ref{Kind: KindPV, ID: "search"}, packs.Finding}, {ident.Ref{Kind: KindPV, ID: "notice"}, packs.Document},
		{ident.Ref{Kind: KindPV, ID: "draft"}, ""}, {ident.Ref{Kind: KindPV, ID: "photo"}, ""}, {ident.Ref{Kind: KindPiece, ID: "photo"}, packs.Photo}, {ident.Ref{Kind: KindPiece, ID: "thing"}, ""},
		{ident.Ref{Kind: "exhibit", ID: "thing"}, packs.Exhibit}, {ident.Ref{Kind: "exhibit", ID: "hearing"}, ""}, {ident.Ref{Kind: "person", ID: "a"}, ""}, {ident.Ref{}, ""},
	} {
		if got := f.Evidence(tc.piece); got != tc.want {
			t.Errorf("%v shows %q, want %q", tc.piece, got, tc.want)
		}
	}
}

// TestWhoseWorkAFileIs: each who is assigned or wrote, once, drafts included;
// what a person is in it, in the order in which it was said.
func TestWhoseWorkAFileIs(t *testing.T) {
	f := file()
	if got := f.Authors(); !slices.Equal(got, []string{"w", "x", "y", "z"}) {
		t.Errorf("authors %v", got)
	}
	if got := f.Roles("a"); !slices.Equal(got, []Role{Victim, CivilParty}) {
		t.Errorf("roles %v", got)
	}
	if got := f.Roles("nobody"); len(got) > 0 {
		t.Errorf("roles of nobody %v", got)
	}
}

// TestAMeasureLivesInItsWindow: in force from its first moment to before its
// last, while it is ordered; after that it has lapsed, written down or not.
func TestAMeasureLivesInItsWindow(t *testing.T) {
	states := []MeasureState{Asked, Ordered, Refused, Done, Stopped, Lapsed}
	rapid.Check(t, func(t *rapid.T) {
		m := Measure{State: rapid.SampledFrom(states).Draw(t, "state"), From: gateDay}
		m.Until = m.From.Add(time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "window")))
		at := m.From.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), 2*int64(time.Hour)).Draw(t, "at")))
		inside := !at.Before(m.From) && at.Before(m.Until)
		if m.InForce(at) != (m.State == Ordered && inside) {
			t.Fatalf("%s from %v until %v, at %v: in force %v", m.State, m.From, m.Until, at, m.InForce(at))
		}
		now := m.Now(at)
		if lapsed := m.State == Ordered && !at.Before(m.Until); lapsed && now != Lapsed || !lapsed && now != m.State {
			t.Fatalf("%s at %v is %s", m.State, at, now)
		}
		if m.InForce(at) && now == Lapsed {
			t.Fatal("in force and lapsed")
		}
	})
	m := Measure{State: Ordered, From: gateDay, Until: gateDay.Add(time.Hour)}
	for at, want := range map[time.Duration]bool{-1: false, 0: true, time.Hour - 1: true, time.Hour: false} {
		if m.InForce(gateDay.Add(at)) != want {
			t.Errorf("%v after its beginning: %v", at, !want)
		}
	}
}

// TestTheNewestIssueIsShown: of several of one profile and language the last
// that is not erased; another profile's or language's is not taken for it.
func TestTheNewestIssueIsShown(t *testing.T) {
	d := Dossier{Issues: []Issue{{ID: "1", Profile: "defence", Lang: "ar", Info: "{}"}, {ID: "2", Profile: "defence", Lang: "fr", Info: "{}"}, {ID: "3", Profile: "defence", Lang: "ar", Info: "{}"}, {ID: "4", Profile: "defence", Lang: "ar"}}}
	for _, tc := range []struct{ profile, lang, want string }{{"defence", "ar", "3"}, {"defence", "fr", "2"}, {"defence", "en", ""}, {"prosecutor", "ar", ""}} {
		if x, ok := d.Issue(tc.profile, tc.lang); string(x.ID) != tc.want || ok != (tc.want != "") {
			t.Errorf("%s %s: %s %v", tc.profile, tc.lang, x.ID, ok)
		}
	}
}

// TestAFormAsksItsAuthorForWhatTheProgramDoesNotKnow: for each form of the pack,
// every field is typed, or known to the record, or the person's, or names one;
// none of them twice.
func TestAFormAsksItsAuthorForWhatTheProgramDoesNotKnow(t *testing.T) {
	p := pack(t)
	for _, form := range p.Templates("pv", gateDay) {
		typed, named := Typed(form), Named(form)
		for _, code := range slices.Concat(form.Required, form.Optional) {
			places := 0
			for _, list := range [][]string{typed, FromRecord, fromPerson, named} {
				if slices.Contains(list, code) {
					places++
				}
			}
			if code == "person" && places == 2 { // named, and of the person
				places = 1
			}
			if places != 1 {
				t.Errorf("%s: %s comes from %d places", form.Code, code, places)
			}
		}
		required := slices.DeleteFunc(slices.Clone(form.Required), func(code string) bool { return !slices.Contains(typed, code) })
		if !slices.Equal(typed[:len(required)], required) {
			t.Errorf("%s: what is required does not come first: %v", form.Code, typed)
		}
		if len(slices.Compact(slices.Sorted(slices.Values(typed)))) != len(typed) {
			t.Errorf("%s asks twice: %v", form.Code, typed)
		}
	}
}

// TestWhatAReportLacks: each required field, and the reason of whoever would
// not sign; a mark made by thumb needs none.
func TestWhatAReportLacks(t *testing.T) {
	p := pack(t)
	for _, form := range p.Templates("pv", gateDay) {
		values := map[string]string{}
		for _, code := range form.Required {
			values[code] = "x"
		}
		if got := Lacking(form, values); len(got) > 0 {
			t.Errorf("%s lacks %v with everything", form.Code, got)
		}
		for _, code := range form.Required {
			values[code] = "\n "
			if got := Lacking(form, values); !slices.Equal(got, []string{code}) {
				t.Errorf("%s without %s lacks %v", form.Code, code, got)
			}
			values[code] = "x"
		}
		if !slices.Contains(form.Required, "person-signature") {
			continue
		}
		for sign, want := range map[string][]string{SignedByHand: nil, Thumbprint: nil, RefusedSign: {"refusal"}} {
			values["person-signature"] = sign
			if got := Lacking(form, values); !slices.Equal(got, want) {
				t.Errorf("%s, %s: lacks %v", form.Code, sign, got)
			}
		}
		values["refusal"] = "رفض"
		if got := Lacking(form, values); len(got) > 0 {
			t.Errorf("%s with a reason lacks %v", form.Code, got)
		}
	}
}

// TestThingsOfASeizure: one to a line, whatever marks stand before it.
func TestThingsOfASeizure(t *testing.T) {
	for in, want := range map[string][]string{
		"": nil, "\n \n": nil, "هاتف": {"هاتف"}, "- هاتف\n• سكين\n* حبل": {"هاتف", "سكين", "حبل"}, "a\r\nb\r\n": {"a", "b"}, "--- x": {"x"}, "a - b": {"a - b"}, " -\n-": nil,
	} {
		if got := Items(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		things := rapid.SliceOf(rapid.StringMatching(`[a-z][a-z ]{0,8}[a-z]`)).Draw(t, "things")
		mark := rapid.SampledFrom([]string{"", "- ", "• ", "* ", "  "}).Draw(t, "mark")
		var list strings.Builder
		for _, x := range things {
			list.WriteString(mark + x + "\n" + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "gap"))
		}
		if got := Items(list.String()); !slices.Equal(got, things) && len(things)+len(got) > 0 {
			t.Fatalf("%q: %q", list.String(), got)
		}
	})
}
