// Package inspection is the inspector's seat: who read or changed a record
// and why, the search of the journal, a verification run from the page, and
// the acts of retention (erasing, holding).
//
// Legal basis: law 09-08 (traceability of processing), CPP (control of the
// judicial police). An inspector works under a stated legal basis or their
// standing task, and what they look at is recorded like everybody's reading.
//
// It has no tables and no entries of its own: it reads the journal and the
// lanes, and appends the journal's own kinds.
//
// # The life of a check
//
//  1. Any record's page leads to its history: changes from the journal,
//     readings and refusals from the lanes, each with who, when and why.
//  2. The journal is searched by kind, actor or record; an entry's page shows
//     its fields and its place in the signed log, and gives its proof as a file.
//  3. "Verify" recomputes everything in the background; the page follows it
//     and keeps the last report.
package inspection
