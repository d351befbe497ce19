// Package names compares names of persons written in Arabic, in Latin letters
// as Moroccan registers spell them, or in both. It knows no database and no
// other package of this program.
//
//	Fold        letters without accents, vowel marks and variant forms
//	Key, Pairs  skeleton keys for an index table: who is worth comparing
//	SearchKeys  the keys of a query that may be unfinished
//	SortKey     order in lists
//	Score       how well two persons agree, with the evidence field by field
//
// Both scripts are read as one row of sounds; its consonants, in classes that
// the French-based romanisation of Morocco and the Arabic spelling share, are
// the key, and a weighted edit distance over all of it is the score. Nothing is
// transliterated and compared. Particles are joined on (Ben Jelloun is
// Benjelloun), the article and titles are optional, parts stand in any order.
//
// What it proposes, a person decides: Score orders candidates and says why.
// How common a name is it does not know.
//
// # Figures
//
// Measured on synthetic persons made from namesdata, spellings drawn at
// random, with TestRecall, TestRandomPairs and TestHoldout; see thresholds.go.
//
//	go test -v -run 'TestRecall|TestRandomPairs|TestHoldout' ./engines/names
//	go test -run '^$' -bench . ./engines/names
//
// On a shared two-core machine Key of four words takes 5.5 µs, Score of two
// records 39 µs, of two prepared profiles 2.5 µs without allocation; the
// dearest input that the bounds allow, 8 ms. Prepare a query once with
// NewProfile when it meets many candidates.
package names
