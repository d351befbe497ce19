package cases

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
)

// fileClasses are the retention classes of files; which of them a file is in
// follows the class of its gravest offence, as the rows of the pack say.
var fileClasses = []string{"case-crime", "case-delit", "case-contravention"}

// ends are the kinds of files whose time ends, on the prosecution's word.
// Law: L69-99
func (s *Service) ends() []app.Term {
	var all []app.Term
	for _, class := range fileClasses {
		all = append(all, app.Term{Class: class, Due: s.closedBefore(class), Subjects: contents})
	}
	return all
}

// says is the condition that something is left of what a file c says.
const says = "(c.facts is not null or exists (select 1 from cases_values v where v.record = c.id and v.value is not null))"

// closedBefore lists closed files of a class. One that was closed without any
// qualification goes with the lightest.
func (s *Service) closedBefore(class string) func(context.Context, store.Reader, app.Window) ([]app.Due, error) {
	return func(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
		own, graver, lightest := offenceClasses(s.k.Pack.Classes(s.k.Clock.Now()), class)
		args := []any{store.Micros(w.Before), string(w.Unit), w.Most}
		has := func(classes []string) string {
			marks := make([]string, len(classes))
			for i, c := range classes {
				args = append(args, c)
				marks[i] = "$" + strconv.Itoa(len(args))
			}
			return "exists (select 1 from cases_offences o where o.case_id = c.id and o.withdrawn_at = 0 and o.class in (" + strings.Join(marks, ", ") + "))"
		}
		of := has(own)
		if len(graver) > 0 {
			of += " and not " + has(graver)
		}
		if lightest {
			of = "(" + of + " or not exists (select 1 from cases_offences o where o.case_id = c.id and o.withdrawn_at = 0))"
		}
		return store.List(ctx, r, "select c.id, c.unit, c.closed_at from cases_cases c where c.closed_at > 0 and c.closed_at < $1 and ($2 = '' or c.unit = $2) and "+says+" and "+of+" order by c.closed_at, c.id limit $3",
			args, func(scan store.Scan) (d app.Due, err error) {
				var id ident.ID
				err = scan(&id, &d.Unit, store.At(&d.Since))
				d.Ref = caseRef(id)
				return d, err
			})
	}
}

// offenceClasses gives the classes of offences whose files a retention class
// keeps, those that are graver, and whether none is lighter.
func offenceClasses(all []packs.Class, retention string) (own, graver []string, lightest bool) {
	top, last := 0, 0
	for _, c := range all {
		if c.Retention == retention {
			own = append(own, c.Code)
			if top == 0 || c.Rank < top {
				top = c.Rank
			}
			last = max(last, c.Rank)
		}
	}
	for _, c := range all {
		if c.Rank < top {
			graver = append(graver, c.Code)
		}
	}
	return own, graver, !slices.ContainsFunc(all, func(c packs.Class) bool { return c.Rank > last })
}

// contents lists under whose keys the words of a file are sealed: its own, those
// of what stands in it, and of the complaint it was opened from, which is kept
// as long as the file.
func contents(ctx context.Context, r store.Reader, id ident.ID) ([]ident.ID, error) {
	var parts []string
	for _, table := range []string{"cases_pvs", "cases_pieces", "cases_measures", "cases_remarks", "cases_dossiers"} {
		parts = append(parts, "select id from "+table+" where case_id = $1")
	}
	parts = append(parts, "select id from cases_cases where id = $1", "select complaint from cases_cases where id = $1 and complaint <> ''")
	return store.List(ctx, r, strings.Join(parts, " union ")+" order by 1", []any{string(id)}, func(scan store.Scan) (of ident.ID, err error) { return of, scan(&of) })
}

// speaks gives how the files stand in which a person is a party, a suspect or
// heard.
func speaks(ctx context.Context, r store.Reader, person ident.ID) (app.Spoken, error) {
	return app.SpokenIn(ctx, r, "select "+says+`, case when c.closed_at > 0 then c.closed_at else c.opened_at end, c.unit
		from cases_cases c where c.id in (select case_id from cases_parties where person = $1
			union select case_id from cases_offences where suspect = $1
			union select case_id from cases_pvs where person = $1
			union select case_id from cases_pvs where second_person = $1)`, string(person))
}
