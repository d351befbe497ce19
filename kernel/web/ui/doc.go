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
//	Wall(v)                     a screen on the wall, made anew every 30 s
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
// # What the scripts expect of the server
//
// Every request of a script carries "Amana-Script: 1"; an ended session is
// answered 401, never by a redirect.
//
//   - Autosave: POST Form.Autosave with name, value (repeated), version; see Form.
//   - Files: tus 1.0.0 below the address given to Form.File. POST with
//     Upload-Length and Upload-Metadata gives 201 and Location; HEAD and PATCH
//     Location give Upload-Offset (409 where the offset differs, 404 or 410
//     starts again, DELETE gives up). The last part of Location is the file's
//     id and is submitted as the field. A refusal in text/plain is shown.
//   - Person picker: GET address?q=… gives Form.Suggestions.
//   - Sign-in in place: GET PathAgain gives a form as a fragment; its POST
//     answers 200 with "Amana-Person: <View.PersonID>" or the fragment again. A
//     script that signs in otherwise dispatches "amana:signed-in" on document
//     with detail {person}.
//   - Live views: View.Live is an event stream; elements take events by
//     sse-swap; a Record's head and timeline fetch View.Path anew on an event
//     named "entry". A new connection names the last event it saw in the query,
//     last-event-id, or in the header Last-Event-ID. Every event has an id.
//   - HEAD PathPing answers whenever the station can be reached.
//
// Without scripts: forms post multipart/form-data. Repeat's buttons post
// add=group and remove=group.i, a conflict's keep=field:mine or :theirs, a
// picker's typed text is field.q, files come as field.file.
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
