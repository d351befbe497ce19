package enquiry

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

var gateDay = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func pack(t testing.TB) *packs.Pack {
	t.Helper()
	p, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// complete is a file about one offence with a piece of the first satisfying
// kind linked to each of its elements.
func complete(t testing.TB, p *packs.Pack, code string) *File {
	t.Helper()
	o := Offence{ID: "o", Suspect: "s", Code: code, LawAt: gateDay}
	f := &File{Case: Case{Regime: "flagrance", Origin: FromFlagrance, Place: "x", From: gateDay, Opened: gateDay}, Values: map[string]string{"caught-how": "x"},
		Offences: []Offence{o}, Parties: []Party{{Person: "s", Role: Suspect}}, PVs: []PV{{ID: "r0", Form: "pv-hearing", State: Signed, Person: "s"}}}
	elements, err := p.Elements(code, gateDay)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range elements {
		id := ident.ID("piece" + string(rune('a'+i)))
		f.Links = append(f.Links, Link{ID: id, Offence: "o", Element: e.Code, Piece: f.put(id, e.Evidence[0])})
	}
	return f
}

// put files a piece of a kind of evidence and points at it.
func (f *File) put(id ident.ID, kind packs.Evidence) ident.Ref {
	forms := map[packs.Evidence]string{packs.Hearing: "pv-hearing", packs.Seizure: "pv-seizure", packs.Finding: "pv-finding"}
	switch {
	case forms[kind] != "":
		f.PVs = append(f.PVs, PV{ID: id, Form: forms[kind], State: Signed})
		return ident.Ref{Kind: KindPV, ID: id}
	case kind == packs.Exhibit:
		f.Exhibits = append(f.Exhibits, Exhibit{ID: id, Number: "1", Seal: "S"})
		return ident.Ref{Kind: "exhibit", ID: id}
	}
	f.Pieces = append(f.Pieces, Piece{ID: id, Kind: string(kind)})
	return ident.Ref{Kind: KindPiece, ID: id}
}

func everyone(ident.ID) bool { return true }

// TestGateNeedsEachElement: for every offence of the pack the gate opens with
// all elements shown, and is shut without any one of them, or with a piece of
// a kind that cannot show it, or with one that is not signed.
func TestGateNeedsEachElement(t *testing.T) {
	p := pack(t)
	offences := p.Offences(gateDay)
	if len(offences) < 60 {
		t.Fatalf("%d offences", len(offences))
	}
	for _, o := range offences {
		f := complete(t, p, o.Code)
		if g := Judge(p, f, everyone, true, gateDay); !g.Open() || len(f.Links) == 0 {
			t.Fatalf("%s: shut with everything: %+v", o.Code, g.Missing())
		}
		for i, l := range f.Links {
			without := *f
			without.Links = slices.Delete(slices.Clone(f.Links), i, i+1)
			missing := Judge(p, &without, everyone, true, gateDay).Missing()
			if len(missing) != 1 || missing[0].Check != CheckElement || missing[0].Code != l.Element {
				t.Errorf("%s without %s: %+v", o.Code, l.Element, missing)
			}
			elements, _ := p.Elements(o.Code, gateDay)
			for _, kind := range packs.EvidenceKinds() {
				if elements[i].ShownBy(kind) {
					continue
				}
				wrong := *f
				wrong.Links = slices.Clone(f.Links)
				wrong.Links[i].Piece = wrong.put("unfit", kind)
				if Judge(p, &wrong, everyone, true, gateDay).Open() {
					t.Errorf("%s: %s shown by %s", o.Code, l.Element, kind)
				}
			}
		}
	}
}

func TestGateDistrustsDrafts(t *testing.T) {
	p := pack(t)
	f := complete(t, p, "theft-simple")
	for i := range f.PVs {
		f.PVs[i].State = Draft
	}
	if Judge(p, f, everyone, true, gateDay).Open() {
		t.Error("unsigned reports show elements")
	}
}

// TestGateProcedure: each check of procedure shuts the gate by itself.
func TestGateProcedure(t *testing.T) {
	p := pack(t)
	for check, spoil := range map[string]func(f *File){
		CheckQualified: func(f *File) { f.Offences, f.Parties = nil, nil },
		CheckFrame:     func(f *File) { f.Values = nil },
		CheckSuspect:   func(f *File) { f.Offences[0].Suspect = "" },
		CheckHearing:   func(f *File) { f.PVs[0].Person = "other" },
		CheckCustody:   func(f *File) { f.Custodies = []Custody{{Person: "s"}} },
		CheckOverrun: func(f *File) {
			f.Custodies = []Custody{{Person: "s", Overran: gateDay}}
			f.PVs = append(f.PVs, PV{Form: "pv-custody", State: Signed, Person: "s"})
		},
		CheckExhibits: func(f *File) { f.Exhibits = append(f.Exhibits, Exhibit{ID: "loose"}) },
		CheckMeasures: func(f *File) {
			f.Measures = []Measure{{Kind: "seizure", State: Ordered, From: gateDay, Until: gateDay.Add(time.Hour)}}
		},
	} {
		f := complete(t, p, "theft-simple")
		spoil(f)
		missing := Judge(p, f, everyone, true, gateDay).Missing()
		if len(missing) != 1 || missing[0].Check != check {
			t.Errorf("%s: %+v", check, missing)
		}
	}
	f := complete(t, p, "theft-simple")
	if g := Judge(p, f, func(ident.ID) bool { return false }, true, gateDay); len(g.Missing()) != 1 || g.Missing()[0].Check != CheckIdentified {
		t.Errorf("nameless: %+v", g.Missing())
	}
	f.Custodies = []Custody{{Person: "s", Overran: gateDay, End: gateDay}}
	f.PVs = append(f.PVs, PV{Form: "pv-custody", State: Signed, Person: "s"})
	if g := Judge(p, f, everyone, true, gateDay); !g.Open() {
		t.Errorf("a custody that ended late keeps the file from the prosecutor: %+v", g.Missing())
	}
	if g := Judge(p, f, everyone, false, gateDay); len(g.Missing()) != 1 || g.Missing()[0].Check != CheckRecipient {
		t.Errorf("nobody competent: %+v", g.Missing())
	}
	f.Measures = []Measure{{Kind: "seizure", State: Ordered, From: gateDay.Add(-2 * time.Hour), Until: gateDay}}
	if g := Judge(p, f, everyone, true, gateDay); !g.Open() {
		t.Errorf("a lapsed measure waits for nothing: %+v", g.Missing())
	}
}

// TestMergeLosesNothing: whatever two people write, each changed value is in
// the result or in a clash, and a field that one left alone is the other's.
func TestMergeLosesNothing(t *testing.T) {
	text := rapid.SampledFrom([]string{"", "a", "b", "c"})
	version := rapid.Custom(func(t *rapid.T) map[string]string {
		return map[string]string{"x": text.Draw(t, "x"), "y": text.Draw(t, "y"), "z": text.Draw(t, "z")}
	})
	rapid.Check(t, func(t *rapid.T) {
		base, mine, theirs := version.Draw(t, "base"), version.Draw(t, "mine"), version.Draw(t, "theirs")
		merged, clashes := Merge(base, mine, theirs)
		for field := range base {
			i := slices.IndexFunc(clashes, func(c Clash) bool { return c.Field == field })
			both := mine[field] != base[field] && theirs[field] != base[field] && mine[field] != theirs[field]
			if both != (i >= 0) {
				t.Fatalf("%s: clash %v, want %v", field, i >= 0, both)
			}
			switch {
			case both:
				if clashes[i].Mine != mine[field] || clashes[i].Theirs != theirs[field] {
					t.Fatalf("%s: %+v", field, clashes[i])
				}
			case mine[field] != base[field]:
				if merged[field] != mine[field] {
					t.Fatalf("%s: mine is lost", field)
				}
			default:
				if merged[field] != theirs[field] {
					t.Fatalf("%s: theirs is lost", field)
				}
			}
		}
	})
}

func FuzzItems(f *testing.F) {
	f.Add("- هاتف\n\n• سكين\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, item := range Items(s) {
			if item == "" || slices.Contains([]rune(item), '\n') {
				t.Errorf("%q gave %q", s, item)
			}
		}
	})
}
