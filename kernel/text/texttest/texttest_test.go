package texttest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
)

func load(t *testing.T, toml string) *text.Catalogue {
	t.Helper()
	file := &fstest.MapFile{Data: []byte(toml)}
	c, err := text.Load(nil, fstest.MapFS{"text/ar.toml": file, "text/fr.toml": file, "text/en.toml": file})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tree writes sources into a folder of their own.
func tree(t *testing.T, files map[string]string) *texttest.Sources {
	t.Helper()
	root := t.TempDir()
	for name, source := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := texttest.Scan(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func joined(errs []error) string {
	var lines []string
	for _, err := range errs {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

func TestEveryCallThatTakesAKeyIsChecked(t *testing.T) {
	c := load(t, `there = {is = "x"}`)
	for _, call := range []string{
		`w.T("not.there")`, `{ v.Words.T("not.there", "n", 1) }`, `w.N("not.there", 3)`, `text.Key("not.there")`,
		`fault.New(fault.Invalid, "not.there")`, `fault.Wrap(err, fault.Refused, "not.there", "a", b)`, `list.Add("field", "not.there")`,
		`&fault.Error{Kind: fault.Refused, Key: "not.there"}`,
	} {
		for _, file := range []string{"a.go", "b.templ"} {
			if got := joined(tree(t, map[string]string{file: call}).Missing(c)); !strings.Contains(got, file+`:1: text key "not.there"`) {
				t.Errorf("%s in %s: %q", call, file, got)
			}
		}
		if got := tree(t, map[string]string{"a.go": strings.ReplaceAll(call, "not.there", "there.is")}).Missing(c); got != nil {
			t.Errorf("%s: %v", call, got)
		}
	}
}

func TestWhatIsNoSourceIsNotRead(t *testing.T) {
	s := tree(t, map[string]string{
		"a_test.go": `w.T("not.there")`, "a_templ.go": `w.T("not.there")`, "testdata/a.go": `w.T("not.there")`,
		".git/a.go": `w.T("not.there")`, "a.md": `w.T("not.there")`, "b.go": `// w.T("not.there")`,
	})
	if len(s.Uses) != 0 {
		t.Errorf("found %v", s.Uses)
	}
}

func TestOrphans(t *testing.T) {
	c := load(t, `[mine]
whole = "x"
state-open = "x"
kind.person = "x"
alone = "x"`)
	s := tree(t, map[string]string{"a.go": `T("mine.whole"); T("mine.state-" + s); T("mine.kind." + k)`})
	got := joined(s.Orphans(c, "mine."))
	if !strings.Contains(got, "mine.alone") || strings.Count(got, "\n") != 0 {
		t.Errorf("orphans: %q", got)
	}
}

func TestWordsInTemplates(t *testing.T) {
	for source, wrong := range map[string]bool{
		`<p>Hello</p>`: true, `<img alt="A picture"/>`: true, `<p>{ w.T("a.b") }</p>`: false, `<p> · </p>`: false, `<p class="word">`: false,
	} {
		if got := tree(t, map[string]string{"a.templ": source}).Words(); (len(got) > 0) != wrong {
			t.Errorf("%s: %v", source, got)
		}
	}
	if tree(t, map[string]string{"a.go": `"<p>Hello</p>"`}).Words() != nil {
		t.Error("only templates are read for words")
	}
}

// recorder counts what Check reports.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Helper()      {}
func (r *recorder) Error(...any) { r.errors++ }

func TestCheckReportsEachKind(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.templ"), []byte(`<p>Word { w.T("no.key") }<b>Word</b></p>`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	texttest.Check(r, load(t, `[mine]
alone = "{{.x}}"`), "mine.", root)
	if r.errors != 3+1+1+1 { // the mark in three languages, an orphan, a missing key, a word
		t.Errorf("%d errors", r.errors)
	}
}
