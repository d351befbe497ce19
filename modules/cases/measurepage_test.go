package cases_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestTheAuthorityReadsWhatItDecides: the page of a measure says, in the
// reader's language, what is asked, by whom, on which facts, and what was
// decided; it offers a decision while one is due and to nobody else.
func TestTheAuthorityReadsWhatItDecides(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	kind, err := s.k.Pack.Measure("phone-data", noon)
	s.must(err)
	for state, decides := range map[enquiry.MeasureState]bool{enquiry.Asked: true, enquiry.Ordered: false, enquiry.Refused: false, enquiry.Done: false} {
		m := s.measure(id, state)
		there := "/measures/" + string(m)
		for lang := range languages {
			c := s.desktop("prosecutor", id).Speak(lang)
			p := c.Get(there)
			w := s.k.Texts.In(text.Lang(lang))
			for _, word := range []string{kind.Names.In(lang), w.T("cases.measure-state." + string(state)), "0611000000", "سرق المشتبه فيه", "1/KEN-VILLE-BPJ/2026"} {
				if !strings.Contains(p.Text(), word) {
					t.Errorf("%s, %s: the page does not say %q", state, lang, word)
				}
			}
			for _, verb := range []string{"/order", "/refuse"} {
				if _, offered := p.Links()[there+verb]; offered != decides {
					t.Errorf("%s, %s: %s is offered: %v", state, lang, verb, offered)
				}
			}
			if strings.Contains(p.Text(), "CPP 108") != (state == enquiry.Ordered || state == enquiry.Done) || strings.Contains(p.Text(), "غير مبرر") != (state == enquiry.Refused) {
				t.Errorf("%s, %s: what was decided: %s", state, lang, p.Text())
			}
		}
		for _, name := range []string{"opj", "chief", "general", "elsewhere"} {
			for _, path := range []string{there, there + "/order", there + "/refuse"} {
				if p := s.desktop(name, id).Get(path); p.Status != http.StatusForbidden {
					t.Errorf("%s, %s opens %s: %d", state, name, path, p.Status)
				}
			}
		}
	}
	if p := s.desktop("prosecutor", id).Get("/measures/" + string(s.ids.New())); p.Status != http.StatusNotFound {
		t.Errorf("a measure that nobody asked for: %d", p.Status)
	}
}

// TestAMeasureIsAskedOfWhomTheLawNames: under a legal frame that knows it; of
// the office of the gravest class; of an officer where the law lets one order.
func TestAMeasureIsAskedOfWhomTheLawNames(t *testing.T) {
	h := newHouse(t)
	id, _, suspect := h.theft()
	ask := func(kind string) (enquiry.Measure, error) {
		law, err := h.k.Pack.Measure(kind, noon)
		h.must(err)
		values := map[string]string{}
		for _, field := range law.Fields {
			values[field] = "x"
		}
		m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: kind, Values: values})
		if err != nil {
			return enquiry.Measure{}, err
		}
		return h.Measure(ctx, m)
	}
	of := func(kind, authority, unit string) {
		t.Helper()
		m, err := ask(kind)
		h.must(err)
		if m.Authority != authority || m.Office != h.unit[unit] {
			t.Errorf("%s is asked of %s at %s", kind, m.Authority, m.Office)
		}
	}
	of("phone-data", "prosecutor", "PR-KEN")
	of("seizure", "opj", "")
	h.must(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "theft-armed", Suspect: suspect}))
	of("phone-data", "prosecutor", "PGR-KEN") // the class brings it before the prosecutor general
	f, err := h.File(ctx, id)
	h.must(err)
	for _, o := range f.Offences {
		h.must(h.WithdrawOffence(ctx, h.on("opj", "cases.offence.qualify", id), id, o.ID))
	}
	of("phone-data", "prosecutor", "PR-KEN") // of lesser offences while nothing is qualified
	for _, kind := range []string{"search-home-consent", "surveillance", "infiltration"} {
		if law, err := h.k.Pack.Measure(kind, noon); err != nil || len(law.Regimes) == 3 {
			t.Errorf("%s is no test of the frame: %v", kind, err)
		}
		_, err := ask(kind)
		h.wants(err, fault.Invalid, "cases.wrong.regime")
	}
}
