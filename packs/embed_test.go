package packs_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/amana-platform/amana/packs"
)

func TestThePackIsEmbeddedWhole(t *testing.T) {
	for _, name := range []string{"pack.toml", "units.toml", "law/texts.toml"} {
		if _, err := fs.Stat(packs.Morocco(), name); err != nil {
			t.Error(err)
		}
	}
}

var words = regexp.MustCompile(`\b(ar|fr|en) = "((?:[^"\\]|\\.)*)"`)

// Each language stands in its own script, with Western digits.
func TestWordsAreInTheirOwnScript(t *testing.T) {
	eachWord(t, func(t *testing.T, file, lang, text string) {
		arabic := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r) })
		if arabic != (lang == "ar") {
			t.Errorf("%s: %s = %q", file, lang, text)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) && r > '9' }) {
			t.Errorf("%s: %q has digits that are not Western", file, text)
		}
		if text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
			t.Errorf("%s: %q has stray spaces", file, text)
		}
	})
}

// Words of other Arab countries' procedure, and generic month names, are wrong in Morocco.
func TestNoForeignLegalArabic(t *testing.T) {
	list, err := os.ReadFile("testdata/not-moroccan.txt")
	if err != nil {
		t.Fatal(err)
	}
	eachWord(t, func(t *testing.T, file, lang, text string) {
		for word := range strings.FieldsSeq(string(list)) {
			if word = strings.ReplaceAll(word, "_", " "); lang == "ar" && strings.Contains(text, word) {
				t.Errorf("%s: %q uses %q", file, text, word)
			}
		}
	})
}

func eachWord(t *testing.T, f func(t *testing.T, file, lang, text string)) {
	t.Helper()
	n := 0
	err := fs.WalkDir(packs.Morocco(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := fs.ReadFile(packs.Morocco(), name)
		for _, m := range words.FindAllStringSubmatch(string(src), -1) {
			n++
			f(t, name, m[1], m[2])
		}
		return err
	})
	if err != nil || n < 1000 {
		t.Fatalf("%d words, %v", n, err)
	}
}
