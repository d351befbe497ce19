package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestAJudgeOpensNothingElse asks for every guarded route as a judge, under each
// purpose that opens it to somebody: beside who serves where and their own account
// they open what waits for them, and no record of others.
func TestAJudgeOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	for role, theirs := range map[string][]string{
		"investigating-judge": {"GET /inbox", "GET /prosecution/custody"}, "first-president": {"GET /inbox"},
	} {
		judge, tried := h.As(t, role), 0
		for _, r := range h.Server.Routes() {
			if r.Action == "" || r.Door != nil || slices.Contains(theirs, r.Pattern) || strings.HasPrefix(r.Action, "units.") && strings.HasPrefix(r.Pattern, "GET /") || strings.Contains(r.Pattern, " /account") {
				continue
			}
			_, attempts := h.attempts(r)
			for _, a := range attempts[:min(len(attempts), 2)] {
				tried++
				if p := h.ask(judge.Under(a.purpose).JSON(), r, a.path); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
					t.Errorf("%s opens %s under %q: %d", role, r.Pattern, a.purpose, p.Status)
				}
			}
		}
		if tried < 150 {
			t.Errorf("only %d requests", tried)
		}
		for _, path := range append(theirs, "GET /account") {
			if p := judge.Get(strings.TrimPrefix(path, "GET ")); p.Status != http.StatusOK {
				t.Errorf("%s, %s: %d", role, path, p.Status)
			}
		}
		led := h.As(t, role).Get("/inbox").Links() // by way of choosing the case as the purpose
		if !slices.ContainsFunc(slices.Collect(maps.Keys(led)), func(to string) bool { return strings.HasPrefix(to, "/purpose?") && strings.Contains(to, "measures") }) {
			t.Errorf("nothing waits for the %s: %v", role, led)
		}
	}
}
