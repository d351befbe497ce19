package policy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// question is one call of Ask and the key it must be refused with, "" to be granted.
type question struct {
	name     string
	actor    policy.Actor
	action   string
	resource policy.Resource
	purpose  policy.Purpose
	want     string
}

// questions holds each refusal beside the permitted question it differs from
// in one point, so that removing a check turns a refusal into a grant.
func questions() []question {
	one := caseAt(caseOne, agdal)
	desk := policy.Resource{Unit: rabat}
	law := policy.Purpose{Kind: policy.Basis, Basis: "CPP-40"}
	because := forCase(caseOne)
	because.Reason = "prescribed"
	glass := policy.Purpose{Kind: policy.BreakGlass, Ref: one.Ref, Reason: "child in danger"}
	mute, elsewhere := glass, glass
	mute.Reason, elsewhere.Ref.ID = "  ", caseTwo
	task := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: taskOne}}
	read, end := "cases.case.read", "cases.case.close"
	return []question{
		{"the unit's own", investigator, read, one, forCase(caseOne), ""},
		{"nobody", policy.Actor{}, read, one, forCase(caseOne), "policy.refused.nobody"},
		{"unknown action", investigator, "cases.case.burn", one, forCase(caseOne), "policy.refused.unknown-action"},
		{"a record of another kind", investigator, read, policy.Resource{Ref: ident.Ref{Kind: "person", ID: caseOne}, Unit: agdal, Attrs: one.Attrs}, forCase(caseOne), "policy.refused.resource"},
		{"no record", investigator, read, policy.Resource{Unit: agdal, Attrs: one.Attrs, Under: []ident.Ref{one.Ref}}, forCase(caseOne), "policy.refused.resource"},
		{"no purpose", investigator, read, one, policy.Purpose{}, "policy.refused.purpose-missing"},
		{"half a purpose", investigator, read, one, policy.Purpose{Kind: policy.Case}, "policy.refused.purpose-malformed"},
		{"a purpose of no kind", investigator, read, one, policy.Purpose{Kind: "curiosity", Ref: one.Ref}, "policy.refused.purpose-malformed"},
		{"a case dressed as a task", investigator, read, one, policy.Purpose{Kind: policy.Task, Ref: one.Ref}, "policy.refused.purpose-malformed"},
		{"a reason no journal takes", investigator, read, one, policy.Purpose{Kind: policy.Case, Ref: one.Ref, Reason: "a\x00b"}, "policy.refused.purpose-malformed"},
		{"a kind not admitted", investigator, read, one, law, "policy.refused.purpose-kind"},
		{"the wrong case", investigator, read, one, forCase(caseTwo), "policy.refused.purpose-other-case"},
		{"a task it lies under", investigator, read, one, task, ""},
		{"that task, for a record not under it", investigator, read, policy.Resource{Ref: one.Ref, Unit: agdal, Attrs: one.Attrs}, task, "policy.refused.purpose-other-case"},
		{"another's case", stranger, read, caseAt(caseOne, fes), forCase(caseOne), "policy.refused.purpose-not-yours"},
		{"their case", stranger, read, caseAt(caseTwo, fes), forCase(caseTwo), ""},
		{"their case, of another unit", stranger, read, caseAt(caseTwo, agdal), forCase(caseTwo), "policy.refused.policy"},
		{"… but assigned", stranger, read, with(caseAt(caseTwo, agdal), "assigned", []string{string(stranger.ID)}), forCase(caseTwo), ""},
		{"a unit above one's own", investigator, read, caseAt(caseOne, national), forCase(caseOne), "policy.refused.policy"},
		{"sealed", investigator, read, with(one, "sealed", true), forCase(caseOne), "policy.refused.policy"},
		{"no reason", investigator, end, one, forCase(caseOne), "policy.refused.reason-missing"},
		{"a reason", investigator, end, one, because, ""},
		{"an article", investigator, "cases.case.open", desk, law, ""},
		{"no article of ours", investigator, "cases.case.open", desk, policy.Purpose{Kind: policy.Basis, Basis: "CPP-41"}, "policy.refused.basis-unknown"},
		{"a search for any of one's cases", investigator, "cases.person.search", desk, forCase(caseTwo), ""},
		{"a search for another's case", stranger, "cases.person.search", policy.Resource{Unit: fes}, forCase(caseOne), "policy.refused.purpose-not-yours"},
		{"glass broken", chief, read, one, glass, ""},
		{"… by one who may not", stranger, read, one, glass, "policy.refused.policy"},
		{"… without a reason", chief, read, one, mute, "policy.refused.reason-missing"},
		{"… for another record", chief, read, one, elsewhere, "policy.refused.purpose-other-case"},
		{"… where it may not be broken", chief, end, one, glass, "policy.refused.break-glass"},
		{"an exception that runs", prosecutor, read, with(one, "until", noon.Add(time.Hour).UnixMicro()), forCase(caseOne), ""},
		{"an exception that ended", prosecutor, read, with(one, "until", noon.UnixMicro()), forCase(caseOne), "policy.refused.policy"},
		{"an attribute forgotten", investigator, read, policy.Resource{Ref: one.Ref, Unit: agdal}, forCase(caseOne), "policy.refused.evaluation"},
		{"an attribute of another type", investigator, read, with(one, "sealed", "true"), forCase(caseOne), "policy.refused.evaluation"},
		{"an attribute of no type", investigator, read, with(one, "level", 1.5), forCase(caseOne), "policy.refused.evaluation"},
		{"an attribute too many", investigator, read, with(one, "secret", true), forCase(caseOne), "policy.refused.evaluation"},
		{"only for processes", investigator, "cases.retention.run", desk, law, "policy.refused.purpose-kind"},
	}
}

