package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/policy"
)

// TestAScreenLeftOpenDecidesNothing: an administrator who signed in a while ago
// is asked to prove again that it is they before an officer is suspended, goes
// on in the same session, and is not asked for what wants no fresh proof.
func TestAScreenLeftOpenDecidesNothing(t *testing.T) {
	h := newHouse(t)
	admin := h.As(t, "administrator")
	var officer string
	if err := h.Reader.Row(t.Context(), "select min(id) from units_officers", nil, &officer); err != nil {
		t.Fatal(err)
	}
	suspend := "/officers/" + officer + "/suspend"
	if p := admin.Get(suspend); p.Status != http.StatusOK {
		t.Fatalf("just signed in: %d", p.Status)
	}
	h.Clock.Set(h.Clock.Now().Add(policy.FreshFor + time.Minute))
	if p := admin.Get("/units"); p.Status != http.StatusOK {
		t.Errorf("a page that wants no proof: %d", p.Status)
	}
	for name, p := range map[string]string{"the form": admin.Get(suspend).Header.Get("Location"), "what the form sends": admin.Post(suspend, url.Values{"reason": {"test"}}).Header.Get("Location")} {
		if !strings.HasPrefix(p, "/session/prove?return=") {
			t.Errorf("%s leads to %q", name, p)
		}
	}
	prove := admin.Get("/session/prove?return=" + url.QueryEscape(suspend))
	if prove.Status != http.StatusOK {
		t.Fatal(prove.Status)
	}
	if p := admin.Post("/demo/sign-in", url.Values{"as": {"administrator"}, "return": {suspend}}); p.Header.Get("Location") != suspend {
		t.Errorf("the proof leads to %q", p.Header.Get("Location"))
	}
	if p := admin.Get(suspend); p.Status != http.StatusOK {
		t.Errorf("proved: %d", p.Status)
	}
	if p := h.Stranger(t).Get("/session/prove"); !strings.HasPrefix(p.Header.Get("Location"), "/session/new") {
		t.Errorf("a stranger is led to %q", p.Header.Get("Location"))
	}
}

// TestWhatWantsAFreshProof names the acts that decide much: a mark that is lost
// is found here.
func TestWhatWantsAFreshProof(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{
		"units.officer.suspend", "units.officer.post", "units.capacity.appoint", "units.code.issue", "units.suspension.lift",
		"cases.case.seal", "cases.review.approve", "cases.dossier.hand-over", "cases.dossier.decide", "cases.measure.order", "register.extension.decide",
		"inspection.record.hold", "inspection.record.lift", app.CloseAction, "trust.institution.approve", "trust.institution.suspend", "trust.institution.resume",
		"citizens.account.recover", "citizens.delay.order", "citizens.delay.confirm",
	} {
		if a, ok := h.Policy.Action(name); !ok || !a.Fresh {
			t.Errorf("%s wants no fresh proof", name)
		}
	}
}
