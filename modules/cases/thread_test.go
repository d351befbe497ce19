package cases_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// TestThread goes from a complaint to the prosecutor's decision.
func TestThread(t *testing.T) {
	h := newHouse(t)
	h.proving()
	id, d := h.sent()
	if d.Number == "" || d.State != "handed-over" || d.Office != h.unit["PR-KEN"] {
		t.Fatalf("%+v", d)
	}
	g := h.on("chief", "cases.dossier.copy", id)
	x, err := h.IssueDossier(ctx, g, d.ID, dossier.ForProsecutor, "ar")
	h.must(err)
	pdf := readAll(t, h.Service, x)
	keep(t, "dossier-ar.pdf", pdf)
	twin, err := print.Attached(pdf, dossier.TwinFile)
	h.must(err)
	raw, err := print.Attached(pdf, dossier.ProofFile)
	h.must(err)
	proof, err := tlog.ParseProof(raw)
	h.must(err)
	sum := sha256.Sum256(twin)
	if out, _ := proof.Marshal(); !bytes.Contains(out, []byte(hex.EncodeToString(sum[:]))) {
		t.Error("the proof does not disclose the digest of the twin in the same file")
	}
	if tw := decode[dossier.Twin](t, twin); tw.Number != d.Number || len(tw.Reports) != 2 || len(tw.Persons) != 2 || tw.Entry != d.Entry {
		t.Errorf("twin %+v", tw)
	}
	d, err = h.Dossier(ctx, d.ID)
	h.must(err)
	number, err := h.Acknowledge(ctx, h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(d)), d.ID)
	h.must(err)
	if number != "AR-"+d.Number {
		t.Errorf("acknowledgement %q", number)
	}
	h.must(h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(d)), d.ID, "dismissed", map[string]string{"ground": "انعدام الإثبات"}))
	c, err := h.Case(ctx, id)
	h.must(err)
	if c.State != enquiry.Closed || c.Outcome != "dismissed" || c.Closed.IsZero() {
		t.Errorf("%+v", c)
	}
	h.sound()
}

// keep writes a paper where somebody who looks at it asks for it.
func keep(t testing.TB, name string, data []byte) {
	t.Helper()
	if dir := os.Getenv("AMANA_TEST_PAPER"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFromComplaint: nothing is typed twice, both records change together, and
// a form sent again opens nothing new.
func TestFromComplaint(t *testing.T) {
	h := newHouse(t)
	c := h.complaint("KEN-VILLE-BPJ")
	o := cases.Opening{Submission: h.ids.New(), Complaint: c.ID, Regime: "preliminary", Values: map[string]string{"instruction": "141/2026"}}
	g := h.grant("opj", "cases.case.open", policy.Resource{})
	got, err := h.Open(ctx, g, o)
	h.must(err)
	again, err := h.Open(ctx, g, o)
	h.must(err)
	if again.ID != got.ID || got.Facts != c.Facts || got.Place != c.Place || got.Complaint != c.ID || got.ComplaintNumber != c.Number || got.Number != "1/KEN-VILLE-BPJ/2026" {
		t.Errorf("%+v", got)
	}
	f, err := h.File(ctx, got.ID)
	h.must(err)
	if len(f.Parties) != 1 || f.Parties[0].Role != enquiry.Complainant || len(f.Offences) != 1 || f.Offences[0].Class != "delit-correctionnel" || len(f.Assigned) != 1 {
		t.Errorf("%+v", f)
	}
	if r, _ := h.register.Complaint(ctx, c.ID); r.State != register.Referred || r.Case != got.ID || r.CaseNumber != got.Number {
		t.Errorf("complaint %+v", r)
	}
	o.Submission = h.ids.New()
	if _, err := h.Open(ctx, g, o); err == nil {
		t.Error("a complaint was referred twice")
	}
	h.sound()
}

// complaint records a theft at the desk, for a unit named as competent; ""
// for the desk's own.
func (h *house) complaint(competent string) register.Complaint {
	h.t.Helper()
	complainant := index.Person{Family: index.Name{Latin: "Essaadi"}, Given: index.Name{Latin: "Khadija"}, Birth: "1988", Source: index.Declared}
	c, err := h.register.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", policy.Resource{}), register.NewComplaint{
		Submission: h.ids.New(), Origin: register.ByComplaint, Competent: h.unit[competent], FactsOn: "2026-11-21", FactsClock: "22:30", Place: "Avenue Mohammed V", Facts: "Un inconnu lui a pris son sac.",
		Offences: []string{"theft-simple"}, Parties: []register.NewParty{{Role: register.Complainant, New: &complainant, Field: "complainant"}, {Role: register.Accused, Field: "accused.0"}},
	})
	h.must(err)
	return c
}

// TestOpeningRefuses: what a case must say.
func TestOpeningRefuses(t *testing.T) {
	h := newHouse(t)
	good := cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromInstruction, Regime: "rogatory", Court: h.unit["TPI-KEN"], Facts: "x", From: noon,
		Values: map[string]string{"judge": "قاضي التحقيق", "mandate": "12/2026", "deadline": "2026-12-31"}}
	for key, spoil := range map[string]func(*cases.Opening){
		"form.choose":        func(o *cases.Opening) { o.Regime = "none" },
		"form.required":      func(o *cases.Opening) { o.Values = map[string]string{"mandate": "12/2026", "deadline": "x"} },
		"cases.wrong.future": func(o *cases.Opening) { o.From = noon.Add(72 * time.Hour) },
		"cases.wrong.order":  func(o *cases.Opening) { o.To = o.From.Add(-time.Hour) },
	} {
		bad := good
		spoil(&bad)
		_, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), bad)
		h.wants(err, fault.Invalid, key)
	}
	if _, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), good); err != nil {
		t.Fatal(err)
	}
}
