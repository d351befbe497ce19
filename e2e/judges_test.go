package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestAJudgeOpensNothingElse asks for every guarded route as a judge, under each
// purpose that opens it to somebody and under the case that is before them: beside
// who serves where and their own account they open what waits for them, and no
// record of others.
func TestAJudgeOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	for role, theirs := range map[string][]string{
		"investigating-judge": {"GET /inbox", "GET /prosecution/custody"}, "first-president": {"GET /inbox"},
	} {
		judge, own, tried := h.As(t, role), "", 0
		for to := range judge.Get("/inbox").Links() { // by way of choosing the case as the purpose
			if u, err := url.Parse(to); err == nil && strings.HasPrefix(u.Query().Get("return"), "/measures/") {
				own = u.Query().Get("purpose")
			}
		}
		if own == "" {
			t.Fatalf("nothing waits for the %s", role)
		}
		for _, r := range h.Server.Routes() {
			if r.Action == "" || r.Door != nil || slices.Contains(theirs, r.Pattern) || strings.HasPrefix(r.Action, "units.") && strings.HasPrefix(r.Pattern, "GET /") || strings.Contains(r.Pattern, " /account") {
				continue
			}
			_, attempts := h.attempts(r)
			for _, a := range attempts[:min(len(attempts), 2)] {
				for _, purpose := range []string{a.purpose, own} {
					tried++
					if p := h.ask(judge.Under(purpose).JSON(), r, a.path); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
						t.Errorf("%s opens %s under %q: %d", role, r.Pattern, purpose, p.Status)
					}
				}
			}
		}
		if tried < 150 {
			t.Errorf("only %d requests", tried)
		}
		for _, path := range append(theirs, "GET /account") {
			if p := h.As(t, role).Get(strings.TrimPrefix(path, "GET ")); p.Status != http.StatusOK {
				t.Errorf("%s, %s: %d", role, path, p.Status)
			}
		}
	}
}
