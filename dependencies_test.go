package amana

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestEachDependencyHasAReason holds docs/dependencies.md against what the
// code really imports, tests included, whatever go.mod marks as indirect.
func TestEachDependencyHasAReason(t *testing.T) {
	used := dependencies(t)
	page, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(page), -1) {
		if module, reason := row[1], row[2]; len(reason) > 20 {
			listed[module] = true
		}
	}
	for module, file := range used {
		if !listed[module] {
			t.Errorf("%s (imported by %s) has no reason in docs/dependencies.md", module, file)
		}
	}
	for module := range listed {
		if used[module] == "" {
			t.Errorf("%s stands in docs/dependencies.md and nothing imports it", module)
		}
	}
	if len(used) > 35 {
		t.Errorf("%d direct dependencies: the design allows about 30", len(used))
	}
}

// dependencies gives each module of go.mod that a file imports, with the file.
func dependencies(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]string{}
	for path, file := range outsideImports(t) {
		module := ""
		for _, r := range mod.Require {
			if (path == r.Mod.Path || strings.HasPrefix(path, r.Mod.Path+"/")) && len(r.Mod.Path) > len(module) {
				module = r.Mod.Path
			}
		}
		if module == "" {
			t.Errorf("%s imports %s, which is of no module in go.mod", file, path)
		}
		used[module] = file
	}
	return used
}

// outsideImports gives each import of another module, with a file that has it.
func outsideImports(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (apart(name) || d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			host, _, _ := strings.Cut(path, "/")
			if strings.Contains(host, ".") && !strings.HasPrefix(path, house) {
				all[path] = name
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// apart reports whether a folder is a module of its own: the tools, the agent
// beside a card.
func apart(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return folder != "." && err == nil
}
