// Package enquiry says what a case is, in types and rules that know neither
// tables nor pages: its parties, offences, reports, measures, reviews and
// dossiers, the states these pass through, how two drafts of one report are
// merged, and the gate that looks at a file before it is handed over.
//
// A [File] is a case with all it holds, as its reader may need it: whoever
// needs less reads less, and leaves the rest empty. [Judge] decides on a File
// and the pack alone, so every rule of the gate is tested without a store.
// [Terms] says the pack's codes in the words of a reader.
package enquiry
