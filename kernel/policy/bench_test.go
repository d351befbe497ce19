package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/policy"
)

func BenchmarkAsk(b *testing.B) {
	s := newStation(b)
	record := caseAt(caseOne, agdal)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Ask(b.Context(), investigator, "cases.case.read", record, forCase(caseOne)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCan(b *testing.B) {
	s := newStation(b)
	record := caseAt(caseOne, agdal)
	for b.Loop() {
		if !s.Can(b.Context(), investigator, "cases.case.read", record, forCase(caseOne)) {
			b.Fatal("refused")
		}
	}
}

// BenchmarkCanAmong200 shows that other actions' policies cost nothing.
func BenchmarkCanAmong200(b *testing.B) {
	m := casesModule(b)
	for i := range 200 {
		m.Cedar = append(m.Cedar, fmt.Sprintf("permit (principal, action == Action::\"cases.case.close\", resource) when { resource.level == %d };\n", i)...)
	}
	s := newStation(b, m)
	record := caseAt(caseOne, agdal)
	for b.Loop() {
		if !s.Can(b.Context(), investigator, "cases.case.read", record, forCase(caseOne)) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	s := newStation(b)
	for b.Loop() {
		pred, err := s.Filter(b.Context(), investigator, "cases.case.read", forCase(caseOne), columns)
		if err != nil || !strings.Contains(pred.SQL, "units_closure") {
			b.Fatal(err, pred.SQL)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	hooks, modules := newStation(b).hooks(), []policy.Module{casesModule(b)}
	for b.Loop() {
		if _, err := policy.New(modules, hooks); err != nil {
			b.Fatal(err)
		}
	}
}
