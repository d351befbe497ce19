package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

func TestCleanRefusesDamage(t *testing.T) {
	for given, key := range map[string]string{
		"a\xffb": "text.not-utf8", "a\x00b": "text.control-character", "a\x1b[2Jb": "text.control-character",
		"a\u0085b": "text.control-character", "a\x7f": "text.control-character", "a\ufffeb": "text.control-character", "a\ufdd0": "text.control-character",
	} {
		if _, err := text.Clean(given); err == nil || fault.Of(err).Key != key {
			t.Errorf("%q: %v, want %s", given, err, key)
		}
	}
}

func TestCleanBringsToOneForm(t *testing.T) {
	for given, want := range map[string]string{
		"e\u0301":          "é",
		"a\r\nb\rc":        "a\nb\nc",
		"gpj.\u202Eexe":    "gpj.exe",
		"\u2067x\u2069":    "x",
		"\ufeffx":          "x",
		"tab\there":        "tab\there",
		"\u0627\u0653":     "\u0622",
		"a\u200cb":         "a\u200cb", // ZWNJ is spelling, not direction
		"  kept as typed ": "  kept as typed ",
	} {
		if got, err := text.Clean(given); err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", given, got, err, want)
		}
	}
}

func TestLine(t *testing.T) {
	if got, err := text.Line("  Ait \t Ben  Haddou "); err != nil || got != "Ait Ben Haddou" {
		t.Errorf("%q %v", got, err)
	}
	for _, s := range []string{"a\nb", "a\u2028b", "a\r\nb"} {
		if _, err := text.Line(s); err == nil || fault.Of(err).Key != "text.line-break" {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := text.Line("\xff"); !fault.Is(err, fault.Invalid) {
		t.Error("Line passes on what Clean refuses")
	}
}

func TestDirOf(t *testing.T) {
	for s, want := range map[string]string{"Amina": "ltr", "\u0623": "rtl", "12-3": "auto", "12 \u0623 B": "rtl", "": "auto"} {
		if got := text.DirOf(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a", "\x00", "e\u0301", "\u202eabc", "\xff", "a\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := text.Clean(s)
		if err != nil {
			return
		}
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) || strings.ContainsAny(got, "\x00\r\u202e\u2066") {
			t.Errorf("%q came through as %q", s, got)
		}
		if again, err := text.Clean(got); err != nil || again != got {
			t.Errorf("%q is not settled: %q %v", got, again, err)
		}
	})
}
