package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/packs"
	country "github.com/amana-platform/amana/packs"
)

// tiny is the invented country of kernel/packs, whose law has ACT1 1 and ACT1 2.
var tiny = os.DirFS("../../kernel/packs/testdata/tiny")

func TestReferencesInComments(t *testing.T) {
	src := "package x\n\n// Law: CPP 66; CPP 66-1 (grounds; reasons), CP 303 bis.\nfunc f() {\n\t// Law: L09-08\r\n\t// See Law: CPP 1, which is no reference.\n}\n// Law:\n"
	want := []comment{{"a.go", 3, "CPP 66"}, {"a.go", 3, "CPP 66-1"}, {"a.go", 3, "CP 303 bis"}, {"a.go", 5, "L09-08"}, {"a.go", 8, ""}}
	if d := cmp.Diff(want, references("a.go", src), cmp.AllowUnexported(comment{})); d != "" {
		t.Fatal(d)
	}
}

func TestScanSkipsWhatIsNotCode(t *testing.T) {
	law := &fstest.MapFile{Data: []byte("// Law: ACT1 1\n")}
	got, err := scan(fstest.MapFS{"a/b.go": law, "a/b.md": law, "a/testdata/c.go": law, ".git/d.go": law, "e_test.go": law})
	if err != nil || len(got) != 2 || got[0].file != "a/b.go" || got[1].file != "e_test.go" {
		t.Fatalf("%v %v", got, err)
	}
}

func TestBreachesInBothDirections(t *testing.T) {
	pack, err := packs.Load(tiny)
	if err != nil {
		t.Fatal(err)
	}
	got := breaches(pack, []comment{{"x.go", 1, "ACT1 1"}, {"x.go", 2, "ACT1 7"}, {"x.go", 3, "article one"}, {"x.go", 4, ""}})
	want := []string{
		"x.go:2: ACT1 7 is not in the pack's law",
		`x.go:3: "article one" is not a reference such as CPP 66-1`,
		`x.go:4: "" is not a reference such as CPP 66-1`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestAnArticleNobodyCitesIsABreach(t *testing.T) {
	law, err := os.ReadFile("../../kernel/packs/testdata/tiny/law/law.toml")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"law/law.toml": {Data: []byte(strings.Replace(string(law), `"ACT1 2"`, `"ACT1 2", "ACT1 3"`, 1))}}
	for _, name := range []string{"pack.toml", "rows.toml", "calendar.toml"} {
		data, err := os.ReadFile("../../kernel/packs/testdata/tiny/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	pack, err := packs.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if got := breaches(pack, nil); len(got) != 1 || got[0] != "law/law.toml:10: ACT1 3 is cited by no row and by no code" {
		t.Fatalf("%v", got)
	}
	if got := breaches(pack, []comment{{"x.go", 1, "ACT1 3"}}); len(got) != 0 {
		t.Fatalf("cited by code, and yet %v", got)
	}
}

func TestThePageIsWrittenAndChecked(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte("// Law: ACT1 1\npackage a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if clean, err := run(&out, root, tiny, false); err != nil || clean || !strings.Contains(out.String(), page+": not current") {
		t.Fatalf("without a page: %v %v %s", clean, err, &out)
	}
	if clean, err := run(&out, root, tiny, true); err != nil || !clean {
		t.Fatalf("written: %v %v %s", clean, err, &out)
	}
	if clean, err := run(&out, root, tiny, false); err != nil || !clean {
		t.Fatalf("checked again: %v %v %s", clean, err, &out)
	}
	written, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| ACT1 1, ACT1 2 | title | summary | A, checked |", "offence theft", "| a.go |"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestAFaultyPackIsAnError(t *testing.T) {
	if _, err := run(&bytes.Buffer{}, t.TempDir(), fstest.MapFS{}, false); err == nil {
		t.Fatal("an empty pack passes")
	}
}

// The reference pack cites no article in vain: rows alone, without any code,
// leave none uncited.
func TestEveryMoroccanArticleIsCitedByARow(t *testing.T) {
	pack, err := packs.Load(country.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches(pack, nil) {
		t.Error(b)
	}
}