func TestAskGrantsAndRefuses(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			s := newStation(t)
			grant, err := s.Ask(t.Context(), q.actor, q.action, q.resource, q.purpose)
			if can := s.Can(t.Context(), q.actor, q.action, q.resource, q.purpose); can != (q.want == "") {
				t.Errorf("Can says %v", can)
			}
			if q.want == "" {
				if err != nil || grant.Valid(noon) != nil || len(s.register.kept) != 0 {
					t.Fatalf("refused: %v, recorded %v", err, s.register.kept)
				}
				return
			}
			if got := fault.Of(err); got.Key != q.want {
				t.Fatalf("got %v, want %s", got, q.want)
			}
			if grant.Valid(noon) == nil || grant.ID() != "" {
				t.Error("a refused question has a grant")
			}
			checkRecorded(t, s.register.kept, q)
		})
	}
}

// checkRecorded wants exactly one refusal (of Ask; Can leaves none) that says
// what was asked and holds no attribute.
func checkRecorded(t *testing.T, kept []policy.Refusal, q question) {
	t.Helper()
	purpose := q.purpose
	if q.want == "policy.refused.purpose-malformed" {
		purpose = policy.Purpose{}
	}
	want := []policy.Refusal{{
		Actor: q.actor, Action: q.action, Purpose: purpose, Reason: q.want, At: noon,
		Resource: policy.Resource{Ref: q.resource.Ref, Under: q.resource.Under, Unit: q.resource.Unit},
	}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestSuspendedActorIsRefusedEverywhere(t *testing.T) {
	s := newStation(t)
	s.suspended[investigator.ID] = true
	_, asked := s.Ask(t.Context(), investigator, "cases.case.read", caseAt(caseOne, agdal), forCase(caseOne))
	_, filtered := s.Filter(t.Context(), investigator, "cases.case.read", forCase(caseOne), columns)
	for _, err := range []error{asked, filtered} {
		if fault.Of(err).Key != "policy.refused.suspended" || !fault.Is(err, fault.Refused) {
			t.Errorf("got %v", err)
		}
	}
	if s.Can(t.Context(), investigator, "cases.case.read", caseAt(caseOne, agdal), forCase(caseOne)) {
		t.Error("Can lets a suspended actor through")
	}
	if len(s.register.kept) != 2 {
		t.Errorf("%d refusals recorded, want those of Ask and Filter", len(s.register.kept))
	}
}

func TestRefusalStandsWhenItCannotBeRecorded(t *testing.T) {
	s := newStation(t)
	s.register.err = errors.New("disk full")
	grant, err := s.Ask(t.Context(), stranger, "cases.case.read", caseAt(caseTwo, agdal), forCase(caseTwo))
	if !fault.Is(err, fault.Unavailable) || !errors.Is(err, s.register.err) || grant.Valid(noon) == nil {
		t.Fatalf("got %v, grant %v", err, grant.Valid(noon))
	}
}

func TestRefusalSaysWhoMayAllow(t *testing.T) {
	s := newStation(t)
	_, err := s.Ask(t.Context(), stranger, "cases.case.read", caseAt(caseTwo, agdal), forCase(caseTwo))
	f := fault.Of(err)
	if f.Args["who"] != "brigade-chief" || f.Args["action"] != "cases.case.read" {
		t.Errorf("args %v", f.Args)
	}
	_, err = s.Ask(t.Context(), policy.Actor{}, "cases.case.read", caseAt(caseTwo, agdal), forCase(caseTwo))
	if !fault.Is(err, fault.SignIn) {
		t.Errorf("nobody is told %v, not to sign in", err)
	}
}

func TestAdministratorReadsNoRecord(t *testing.T) {
	s := newStation(t)
	for _, unit := range []ident.ID{national, rabat, agdal, fes} {
		for _, p := range []policy.Purpose{forCase(caseOne), {Kind: policy.BreakGlass, Ref: ident.Ref{Kind: "case", ID: caseOne}, Reason: "maintenance"}} {
			if s.Can(t.Context(), administrator, "cases.case.read", caseAt(caseOne, unit), p) {
				t.Errorf("the administrator reads a case of %s for %s", unit, p)
			}
		}
	}
	law := policy.Purpose{Kind: policy.Basis, Basis: "CPP-40"}
	if !s.Can(t.Context(), administrator, "cases.settings.change", policy.Resource{Unit: national}, law) {
		t.Error("the administrator cannot administer")
	}
	pred, err := s.Filter(t.Context(), administrator, "cases.case.read", forCase(caseOne), columns)
	if err != nil {
		t.Fatal(err)
	}
	db := newTable(t)
	db.insert(t, caseAt(caseOne, national))
	if got := db.list(t, pred); len(got) != 0 {
		t.Errorf("the administrator lists %v", got)
	}
}

// An erroring forbid is skipped by Cedar; here it refuses.
func TestEvaluationErrorRefuses(t *testing.T) {
	m := casesModule(t)
	m.Cedar = append(m.Cedar, []byte(`forbid (principal, action == Action::"cases.case.read", resource) when { resource.level * 9223372036854775807 > 0 };`)...)
	s := newStation(t, m)
	ask := func(level int64) string {
		_, err := s.Ask(t.Context(), investigator, "cases.case.read", with(caseAt(caseOne, agdal), "level", level), forCase(caseOne))
		if err == nil {
			return ""
		}
		return fault.Of(err).Key
	}
	if got := ask(0); got != "" {
		t.Errorf("without an error: %s", got)
	}
	if got := ask(2); got != "policy.refused.evaluation" {
		t.Errorf("overflow in a forbid: %q", got)
	}
}

func TestUnitsAreReadUpward(t *testing.T) {
	m := casesModule(t)
	m.Cedar = append(m.Cedar, []byte(`permit (principal in Unit::"`+string(national)+`", action == Action::"cases.case.read", resource) when { principal.unit in resource.unit };`)...)
	s := newStation(t, m)
	low := actor('7', agdal, "clerk", "")
	for unit, want := range map[ident.ID]bool{national: true, rabat: true, agdal: true, fes: false} {
		if got := s.Can(t.Context(), low, "cases.case.read", caseAt(caseOne, unit), forCase(caseOne)); got != want {
			t.Errorf("a clerk of Agdal reads a case of %s: %v", unit, got)
		}
	}
}

// TestFreshActsWantAFreshProof: who is signed in and may is asked to prove
// again who they are, and nothing is recorded of it; who may not is refused
// whatever they prove.
func TestFreshActsWantAFreshProof(t *testing.T) {
	h := newStation(t)
	one, because := caseAt(caseOne, agdal), forCase(caseOne)
	because.Reason = "prescribed"
	ask := func(who policy.Actor, ago time.Duration, session string) error {
		who.Session, who.Proved = session, h.clock.Now().Add(-ago)
		_, err := h.Ask(t.Context(), who, "cases.case.close", one, because)
		return err
	}
	if err := ask(investigator, policy.FreshFor, "s"); err != nil {
		t.Errorf("just in time: %v", err)
	}
	before := len(h.register.kept)
	if err := ask(investigator, policy.FreshFor+time.Second, "s"); fault.Of(err).Key != policy.KeyProve || fault.Of(err).Kind != fault.SignIn {
		t.Errorf("a second too late: %v", err)
	}
	if err := ask(investigator, 24*time.Hour, ""); err != nil {
		t.Errorf("before no screen: %v", err)
	}
	if len(h.register.kept) != before {
		t.Error("a proof that is due stands in the journal as a refusal")
	}
	if err := ask(stranger, time.Hour, "s"); !fault.Is(err, fault.Refused) {
		t.Errorf("who may not: %v", err)
	}
	late := investigator
	late.Session = "s"
	if !h.Can(t.Context(), late, "cases.case.close", one, because) {
		t.Error("the page does not offer what a proof would allow")
	}
}
