package packs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// document is everything that a pack's file may hold. Any row may stand in
// any file; Default fills what the file's rows leave out.
type document struct {
	Pack    []Identity `toml:"pack"`
	Default Row        `toml:"default"`

	Classes    []Class     `toml:"class"`
	Elements   []Element   `toml:"element"`
	Offences   []Offence   `toml:"offence"`
	Areas      []Area      `toml:"area"`
	UnitTypes  []UnitType  `toml:"unit-type"`
	Units      []Unit      `toml:"unit"`
	Grades     []Grade     `toml:"grade"`
	Capacities []Capacity  `toml:"capacity"`
	Custodies  []Custody   `toml:"custody"`
	Grounds    []Ground    `toml:"ground"`
	Events     []Event     `toml:"event"`
	Rules      []Rule      `toml:"rule"`
	Regimes    []Regime    `toml:"regime"`
	Measures   []Measure   `toml:"measure"`
	Decisions  []Decision  `toml:"decision"`
	Retentions []Retention `toml:"retention"`
	Fields     []Field     `toml:"field"`
	Templates  []Template  `toml:"template"`
	Numberings []Numbering `toml:"numbering"`
	Holidays   []Holiday   `toml:"holiday"`
	Offsets    []Offset    `toml:"offset"`
	Months     []Month     `toml:"month"`
	Texts      []Text      `toml:"text"`
	Articles   []Article   `toml:"article"`
}

// maxFile bounds one file of a pack; the largest of the reference pack has a tenth.
const maxFile = 4 << 20

// read decodes all *.toml files, side by side because a service waits for
// them at its start, and joins them in the order of their paths.
func read(fsys fs.FS) (*document, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && path.Ext(name) == ".toml" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("packs: %w", err)
	}
	parts, faults := make([]*document, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { parts[i], faults[i] = readFile(fsys, name) })
	}
	wait.Wait()
	all := &document{}
	for _, part := range parts {
		if part != nil {
			all.join(part)
		}
	}
	return all, errors.Join(faults...)
}

func readFile(fsys fs.FS, name string) (*document, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("packs: %w", err)
	}
	if len(src) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes, at most %d", name, len(src), maxFile)
	}
	d := &document{}
	meta, err := toml.Decode(string(src), d)
	if err != nil {
		return nil, explain(name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: unknown key %s", name, unknown[0])
	}
	d.place(name, headers(string(src)))
	return d, nil
}

func explain(name string, err error) error {
	if p, ok := errors.AsType[toml.ParseError](err); ok {
		return fmt.Errorf("%s:%d: %s", name, p.Position.Line, cmp.Or(p.Message, p.Error()))
	}
	return fmt.Errorf("%s: %w", name, err)
}

var header = regexp.MustCompile(`^\s*\[\[\s*([a-z-]+)\s*\]\]`)

// headers finds the lines of the row headers of each kind. The decoder gives
// no positions; a header inside a multi-line string would only shift a line
// number in a message.
func headers(src string) map[string][]int {
	lines := map[string][]int{}
	n := 0
	for line := range strings.Lines(src) {
		n++
		if !strings.Contains(line, "[[") {
			continue
		}
		if m := header.FindStringSubmatch(line); m != nil {
			lines[m[1]] = append(lines[m[1]], n)
		}
	}
	return lines
}

// place gives each row its origin and the file's defaults.
func (d *document) place(file string, lines map[string][]int) {
	seen := map[string]int{}
	d.each(func(kind string, r *Row) {
		r.Origin = Origin{File: file, Line: 1}
		if i := seen[kind]; i < len(lines[kind]) {
			r.Origin.Line = lines[kind][i]
		}
		seen[kind]++
		r.inherit(d.Default)
	})
}

func (r *Row) inherit(from Row) {
	r.From = cmp.Or(r.From, from.From)
	r.To = cmp.Or(r.To, from.To)
	r.Check = cmp.Or(r.Check, from.Check)
	if r.Law == nil {
		r.Law = from.Law
	}
}

// join appends another file's rows.
func (d *document) join(o *document) {
	d.Pack = append(d.Pack, o.Pack...)
	d.Classes = append(d.Classes, o.Classes...)
	d.Elements = append(d.Elements, o.Elements...)
	d.Offences = append(d.Offences, o.Offences...)
	d.Areas = append(d.Areas, o.Areas...)
	d.UnitTypes = append(d.UnitTypes, o.UnitTypes...)
	d.Units = append(d.Units, o.Units...)
	d.Grades = append(d.Grades, o.Grades...)
	d.Capacities = append(d.Capacities, o.Capacities...)
	d.Custodies = append(d.Custodies, o.Custodies...)
	d.Grounds = append(d.Grounds, o.Grounds...)
	d.Events = append(d.Events, o.Events...)
	d.Rules = append(d.Rules, o.Rules...)
	d.Regimes = append(d.Regimes, o.Regimes...)
	d.Measures = append(d.Measures, o.Measures...)
	d.Decisions = append(d.Decisions, o.Decisions...)
	d.Retentions = append(d.Retentions, o.Retentions...)
	d.Fields = append(d.Fields, o.Fields...)
	d.Templates = append(d.Templates, o.Templates...)
	d.Numberings = append(d.Numberings, o.Numberings...)
	d.Holidays = append(d.Holidays, o.Holidays...)
	d.Offsets = append(d.Offsets, o.Offsets...)
	d.Months = append(d.Months, o.Months...)
	d.Texts = append(d.Texts, o.Texts...)
	d.Articles = append(d.Articles, o.Articles...)
}

// each calls f with the common part of every row, kind by kind.
func (d *document) each(f func(kind string, r *Row)) {
	eachRow("class", d.Classes, f)
	eachRow("element", d.Elements, f)
	eachRow("offence", d.Offences, f)
	eachRow("area", d.Areas, f)
	eachRow("unit-type", d.UnitTypes, f)
	eachRow("unit", d.Units, f)
	eachRow("grade", d.Grades, f)
	eachRow("capacity", d.Capacities, f)
	eachRow("custody", d.Custodies, f)
	eachRow("ground", d.Grounds, f)
	eachRow("event", d.Events, f)
	eachRow("rule", d.Rules, f)
	eachRow("regime", d.Regimes, f)
	eachRow("measure", d.Measures, f)
	eachRow("decision", d.Decisions, f)
	eachRow("retention", d.Retentions, f)
	eachRow("field", d.Fields, f)
	eachRow("template", d.Templates, f)
	eachRow("numbering", d.Numberings, f)
	eachRow("holiday", d.Holidays, f)
	eachRow("offset", d.Offsets, f)
	eachRow("month", d.Months, f)
	eachRow("text", d.Texts, f)
	eachRow("article", d.Articles, f)
}

func eachRow[T any, P rowOf[T]](kind string, rows []T, f func(string, *Row)) {
	for i := range rows {
		f(kind, P(&rows[i]).base())
	}
}
