package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/amana-platform/amana/kernel/packs"
)

// comment is one reference made by a Law comment.
type comment struct {
	file string
	line int
	ref  string
}

var (
	lawLine = regexp.MustCompile(`^\s*// Law:\s*(.*)$`)
	aside   = regexp.MustCompile(`\s*\([^)]*\)`)
)

// scan reads the Law comments of every Go file of a tree. Several references
// on one line are separated by semicolons or commas, and words in parentheses
// may say what an article is about. testdata and hidden folders are skipped.
func scan(tree fs.FS) ([]comment, error) {
	var out []comment
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata"):
			return fs.SkipDir
		case e.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		out = append(out, references(name, string(src))...)
		return nil
	})
	return out, err
}

func references(file, src string) []comment {
	var out []comment
	line := 0
	for text := range strings.Lines(src) {
		line++
		m := lawLine.FindStringSubmatch(strings.TrimRight(text, "\r\n"))
		if m == nil {
			continue
		}
		for _, ref := range strings.FieldsFunc(aside.ReplaceAllString(m[1], "")+" ", func(r rune) bool { return r == ';' || r == ',' }) {
			ref = strings.TrimSuffix(strings.TrimSpace(ref), ".")
			out = append(out, comment{file, line, ref})
		}
	}
	return out
}

// breaches names every reference that leads nowhere and every article that
// nothing uses.
func breaches(pack *packs.Pack, comments []comment) []string {
	var out []string
	cited := map[string]bool{}
	for _, c := range comments {
		cited[c.ref] = true
		if packs.TextOf(c.ref) == "" {
			out = append(out, fmt.Sprintf("%s:%d: %q is not a reference such as CPP 66-1", c.file, c.line, c.ref))
		} else if _, ok := pack.Article(c.ref); !ok {
			out = append(out, fmt.Sprintf("%s:%d: %s is not in the pack's law", c.file, c.line, c.ref))
		}
	}
	for _, c := range pack.Citations() {
		cited[c.Ref] = true
	}
	for _, a := range pack.Articles() {
		for _, ref := range a.Refs() {
			if !cited[ref] {
				out = append(out, fmt.Sprintf("%s: %s is cited by no row and by no code", a.Origin, ref))
			}
		}
	}
	return out
}
