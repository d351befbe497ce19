// Package ui is the look of every page: a small set of typed components, one
// style sheet, fonts and scripts, all embedded. It knows words and faults and
// nothing else; kernel/web serves it, modules build their pages from it.
//
// # A page
//
//	templ show(v ui.View, r ui.Record) {
//		@ui.Page(v) {
//			@r.Show(v.Words, v) { … }
//		}
//	}
//
// A View says who reads (Person, Role, Unit), under which Purpose, in which
// Words, and what the frame shows (Rail, Demo, CutSince, Theme). The frame
// links to the Path… constants, which kernel/web serves.
//
// # Components
//
//	Page(v)                     the frame; children are the content
//	Record{…}.Show(w, v)        title line, acts, facts, children, timeline, panels
//	Timeline(w, []Event)        entries with two times and a proof mark
//	Table{…}.Show(w)            list: filters and order in the address, keyset paging, export
//	Form{…}.Frame()             form in one column, side panel of errors, autosave
//	  .Text .Area .Select .Radios .Checks .Check .Date .Time .Hidden
//	  .File .PersonPicker .Suggestions .Repeat .Conflict
//	Section(title)              a group of fields
//	Panel(title), Facts(w, []Fact), PrintLinks(w, pdf), QR(w, modules, says)
//	Chip(State), ID(s), Moment(w, t), Plate(w, PlateNumber), Key(keys), Plain(s)
//	Notice(status, title, lead), Loading(w), Refusal{…}.Show(w, v), Problem{…}.Show(w), OfflinePage(w, retry)
//	Comparison{…}.Show(w), Board(w, []Cell), Chart{…}.Show(w)
//	Catalogue(v)                all of them in all states, for /dev/components
//
// # Rules the pages keep
//
// No word stands in this package: all come from catalogues. No inline script
// or style: ContentSecurityPolicy holds without exceptions. Everything can be
// read and submitted without scripts; assets/js adds autosave, keys, resumable
// uploads, live views and in-place sign-in. Logical CSS properties only, so
// that Arabic mirrors without a second sheet. A status has colour, shape and
// word. Assets have content hashes in their addresses and never expire.
package ui
