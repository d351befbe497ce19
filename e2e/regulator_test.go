package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/store"
)

// overseen are the guarded routes that a regulator's role opens: figures, what
// institutions declared, and one's own account.
var overseen = []string{"GET /regulator", "GET /regulator.json", "GET /trust/institutions", "GET /trust/institutions/{id}", "GET /account"}

// TestTheRegulatorOpensNoRecord asks for every guarded route as the regulator,
// under each purpose that opens it to somebody: what is not theirs is refused.
func TestTheRegulatorOpensNoRecord(t *testing.T) {
	h := newHouse(t)
	regulator := h.As(t, "regulator")
	tried := 0
	for _, r := range h.Server.Routes() {
		if r.Action == "" || r.Door != nil {
			continue
		}
		_, attempts := h.attempts(r)
		for _, a := range attempts[:min(len(attempts), 2)] {
			p := h.ask(regulator.Under(a.purpose).JSON(), r, a.path)
			mine := slices.Contains(overseen, r.Pattern) || strings.HasPrefix(r.Pattern, "POST /account/") || strings.HasPrefix(r.Action, "units.passkey.")
			if tried++; !mine && p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
				t.Errorf("%s under %q: %d", r.Pattern, a.purpose, p.Status)
			}
		}
	}
	if tried < 150 {
		t.Errorf("only %d requests", tried)
	}
	for _, pattern := range overseen {
		path := strings.TrimPrefix(pattern, "GET ")
		if !strings.Contains(path, "{") {
			if p := regulator.Get(path); p.Status != http.StatusOK {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
	}
}

// TestFiguresHoldNoPerson: neither what is public nor the regulator's view says
// a name, a card number or an id of an account of the demonstration.
func TestFiguresHoldNoPerson(t *testing.T) {
	h := newHouse(t)
	var secrets []string
	err := h.Reader.Each(t.Context(), "select a.id, a.person, p.cnie from citizens_accounts a join index_persons p on p.id = a.person", nil, func(scan store.Scan) error {
		var id, person, cnie string
		err := scan(&id, &person, &cnie)
		secrets = append(secrets, id, person, cnie)
		return err
	})
	if err != nil || len(secrets) == 0 {
		t.Fatal(secrets, err)
	}
	stranger, regulator := h.Stranger(t), h.As(t, "regulator")
	for _, body := range [][]byte{stranger.Get("/status").Body, stranger.Get("/status.json").Body, regulator.Get("/regulator").Body, regulator.Get("/regulator.json").Body} {
		for _, s := range secrets {
			if s != "" && strings.Contains(string(body), s) {
				t.Errorf("%q is in the figures", s)
			}
		}
	}
	var f struct {
		Format string
		Step   int64
		Days   []struct {
			SignIns *int64 `json:"sign_ins"`
		}
	}
	if err := json.Unmarshal(stranger.JSON().Get("/status").Body, &f); err != nil || f.Format != "amana-figures/v1" || f.Step != 5 || len(f.Days) != 30 {
		t.Errorf("%+v %v", f, err)
	}
}
