// Package texttest compares catalogues with the sources that use them, for
// the tests of a module and for one test over the whole repository:
//
//	func TestTexts(t *testing.T) { texttest.Check(t, catalogue, "cases.", ".") }
//
// It reads .go and .templ files as text, tests and generated files left out.
// A key is used when a source names it whole, or names a beginning of it that
// ends in "." or "-" ("cases.state." + state). It is missing when a call that
// takes a key (T, N, text.Key, fault.New, fault.Wrap, List.Add, Key:) names
// one that no catalogue has.
package texttest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/text"
)

var (
	literal = regexp.MustCompile(`"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*[.]?)"`)
	calls   = []*regexp.Regexp{
		regexp.MustCompile(`\b[TN]\("([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)"\s*[,)]`),
		regexp.MustCompile(`\btext\.Key\("([a-z0-9.-]+)"\)`),
		regexp.MustCompile(`\bfault\.New\(\s*fault\.[A-Za-z]+,\s*"([a-z0-9.-]+)"\s*[,)]`),
		regexp.MustCompile(`\bfault\.Wrap\([^"]+,\s*fault\.[A-Za-z]+,\s*"([a-z0-9.-]+)"\s*[,)]`),
		regexp.MustCompile(`\bfault\.Error\{[^}"]*Key:\s*"([a-z0-9.-]+)"`),
		regexp.MustCompile(`\.Add\("[^"]*",\s*"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)"\s*[,)]`),
	}
	wordBetweenTags = regexp.MustCompile(`>([^<>{}]*\pL[^<>{}]*)<`)
	wordInAttribute = regexp.MustCompile(`\b(?:title|alt|placeholder|aria-label)="([^"]*\pL[^"]*)"`)
)

// Use is one place where a source names a text key.
type Use struct {
	File string
	Line int
	Key  string
}

// Sources is what was found in a tree of sources.
type Sources struct {
	Uses     []Use           // calls that take a key
	literals map[string]bool // every string that could be a key or its beginning
	words    []Use           // visible words standing in .templ files
}

// Scan reads the sources below a folder.
func Scan(root string) (*Sources, error) {
	s := &Sources{literals: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "texttest"):
			return filepath.SkipDir
		case d.IsDir() || !isSource(name):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.read(path, string(data))
		return nil
	})
	return s, err
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".templ") ||
		strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
}

func (s *Sources) read(path, source string) {
	for i, line := range strings.Split(source, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "//") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(line, -1) {
			s.literals[m[1]] = true
		}
		for _, call := range calls {
			for _, m := range call.FindAllStringSubmatch(line, -1) {
				s.Uses = append(s.Uses, Use{path, i + 1, m[1]})
			}
		}
		if strings.HasSuffix(path, ".templ") {
			s.readWords(path, i+1, line)
		}
	}
}

func (s *Sources) readWords(path string, number int, line string) {
	for _, found := range []*regexp.Regexp{wordBetweenTags, wordInAttribute} {
		for _, m := range found.FindAllStringSubmatch(line, -1) {
			s.words = append(s.words, Use{path, number, strings.TrimSpace(m[1])})
		}
	}
}

// Missing lists the uses of keys that some language does not have.
func (s *Sources) Missing(c *text.Catalogue) []error {
	var found []error
	for _, use := range s.Uses {
		for _, lang := range text.Langs() {
			if !c.Has(lang, use.Key) {
				found = append(found, fmt.Errorf("%s:%d: text key %q has no words in %s", use.File, use.Line, use.Key, lang))
				break
			}
		}
	}
	return found
}

// Orphans lists the keys below a prefix ("" for all) that no source uses.
func (s *Sources) Orphans(c *text.Catalogue, prefix string) []error {
	var found []error
	for _, key := range c.Keys() {
		if strings.HasPrefix(key, prefix) && !s.uses(key) {
			found = append(found, fmt.Errorf("text key %q is used nowhere", key))
		}
	}
	return found
}

// uses reports whether a source names the key or a beginning of it that ends
// where a part ends.
func (s *Sources) uses(key string) bool {
	if s.literals[key] {
		return true
	}
	for i, r := range key {
		if (r == '.' || r == '-') && s.literals[key[:i+1]] {
			return true
		}
	}
	return false
}

// Words lists visible words that stand in .templ files instead of catalogues.
func (s *Sources) Words() []error {
	var found []error
	for _, w := range s.words {
		found = append(found, fmt.Errorf("%s:%d: the words %q belong in a catalogue", w.File, w.Line, w.Key))
	}
	return found
}

// Check fails t for everything incomplete: in the catalogue itself, keys of
// the prefix that nobody uses, uses of keys that do not exist, words in
// templates.
func Check(t testing.TB, c *text.Catalogue, prefix, root string) {
	t.Helper()
	s, err := Scan(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range slices.Concat(text.Check(c), s.Missing(c), s.Orphans(c, prefix), s.Words()) {
		t.Error(err)
	}
}
