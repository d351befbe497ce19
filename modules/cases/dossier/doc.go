// Package dossier is the case file as it leaves the service: the structured
// [Twin], what a recipient's profile withholds of it, and the papers set from
// it. It knows no tables and no pages; the module cases asks it.
//
// # The twin
//
// [Twin] documents the schema "amana-dossier/1" field by field: JSON, times in
// UTC, persons, reports, documents and exhibits under short references ("P1",
// "R1", "D1", "X1"), names of the law in three languages. [Maker] makes the
// whole twin of a file once, at the hand-over. Everything else is made from its
// bytes: [Profiled] leaves out what a profile withholds, never covers it up, so
// that what is withheld is in no byte; [Press] sets the PDF.
//
// To check a dossier: the field "Twins" of the proven entry lists a profile
// and a SHA-256 for each copy; that of dossier.json must be among them.
package dossier
