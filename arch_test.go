// Package amana holds the policy of who may import whom, and nothing else.
package amana

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const house = "github.com/amana-platform/amana/"

// downward lists what a module may import of other modules, with the reason.
// A new row is a design decision: say why in docs/adr. Everything else between
// modules goes by events, panels, or an interface of the consumer's.
var downward = map[string]map[string]string{
	"register": {"units": "who serves at the desk", "index": "persons are recorded and found in the index"},
	"cases":    {"units": "assignment and judicial capacity", "index": "persons in a case stand in the index"},
	"exhibits": {"units": "who hands over and who receives", "index": "who an exhibit was seized from"},
	"proofs":   {"citizens": "proofs are given to citizens, of their attributes"},
	"citizens": {"index": "an account is of a person of the index"},
	"plates":   {"units": "which desks see a camera's hits", "index": "the forms of plates and the colours of vehicles"},
}

// kernelOrder lists the kernel's packages from the ground up; each may import
// those before it. Engines import neither kernel nor modules.
var kernelOrder = []string{
	"clock", "fault", "ident", "text", "packs", "store", "store/storetest", "policy", "blobs", "print/printtest", "print", "print/sign",
	"journal/tlog", "journal", "journal/journaltest", "events", "jobs", "web/ui", "web", "web/passkey", "app", "kerneltest", "kerneltest/browser",
}

// only says which kernel package may see an outside library, for those that
// must not spread.
var only = map[string]string{
	"github.com/jackc/pgx":           "kernel/store",
	"modernc.org/sqlite":             "kernel/store",
	"github.com/pressly/goose":       "kernel/store",
	"github.com/nats-io":             "kernel/events",
	"github.com/transparency-dev":    "kernel/journal/tlog",
	"github.com/cedar-policy":        "kernel/policy",
	"github.com/minio/minio-go":      "kernel/blobs",
	"github.com/go-webauthn":         "kernel/web/passkey",
	"github.com/go-text/typesetting": "kernel/print",
	"github.com/nicksnyder/go-i18n":  "kernel/text",
	"database/sql":                   "kernel/store",
	"golang.org/x/sys/cpu":           "engines/tensor",
	"github.com/luikyv/go-oidc":      "modules/trust/provider",
	"github.com/prometheus":          "kernel/app",
}

func TestImportsPointDown(t *testing.T) {
	n := 0
	for _, f := range sources(t) {
		n++
		for _, path := range f.imports {
			if why := forbidden(f.dir, path); why != "" {
				t.Errorf("%s imports %s: %s", f.name, path, why)
			}
		}
	}
	if n < 50 {
		t.Fatalf("only %d files were looked at", n)
	}
}

// forbidden says why a folder may not import a path, "" if it may.
func forbidden(dir, path string) string {
	for lib, home := range only {
		if strings.HasPrefix(path, lib) && !strings.HasPrefix(dir, home) && !(lib == "database/sql" && path != lib) {
			return "only " + home + " sees this library"
		}
	}
	inside, ok := strings.CutPrefix(path, house)
	if !ok {
		return ""
	}
	from, to := strings.SplitN(dir, "/", 2), strings.SplitN(inside, "/", 2)
	switch {
	case to[0] == "cmd" && from[0] != "cmd":
		return "only the program itself imports cmd"
	case from[0] == "engines" && to[0] != "engines":
		return "an engine knows neither kernel nor modules"
	case from[0] == "kernel" && to[0] == "modules":
		return "the kernel knows no module"
	case from[0] == "kernel" && to[0] == "kernel" && rank(to[1]) >= 0 && rank(from[1]) >= 0 && rank(to[1]) > rank(from[1]):
		return "the kernel's packages import only lower ones (see kernelOrder)"
	case from[0] == "modules" && to[0] == "modules" && !sameModule(from[1], to[1]):
		a, b := strings.Split(from[1], "/")[0], strings.Split(to[1], "/")[0]
		if downward[a][b] == "" {
			return "modules meet by events, panels or the consumer's interface; an import needs a row in downward"
		}
	}
	return ""
}

