package plates_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/plates"
)

// letters name the people of the tests in the table of who may: each under
// the own duty, and the inspector under a legal basis as B.
var letters = []struct{ letter, name string }{
	{"D", "desk"}, {"O", "opj"}, {"S", "second"}, {"A", "agent"}, {"C", "chief"}, {"P", "prosecutor"}, {"I", "inspector"}, {"T", "administrator"}, {"B", "inspector"},
}

// may lists who may do something to a record.
func (h *house) may(action string, ref ident.Ref) string {
	h.t.Helper()
	var out strings.Builder
	for _, x := range letters {
		var purpose []policy.Purpose
		if x.letter == "B" {
			purpose = []policy.Purpose{{Kind: policy.Basis, Basis: "L09-08-3"}}
		}
		if _, err := h.at(x.name, action, ref, purpose...); err == nil {
			out.WriteString(x.letter)
		}
	}
	return out.String()
}

// sampled draws a sample of a camera.
func (h *house) sampled() ident.Ref {
	h.t.Helper()
	h.week(1)
	h.nextWeek()
	_, err := h.DrawSamples(ctx)
	h.must(err)
	x, err := h.ToKey(ctx, h.who["agent"])
	h.must(err)
	return ident.Ref{Kind: plates.KindSample, ID: x.ID}
}

// TestWhoMayDoWhat is the whole table: who lists and ends, who decides on
// hits, who keeps cameras, who looks. No action is left out, and nobody does
// what the module does by itself.
func TestWhoMayDoWhat(t *testing.T) {
	h := newHouse(t)
	x, e, c := h.hit()
	ofChief, err := h.enter("chief", h.wish("1-A-1"))
	h.must(err)
	sample := h.sampled()
	type row struct {
		action string
		ref    ident.Ref
		who    string
	}
	rows := []row{
		{"plates.list.open", ident.Ref{}, "DOSACPB"}, {"plates.entry.list", e.Ref(), "DOSACPB"}, {"plates.entry.read", e.Ref(), "DOSACPB"},
		{"plates.entry.enter", ident.Ref{}, "OSC"}, {"plates.entry.import", ident.Ref{}, "OSC"}, {"plates.entry.renew", e.Ref(), "OSC"}, {"plates.entry.cancel", e.Ref(), "OSC"},
		{"plates.entry.contest", e.Ref(), "DOSAC"}, {"plates.contest.decide", e.Ref(), "CP"}, {"plates.contest.decide", ofChief.Ref(), "P"},
		{"plates.desk.open", ident.Ref{}, "DOSACB"}, {"plates.hit.list", x.Ref(), "DB"}, {"plates.hit.read", x.Ref(), "DB"},
		{"plates.hit.confirm", x.Ref(), "D"}, {"plates.hit.reject", x.Ref(), "D"}, {"plates.hit.task", x.Ref(), "D"}, {"plates.hit.close", x.Ref(), "D"},
		{"plates.camera.open", ident.Ref{}, "DOSACITB"}, {"plates.camera.list", c.Ref(), "DOSACITB"}, {"plates.camera.read", c.Ref(), "DOSACITB"},
		{"plates.camera.register", ident.Ref{}, "T"}, {"plates.camera.amend", c.Ref(), "T"}, {"plates.camera.key", c.Ref(), "T"}, {"plates.camera.retire", c.Ref(), "T"},
		{"plates.alerts.suspend", c.Ref(), "T"}, {"plates.alerts.restore", c.Ref(), "T"},
		{"plates.reads.search", ident.Ref{}, ""}, {"plates.audit.open", ident.Ref{}, "B"}, {"plates.figures.open", ident.Ref{}, "DOSACPITB"},
		{"plates.sample.open", ident.Ref{}, "DOSACIB"}, {"plates.sample.key", sample, "DOSACIB"},
	}
	for _, r := range rows {
		if got := h.may(r.action, r.ref); got != r.who {
			t.Errorf("%s: %q may, want %q", r.action, got, r.who)
		}
	}
	for _, a := range plates.PolicyModule().Actions {
		if a.System {
			if got := h.may(a.Name, ident.Ref{}); got != "" {
				t.Errorf("%s is the module's own, and %q may", a.Name, got)
			}
			continue
		}
		if !slices.ContainsFunc(rows, func(r row) bool { return r.action == a.Name }) {
			t.Errorf("nothing says who may do %s", a.Name)
		}
	}
}

// TestTheTerritoryOfADesk: hits are read and decided on, and alerts suspended
// by a chief, for cameras of one's own unit, below it and above it, and no
// others; only the administrator lets a camera alert again.
func TestTheTerritoryOfADesk(t *testing.T) {
	h := newHouse(t)
	for i, c := range []struct{ unit, hits, alerts, reads string }{
		{"KEN-01", "D", "T", "DB"}, {"KEN-VILLE", "DOSAC", "CT", "DOSACB"}, {"KEN-VILLE-BPJ", "OSAC", "CT", "OSACB"}, {"KEN", "DOSAC", "CT", "DOSACB"}, {"IG", "", "T", "B"}, {"PR-KEN", "", "T", "B"},
	} {
		in := h.setting("T-" + nth(i)[:4])
		in.Unit = h.unit[c.unit]
		camera, err := h.RegisterCamera(ctx, h.grant("administrator", "plates.camera.register", ident.Ref{}), in)
		h.must(err)
		e := h.list(nth(i))
		h.take(camera, h.batch(nth(i)))
		all, err := h.HitsOf(ctx, e.ID)
		h.must(err)
		if len(all) != 1 || all[0].Unit != h.unit[c.unit] {
			t.Fatalf("%s: %+v", c.unit, all)
		}
		for action, want := range map[string]string{"plates.hit.read": c.reads, "plates.hit.list": c.reads, "plates.hit.confirm": c.hits, "plates.hit.reject": c.hits, "plates.hit.task": c.hits, "plates.hit.close": c.hits} {
			if got := h.may(action, all[0].Ref()); got != want {
				t.Errorf("%s of %s: %q may, want %q", action, c.unit, got, want)
			}
		}
		for action, want := range map[string]string{"plates.alerts.suspend": c.alerts, "plates.alerts.restore": "T"} {
			if got := h.may(action, camera.Ref()); got != want {
				t.Errorf("%s of %s: %q may, want %q", action, c.unit, got, want)
			}
		}
	}
}
