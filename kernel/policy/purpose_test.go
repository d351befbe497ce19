package policy_test

import (
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

func TestPurposeRoundTrip(t *testing.T) {
	ref := ident.Ref{Kind: "custody-entry", ID: caseOne}
	for text, want := range map[string]policy.Purpose{
		"":                           {},
		"case/" + string(caseOne):    forCase(caseOne),
		"task/" + string(taskOne):    {Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: taskOne}},
		"basis/CPP-40":               {Kind: policy.Basis, Basis: "CPP-40"},
		"basis/CPP 66-1:late filing": {Kind: policy.Basis, Basis: "CPP 66-1", Reason: "late filing"},
		"break-glass/" + ref.String() + ":a: b/c": {Kind: policy.BreakGlass, Ref: ref, Reason: "a: b/c"},
	} {
		got, err := policy.ParsePurpose(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%q reads as %+v (%v), prints as %q", text, got, err, got)
		}
	}
	if !(policy.Purpose{}).IsZero() || forCase(caseOne).IsZero() {
		t.Error("IsZero tells no purpose from one")
	}
}

func TestPurposeRejects(t *testing.T) {
	for name, text := range map[string]string{
		"no kind":            string(caseOne),
		"unknown kind":       "curiosity/" + string(caseOne),
		"no id":              "case/",
		"no article":         "basis/",
		"a path":             "basis/../etc",
		"markup":             "basis/<b>",
		"outer space":        "basis/ CPP",
		"double space":       "basis/CPP  40",
		"long article":       "basis/" + strings.Repeat("A", policy.MaxBasis+1),
		"empty reason":       "basis/CPP-40:",
		"NUL":                "basis/CPP-40:a\x00b",
		"line break":         "basis/CPP-40:a\nb",
		"no UTF-8":           "basis/CPP-40:\xff",
		"long reason":        "basis/CPP-40:" + strings.Repeat("a", policy.MaxReason+1),
		"glass of nothing":   "break-glass/:why",
		"glass of a bare id": "break-glass/" + string(caseOne) + ":why",
		"upper case id":      "case/" + strings.ToUpper(string(caseOne)),
	} {
		if p, err := policy.ParsePurpose(text); err == nil {
			t.Errorf("%s: %q reads as %+v", name, text, p)
		}
	}
}

func FuzzParsePurpose(f *testing.F) {
	for _, s := range []string{"", "case/" + string(caseOne), "basis/CPP-40", "break-glass/case/" + string(caseOne) + ":why", "task/x:y", ":", "/", "basis/a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := policy.ParsePurpose(s)
		if err == nil && p.String() != s {
			t.Errorf("%q reads as %q", s, p)
		}
	})
}
