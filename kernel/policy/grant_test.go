package policy_test

import (
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

func granted(t *testing.T, s *station) policy.Grant {
	t.Helper()
	p := forCase(caseOne)
	p.Reason = "prescribed"
	g, err := s.Ask(t.Context(), investigator, "cases.case.close", caseAt(caseOne, agdal), p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGrantSaysWhatWasAsked(t *testing.T) {
	s := newStation(t)
	g := granted(t, s)
	if _, err := ident.Parse(string(g.ID())); err != nil {
		t.Error(err)
	}
	if g.Actor().ID != investigator.ID || g.Action() != "cases.case.close" || g.Purpose().Ref.ID != caseOne || !g.At().Equal(noon) {
		t.Errorf("got %+v", g)
	}
	if g.Resource().Attrs != nil || g.Resource().Ref.ID != caseOne || g.Resource().Unit != agdal {
		t.Errorf("resource %+v", g.Resource())
	}
	if !g.MayAppend("cases.case.closed") || g.MayAppend("cases.case.opened") || g.MayAppend("") {
		t.Error("a grant appends what its action declares and nothing else")
	}
	if g.System() != "" || g.BreakGlass() || g.Reads() {
		t.Error("a person's ordinary grant to change")
	}
	if granted(t, s).ID() == g.ID() {
		t.Error("two grants of one name")
	}
}

func TestGrantExpires(t *testing.T) {
	g := granted(t, newStation(t))
	for after, want := range map[time.Duration]string{
		0: "", policy.GrantLife - time.Microsecond: "",
		policy.GrantLife: "policy.refused.grant-expired", -time.Microsecond: "policy.refused.grant-expired",
	} {
		err := g.Valid(noon.Add(after))
		if (err == nil) != (want == "") || err != nil && fault.Of(err).Key != want {
			t.Errorf("after %v: %v", after, err)
		}
	}
}

func TestZeroGrantOpensNothing(t *testing.T) {
	var g policy.Grant
	if err := g.Valid(noon); !fault.Is(err, fault.Refused) || fault.Of(err).Key != "policy.refused.no-grant" {
		t.Errorf("got %v", err)
	}
	if g.MayAppend("cases.case.closed") || g.Action() != "" || g.Reads() || g.BreakGlass() {
		t.Error("a zero grant permits something")
	}
}

// A holder of a grant cannot alter what it says.
func TestGrantIsUnshared(t *testing.T) {
	s := newStation(t)
	me, record := investigator, caseAt(caseOne, agdal)
	me.Units = append([]ident.ID{}, me.Units...)
	record.Under = append([]ident.Ref{}, record.Under...)
	g, err := s.Ask(t.Context(), me, "cases.case.read", record, forCase(caseOne))
	if err != nil {
		t.Fatal(err)
	}
	me.Units[0], record.Under[0].ID = fes, caseTwo
	g.Actor().Units[0], g.Resource().Under[0].ID = fes, caseTwo
	if g.Actor().Units[0] != rabat || g.Resource().Under[0].ID != taskOne {
		t.Error("the grant changed in its holder's hands")
	}
}

func TestGrantCannotBeMadeOutside(t *testing.T) {
	kind := reflect.TypeFor[policy.Grant]()
	for i := range kind.NumField() {
		if kind.Field(i).IsExported() {
			t.Errorf("field %s is exported", kind.Field(i).Name)
		}
	}
	var g policy.Grant
	v := reflect.ValueOf(&g).Elem()
	for i := range v.NumField() {
		if v.Field(i).CanSet() {
			t.Errorf("field %d can be set by reflection", i)
		}
	}
	if err := json.Unmarshal([]byte(`{"id":"x","at":"2026-03-02T12:00:00Z"}`), &g); err != nil || g.Valid(noon) == nil { //nolint:staticcheck // that nothing is decoded is what is tested
		t.Errorf("a decoded grant is valid (%v)", err)
	}
}

func TestForgingAGrantDoesNotCompile(t *testing.T) {
	out, err := exec.Command("go", "vet", "./testdata/forge").CombinedOutput()
	if err == nil {
		t.Fatal("testdata/forge compiles")
	}
	if !strings.Contains(string(out), "g.id undefined") {
		t.Errorf("it fails for another reason: %s", out)
	}
}

func TestBrokenGlassIsFlagged(t *testing.T) {
	s := newStation(t)
	p := policy.Purpose{Kind: policy.BreakGlass, Ref: ident.Ref{Kind: "case", ID: caseOne}, Reason: "child in danger"}
	g, err := s.Ask(t.Context(), chief, "cases.case.read", caseAt(caseOne, agdal), p)
	if err != nil || !g.BreakGlass() || !g.Reads() {
		t.Fatalf("%v, flagged %v, reads %v", err, g.BreakGlass(), g.Reads())
	}
}

func TestSystemGrantNamesProcessAndBasis(t *testing.T) {
	s := newStation(t)
	g, err := s.System("retention", "cases.retention.run", "CPP-40")
	if err != nil || g.Valid(noon) != nil {
		t.Fatal(err)
	}
	if g.System() != "retention" || g.Actor().Role != "system/retention" || g.Actor().ID != policy.SystemID("retention") || g.Purpose().String() != "basis/CPP-40:system/retention" {
		t.Errorf("got %+v", g)
	}
	if !g.MayAppend("cases.case.expired") || g.MayAppend("cases.case.opened") {
		t.Error("a process appends only what its action declares")
	}
}

func TestSystemIsNoBackDoor(t *testing.T) {
	s := newStation(t)
	for _, c := range []struct{ name, process, action, basis, want string }{
		{"an action of persons", "retention", "cases.case.open", "CPP-40", "policy.refused.system"},
		{"no such action", "retention", "cases.case.burn", "CPP-40", "policy.refused.unknown-action"},
		{"no name", "", "cases.retention.run", "CPP-40", "policy.refused.system"},
		{"a person's name", "Sgt Alaoui", "cases.retention.run", "CPP-40", "policy.refused.system"},
		{"no basis", "retention", "cases.retention.run", "", "policy.refused.purpose-malformed"},
		{"an unknown basis", "retention", "cases.retention.run", "CPP-41", "policy.refused.basis-unknown"},
	} {
		g, err := s.System(c.process, c.action, c.basis)
		if err == nil || fault.Of(err).Key != c.want || g.Valid(noon) == nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestSystemIDIsNoPersons(t *testing.T) {
	seen := map[ident.ID]bool{}
	for _, name := range []string{"retention", "seed", "import", "leaves", "index", "expiry"} {
		id := policy.SystemID(name)
		if _, err := ident.Parse(string(id)); err != nil || id[14] != '8' || !strings.ContainsRune("89ab", rune(id[19])) || seen[id] {
			t.Errorf("%s is %s: %v", name, id, err)
		}
		if seen[id] = true; id != policy.SystemID(name) {
			t.Errorf("%s has two identifiers", name)
		}
	}
}
