package main

import (
	"bytes"
	_ "embed" // the page's words
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/amana-platform/amana/kernel/packs"
)

//go:embed page.md.tmpl
var pageWords string

// section is one legal text of the page with its articles.
type section struct {
	Text     packs.Text
	Articles []entry
}

// entry is one article with the places that cite it.
type entry struct {
	packs.Article
	Rows []string // "offence theft-simple"
	Code []string // files
}

// render makes the page: each article, the rows that rest on it and the files
// that implement it. Files carry no line numbers, so that the page changes
// only when a citation does.
func render(pack *packs.Pack, comments []comment) ([]byte, error) {
	words, err := template.New("page").Funcs(template.FuncMap{"join": strings.Join}).Parse(pageWords)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	var sections []section
	for _, text := range pack.Texts() {
		sections = append(sections, section{Text: text, Articles: entries(pack, text.Code, comments)})
	}
	var out bytes.Buffer
	if err := words.Execute(&out, map[string]any{"Pack": pack.Identity, "Sections": sections}); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}

func entries(pack *packs.Pack, text string, comments []comment) []entry {
	var out []entry
	for _, a := range pack.Articles() {
		if packs.TextOf(a.Code) != text {
			continue
		}
		e := entry{Article: a}
		for _, c := range pack.Citations() {
			if slices.Contains(a.Refs(), c.Ref) {
				e.Rows = append(e.Rows, c.Kind+" "+c.Code)
			}
		}
		for _, c := range comments {
			if slices.Contains(a.Refs(), c.ref) {
				e.Code = append(e.Code, c.file)
			}
		}
		e.Rows, e.Code = short(e.Rows), once(e.Code)
		out = append(out, e)
	}
	return out
}

func once(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// most is how many rows an article shows; the areas alone are 95 and the units 305.
const most = 40

// short lists each row once, and of a long list the beginning and the rest's number.
func short(rows []string) []string {
	rows = once(rows)
	if len(rows) <= most {
		return rows
	}
	return append(rows[:most:most], fmt.Sprintf("+ %d", len(rows)-most))
}
