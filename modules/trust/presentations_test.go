package trust

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// shelf keeps what is asked of wallets; the module that keeps proofs does it
// for real, which e2e shows.
type shelf struct {
	asked []Presentation
	shown map[string]any
}

func (s *shelf) Ask(_ context.Context, p Presentation) (id, link string, until time.Time, err error) {
	if slices.Contains(p.Attributes, "age_over_18") && slices.Contains(p.Attributes, "birthdate") {
		return "", "", until, fault.New(fault.Invalid, "form.choose")
	}
	s.asked = append(s.asked, p)
	return "request-1", "openid4vp://?x=1", time.Now().Add(time.Minute), nil
}

func (s *shelf) Answer(_ context.Context, by ident.ID, id string) (string, map[string]any, error) {
	if len(s.asked) == 0 || by != s.asked[0].By || id != "request-1" {
		return "over", nil, nil
	}
	return "shown", s.shown, nil
}

// TestAnInstitutionAsksToBeShownAProof: within its ceiling, by its own program,
// for what it registered; what is shown is in the citizen's log and in the count.
func TestAnInstitutionAsksToBeShownAProof(t *testing.T) {
	h := newHouse(t)
	x := &shelf{shown: map[string]any{"sex": "female", "birthdate": "1990-05-17"}}
	b, other, sandbox := h.newBank("bank.example", false), h.newBank("other.example", false), h.newBank("sandbox.example", true)
	access := b.program(provider.ScopePresentation)
	ask := func(b *bank, access string, attributes ...string) answer {
		return b.manages(access, "POST", pathPresentations, map[string]any{"attributes": attributes})
	}
	if a := ask(b, access, "birthdate"); a.status != http.StatusNotFound {
		t.Errorf("where there are no proofs: %d", a.status)
	}
	h.Presentations = x
	for name, c := range map[string]struct {
		a      answer
		status int
		words  string
	}{
		"above the ceiling": {ask(b, access, "national_id"), 400, "above the registered ceiling: national_id"},
		"nothing":           {ask(b, access), 400, "say which"},
		"an area":           {ask(b, access, residentOf), 400, "no proof says this"},
		"unknown":           {ask(b, access, "shoe_size"), 400, "no proof says this"},
		"no one proof":      {ask(b, access, "age_over_18", "birthdate"), 400, "no one proof"},
		"a sandbox":         {ask(sandbox, sandbox.program(provider.ScopePresentation), "birthdate"), 403, "sandbox"},
		"another scope":     {ask(b, b.program(provider.ScopeManageSignals), "birthdate"), 403, "insufficient_scope"},
		"no JSON":           {b.manages(access, "POST", pathPresentations, "x"), 400, "JSON"},
	} {
		if c.a.status != c.status || !strings.Contains(c.a.raw, c.words) {
			t.Errorf("%s: %d %s", name, c.a.status, c.a.raw)
		}
	}
	if c, err := h.Count(t.Context(), b.id); err != nil || c.Above != 1 {
		t.Errorf("%+v %v", c, err)
	}
	a := ask(b, access, "birthdate", "family_name")
	if a.status != http.StatusCreated || a.body["request"] == "" || len(x.asked) != 1 || x.asked[0].By != b.id || x.asked[0].Purpose[2] != "opening an account at a distance" {
		t.Fatalf("%d %s %+v", a.status, a.raw, x.asked)
	}
	if a := b.manages(access, "GET", pathPresentations+"/request-1", nil); a.status != http.StatusOK || sprint(a.body["attributes"]) != `{"birthdate":"1990-05-17","gender":"female"}` {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := other.manages(other.program(provider.ScopePresentation), "GET", pathPresentations+"/request-1", nil); a.body["status"] != "over" || a.body["attributes"] != nil {
		t.Errorf("another is told: %s", a.raw)
	}
	citizen, person, _ := h.citizen(nil)
	h.must(h.Presented(t.Context(), b.id, citizen, person, []string{"sex", "birthdate"}))
	if c, err := h.Count(t.Context(), b.id); err != nil || c.Released != 1 {
		t.Errorf("%+v %v", c, err)
	}
	if l := h.citizens.lines; len(l) != 1 || l[0].Result != "released" || !slices.Equal(l[0].Attributes, []string{"birthdate", "gender"}) || l[0].By != b.id {
		t.Errorf("%+v", l)
	}
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "it asks what it may not"))
	if err := h.Presented(t.Context(), b.id, citizen, person, []string{"birthdate"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a suspended institution is shown a proof: %v", err)
	}
	h.sound()
}
