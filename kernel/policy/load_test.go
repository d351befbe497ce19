package policy_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/policy"
)

func TestNewNeedsEveryHook(t *testing.T) {
	for name, remove := range map[string]func(*policy.Hooks){
		"Recorder": func(h *policy.Hooks) { h.Recorder = nil },
		"Units":    func(h *policy.Hooks) { h.Units = nil },
		"Active":   func(h *policy.Hooks) { h.Active = nil },
		"Holds":    func(h *policy.Hooks) { h.Holds = nil },
		"Basis":    func(h *policy.Hooks) { h.Basis = nil },
		"Clock":    func(h *policy.Hooks) { h.Clock = nil },
	} {
		hooks := newStation(t).hooks()
		remove(&hooks)
		if _, err := policy.New([]policy.Module{casesModule(t)}, hooks); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// replace changes one piece of a file, and fails if it is not there.
func replace(t *testing.T, in []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(in, []byte(old)) {
		t.Fatalf("%q is not in the fixture", old)
	}
	return bytes.Replace(in, []byte(old), []byte(new), 1)
}

// Each case spoils the sound module in one point.
func TestNewRefusesUnsoundModules(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*testing.T, *policy.Module)
		want  string
	}{
		"policy that is no Cedar": {func(_ *testing.T, m *policy.Module) { m.Cedar = []byte("permit everything") }, "cases"},
		"misspelt attribute": {func(t *testing.T, m *policy.Module) {
			m.Cedar = replace(t, m.Cedar, "resource.sealed", "resource.saeled")
		}, "saeled"},
		"unguarded optional attribute": {func(t *testing.T, m *policy.Module) {
			m.Cedar = replace(t, m.Cedar, "resource has until && ", "")
		}, "until"},
		"policy for an unknown action": {func(t *testing.T, m *policy.Module) {
			m.Cedar = replace(t, m.Cedar, `Action::"cases.case.close"`, `Action::"cases.case.shut"`)
		}, "cases.case.shut"},
		"another type in a comparison": {func(t *testing.T, m *policy.Module) {
			m.Cedar = append(m.Cedar, []byte(`forbid (principal, action == Action::"cases.case.read", resource) when { resource.level == "1" };`)...)
		}, "compat"},
		"schema that is no schema": {func(_ *testing.T, m *policy.Module) { m.Schema = []byte("entity") }, "cases"},
		"redeclared actor": {func(_ *testing.T, m *policy.Module) {
			m.Schema = append(m.Schema, []byte("entity Actor in [Unit] { id: String, unit: Unit, role: String, capacity: String, demo: Bool, rank: String };")...)
		}, "is the kernel's"},
		"redeclared context": {func(_ *testing.T, m *policy.Module) {
			m.Schema = append(m.Schema, []byte("type Context = { purpose: { kind: String, ref: String, basis: String }, now: Long };")...)
		}, "is the kernel's"},
		"namespace": {func(_ *testing.T, m *policy.Module) {
			m.Schema = append(m.Schema, []byte("namespace Other { entity Thing; }")...)
		}, "namespace"},
		"record without a unit": {func(t *testing.T, m *policy.Module) {
			m.Cedar = []byte(strings.ReplaceAll(string(m.Cedar), "resource.unit", "principal.unit"))
			m.Schema = replace(t, m.Schema, "unit: Unit,", "")
		}, "unit: Unit"},
		"unit that is text": {func(t *testing.T, m *policy.Module) {
			m.Cedar = []byte(strings.ReplaceAll(string(m.Cedar), "resource.unit", "principal.unit"))
			m.Schema = replace(t, m.Schema, "unit: Unit,", "unit: String,")
		}, "unit: Unit"},
		"unit that may be absent": {func(t *testing.T, m *policy.Module) {
			m.Cedar = []byte(strings.ReplaceAll(string(m.Cedar), "resource.unit", "principal.unit"))
			m.Schema = replace(t, m.Schema, "unit: Unit,", "unit?: Unit,")
		}, "unit: Unit"},
		"other context": {func(t *testing.T, m *policy.Module) {
			m.Schema = []byte(strings.ReplaceAll(string(m.Schema), "context: Context,", "context: {},"))
			m.Cedar = []byte(strings.NewReplacer("context.purpose.kind == \"break-glass\"", "true", "context.now < resource.until", "true").Replace(string(m.Cedar)))
		}, "context"},
		"other resource type": {func(_ *testing.T, m *policy.Module) { m.Actions[2].Resource = "case" }, "Case"},
		"action not in the schema": {func(_ *testing.T, m *policy.Module) {
			m.Actions = append(m.Actions, policy.Action{Name: "cases.case.burn", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}})
		}, "cases.case.burn"},
		"action not listed":        {func(_ *testing.T, m *policy.Module) { m.Actions = m.Actions[1:] }, "cases.case.read"},
		"action of another module": {func(_ *testing.T, m *policy.Module) { m.Name = "lab" }, "lab."},
		"action listed twice":      {func(_ *testing.T, m *policy.Module) { m.Actions = append(m.Actions, m.Actions[0]) }, "twice"},
		"action that nobody may perform": {func(t *testing.T, m *policy.Module) {
			m.Cedar = replace(t, m.Cedar, `permit (principal, action == Action::"cases.person.search"`, `forbid (principal, action == Action::"cases.person.search"`)
		}, "no policy permits it"},
		"action without a purpose":     {func(_ *testing.T, m *policy.Module) { m.Actions[2].Purposes = nil }, "no purpose"},
		"action of an unknown purpose": {func(_ *testing.T, m *policy.Module) { m.Actions[2].Purposes = []policy.PurposeKind{"curiosity"} }, "curiosity"},
		"break-glass as an ordinary purpose": {func(_ *testing.T, m *policy.Module) {
			m.Actions[2].Purposes = []policy.PurposeKind{policy.BreakGlass}
		}, "break-glass"},
	} {
		m := casesModule(t)
		c.spoil(t, &m)
		if _, err := policy.New([]policy.Module{m}, newStation(t).hooks()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestModulesDoNotShareActions(t *testing.T) {
	m := casesModule(t)
	if _, err := policy.New([]policy.Module{m, m}, newStation(t).hooks()); err == nil {
		t.Error("two modules declare the same actions")
	}
}

// A policy of one module says nothing about another's records.
func TestModulesAreDecidedApart(t *testing.T) {
	other := listModule(t, "permit (principal, action, resource);")
	other.Name = "lab"
	other.Schema = []byte(strings.ReplaceAll(string(other.Schema), `"cases.`, `"lab.`))
	for i := range other.Actions {
		other.Actions[i].Name = "lab" + strings.TrimPrefix(other.Actions[i].Name, "cases")
	}
	s := newStation(t, casesModule(t), other)
	sealed := with(caseAt(caseOne, agdal), "sealed", true)
	if s.Can(t.Context(), investigator, "cases.case.read", sealed, forCase(caseOne)) {
		t.Error("the other module's permit opens a sealed case")
	}
	if !s.Can(t.Context(), investigator, "lab.case.read", sealed, forCase(caseOne)) {
		t.Error("the other module's own permit does not hold")
	}
}

func TestSchemaMayBeJSON(t *testing.T) {
	m := policy.Module{
		Name:  "lab",
		Cedar: []byte(`permit (principal, action, resource) when { resource.unit == principal.unit };`),
		Schema: []byte(`{"": {"entityTypes": {"CustodyEntry": {"shape": {"type": "Record", "attributes": {"unit": {"type": "Entity", "name": "Unit"}}}}},
			"actions": {"lab.sample.read": {"appliesTo": {"principalTypes": ["Actor"], "resourceTypes": ["CustodyEntry"], "context": {"type": "Context"}}}}}}`),
		Actions: []policy.Action{{Name: "lab.sample.read", Resource: "custody-entry", Purposes: []policy.PurposeKind{policy.Case}, Binds: policy.BindActor}},
	}
	s := newStation(t, m)
	sample := caseAt(caseOne, rabat)
	sample.Ref.Kind, sample.Attrs = "custody-entry", nil
	if !s.Can(t.Context(), investigator, "lab.sample.read", sample, forCase(caseOne)) {
		t.Error("a JSON schema and a hyphenated kind")
	}
	if sample.Unit = fes; s.Can(t.Context(), investigator, "lab.sample.read", sample, forCase(caseOne)) {
		t.Error("another unit's sample")
	}
}

func TestActionsCanBeLookedUp(t *testing.T) {
	s := newStation(t)
	if a, ok := s.Action("cases.case.close"); !ok || !a.Reason {
		t.Errorf("got %+v", a)
	}
	if _, ok := s.Action("cases.case.burn"); ok {
		t.Error("an unknown action is known")
	}
}
