package ui

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"
)

// Table is a list. Filters, sort order and page all live in the address, so
// that a view can be kept, sent and reopened. Paging is by keyset: Next and
// Prev are cursors the service made, never page numbers.
type Table struct {
	ID      string
	Caption string
	Path    string     // of the list
	Query   url.Values // as asked: filters, sort ("name" or "-name"), after, before
	Columns []Column
	Rows    []Row
	Count   int // rows in all pages; negative when not counted
	Prev    string
	Next    string
	Filters []Filter
	Views   []Link // saved views
	Export  string // address of the export, which asks for a purpose; empty: none
	SaveAs  string // address that saves this view (POST name, query); empty: none

	Asks            bool   // a search: it holds nothing until something is asked
	Nothing, Advice string // what it says when nothing fits, and what to do then; the usual words if empty
}

// Column is one column. Sortable ones have a sort link on their key.
type Column struct {
	Key      string
	Label    string
	Sortable bool
	Numeric  bool // set in figures, at the end of the cell
	Wide     bool // may wrap; others keep on one line
	Minor    bool // left out on narrow screens
}

// Row is one row: its address and a component for each column.
type Row struct {
	Href   string
	Label  string // what the row's link says to a screen reader, e.g. the number
	Cells  []templ.Component
	Status Status // marks the row's edge; empty for none
}

// Filter is a field above the table. With Options it is a select, else a text.
type Filter struct {
	Name    string
	Label   string
	Options []Option
}

// href gives the address of this list with some parameters changed; an empty
// value removes one. Changing anything starts at the first page again.
func (t Table) href(pairs ...string) templ.SafeURL {
	q := url.Values{}
	for k, v := range t.Query {
		if k != "after" && k != "before" {
			q[k] = slices.Clone(v)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return templ.URL(t.Path)
	}
	return templ.URL(t.Path + "?" + q.Encode())
}

// sorted tells how a column stands: "ascending", "descending" or "none".
func (t Table) sorted(c Column) string {
	switch t.Query.Get("sort") {
	case c.Key:
		return "ascending"
	case "-" + c.Key:
		return "descending"
	}
	return "none"
}

// sortHref asks for the other order of a column.
func (t Table) sortHref(c Column) templ.SafeURL {
	if t.sorted(c) == "ascending" {
		return t.href("sort", "-"+c.Key)
	}
	return t.href("sort", c.Key)
}

// filtered reports whether any filter is set.
func (t Table) filtered() bool {
	return slices.ContainsFunc(t.Filters, func(f Filter) bool { return t.Query.Get(f.Name) != "" })
}

// clearHref drops every filter and keeps the order.
func (t Table) clearHref() templ.SafeURL {
	var pairs []string
	for _, f := range t.Filters {
		pairs = append(pairs, f.Name, "")
	}
	return t.href(pairs...)
}

func columnClass(c Column) string {
	class := ""
	if c.Numeric {
		class += " num"
	}
	if c.Wide {
		class += " wide"
	}
	if c.Minor {
		class += " minor"
	}
	return class
}
