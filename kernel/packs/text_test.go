package packs_test

import (
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
)

func TestTexts(t *testing.T) {
	p := country(t)
	catalogue, err := text.Load(p.Local, packs.Texts)
	if err != nil {
		t.Fatal(err)
	}
	texttest.Check(t, catalogue, "packs.", ".")
	_, absent := p.Offence("x-9", utc(2026, 1, 1, 0))
	for _, lang := range []text.Lang{text.AR, text.FR, text.EN} {
		got := catalogue.In(lang).Fault(absent)
		if !strings.Contains(got, "x-9") || !strings.Contains(got, "2026-01-01") {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
