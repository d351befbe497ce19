// Command lawcheck holds code and law together. Every "// Law: CPP 66"
// comment in the repository's Go files must name an article of the pack's law
// folder, every article there must be cited by a row of the pack or by code,
// and docs/guide/law.md must say where each is used. It prints one line for
// each breach and exits 1 if there is any.
//
//	go run ./packs/lawcheck           check
//	go run ./packs/lawcheck -write    write the page, then check
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amana-platform/amana/kernel/packs"
	country "github.com/amana-platform/amana/packs"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	write := flag.Bool("write", false, "write the page before checking it")
	flag.Parse()
	clean, err := run(os.Stdout, *root, country.Morocco(), *write)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lawcheck:", err)
		os.Exit(1)
	}
	if !clean {
		os.Exit(1)
	}
}

// page is the generated page's place in the repository.
const page = "docs/guide/law.md"

// run checks one repository against one pack and reports whether it is clean.
func run(out io.Writer, root string, law fs.FS, write bool) (clean bool, err error) {
	pack, err := packs.Load(law)
	if err != nil {
		return false, err
	}
	comments, err := scan(os.DirFS(root))
	if err != nil {
		return false, err
	}
	found := breaches(pack, comments)
	want, err := render(pack, comments)
	if err != nil {
		return false, err
	}
	file := filepath.Join(root, filepath.FromSlash(page))
	if write {
		if err := writePage(file, want); err != nil {
			return false, err
		}
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != string(want) {
		found = append(found, page+": not current; run go run ./packs/lawcheck -write")
	}
	for _, b := range found {
		fmt.Fprintln(out, b)
	}
	fmt.Fprintf(out, "%d articles, %d citations in rows, %d in code, %d breaches\n",
		len(pack.Articles()), len(pack.Citations()), len(comments), len(found))
	return len(found) == 0, nil
}

func writePage(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