func rank(pkg string) int { return slices.Index(kernelOrder, pkg) }

func sameModule(a, b string) bool {
	return strings.Split(a, "/")[0] == strings.Split(b, "/")[0]
}

// TestHandlersHoldNoStore keeps SQL out of the files that speak to people, and
// pages out of those that speak to tables.
func TestHandlersHoldNoStore(t *testing.T) {
	for _, f := range sources(t) {
		if !strings.HasPrefix(f.dir, "modules/") {
			continue
		}
		base := filepath.Base(f.name)
		for _, path := range f.imports {
			page := base == "routes.go" || strings.HasPrefix(base, "pages") || base == "api.go" || strings.HasSuffix(base, "_templ.go")
			if page && path == house+"kernel/store" {
				t.Errorf("%s: a page does not hold the store", f.name)
			}
			if strings.HasPrefix(base, "store") && (path == house+"kernel/web" || path == "net/http") {
				t.Errorf("%s: the store does not know pages", f.name)
			}
		}
	}
}

// below lists the packages inside a module that know neither tables nor pages,
// with what else they may not import: a module's inner packages have an order.
var below = map[string][]string{
	"modules/cases/enquiry": {"kernel/store", "kernel/journal", "kernel/web", "kernel/app", "kernel/print", "modules/cases", "modules/cases/dossier"},
	"modules/cases/dossier": {"kernel/store", "kernel/journal", "kernel/web", "kernel/app", "modules/cases"},
}

// TestInnerPackagesPointDown keeps tables and pages out of them.
func TestInnerPackagesPointDown(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sources(t) {
		seen[f.dir] = true
		for _, path := range f.imports {
			inside := strings.TrimPrefix(path, house)
			if slices.ContainsFunc(below[f.dir], func(no string) bool {
				return inside == no || strings.HasPrefix(no, "kernel/") && strings.HasPrefix(inside, no+"/")
			}) {
				t.Errorf("%s imports %s", f.name, inside)
			}
		}
	}
	for dir := range below {
		if !seen[dir] {
			t.Errorf("%s is gone", dir)
		}
	}
}

// TestModulesCannotWrite forbids modules to name the types that open a write
// transaction: only the journal does that.
func TestModulesCannotWrite(t *testing.T) {
	for _, f := range sources(t) {
		if !strings.HasPrefix(f.dir, "modules/") {
			continue
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if pkg, named := ast.Expr(nil), false; ok {
				pkg = sel.X
				if id, isID := pkg.(*ast.Ident); isID && id.Name == "store" {
					named = sel.Sel.Name == "DB" || sel.Sel.Name == "Batch" || sel.Sel.Name == "Open"
				}
				if named {
					t.Errorf("%s names store.%s", f.name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestNoWordsInCode finds Arabic letters in Go and templ files outside data
// tables: every visible word lives in text/.
func TestNoWordsInCode(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.dir, "engines/") || strings.HasPrefix(f.dir, "modules/") && strings.Contains(f.dir, "demo") || f.dir == "kernel/text" || f.dir == "kernel/print" {
			continue
		}
		raw, err := os.ReadFile(f.name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(raw), "\n") {
			code, _, _ := strings.Cut(line, "//")
			for _, r := range code {
				if r >= 0x0621 && r <= 0x064A {
					t.Errorf("%s:%d: Arabic in code; visible words live in text/", f.name, i+1)
					break
				}
			}
		}
	}
}

type source struct {
	name, dir string
	file      *ast.File
	imports   []string
}

// sources parses every Go file that is not a test.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() && apart(path) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s := source{name: path, dir: filepath.ToSlash(filepath.Dir(path)), file: f}
		for _, i := range f.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			s.imports = append(s.imports, p)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
