// Package index says who and what the records speak of: persons, vehicles,
// places and things, each once.
//
// # Legal basis
//
// Personal data are kept for a stated purpose, exact and as long as needed
// (L09-08, L09-08 3), under the security and confidence that the law demands
// (L09-08 23). The identity of whoever is heard or held is established for the
// report (CPP 24). A named person decides what a machine proposes.
//
// # Words
//
// A [Person] is an identity as the service knows it: what somebody said, or a
// document showed, about who they are. Each statement keeps its [Source], and
// a correction keeps what stood before as a [Claim]. A [Vehicle], a [Place]
// and a [Thing] are likewise. A [Link] relates two records and says who says
// so. A [Candidate] is a person who may be the one looked for, with the
// evidence; a [Decision] is what a named person made of one: merged,
// dismissed, or separated again.
//
// It is never a dossier. Nothing here lists what a person has to do with the
// police; the records that concern them show themselves, as panels, to those
// who may read those records under the purpose they work with.
//
// # Personal values
//
// Whatever identifies a person is sealed under the person's id, a plate and a
// chassis number under the vehicle's, the reason of a decision under the
// decision's. [Service.Subjects] names all ids to be forgotten together with a
// person. Search keys stand in idx_ tables, derived from the rows, and go with
// them.
//
// # The life of one person
//
//  1. The desk types a name; Search and Proposals answer with who is known.
//  2. Nobody fits: the person is recorded (RecordPerson, or DraftPerson inside
//     the transaction of a complaint), with the source of what was said.
//  3. A document is shown: CorrectPerson replaces what it disproves; the
//     former value stays as a claim.
//  4. Two editors at once: fields that only one touched are joined; a field
//     that both touched comes back with both values.
//  5. A duplicate is proposed with its evidence; somebody merges the two
//     (MergePersons) or says that they are two (DismissDuplicate).
//  6. A merge deletes nothing: the absorbed record points at the kept one.
//  7. UnmergePersons takes the pointer away; both stand as before.
//  8. When the last purpose has ended the person is erased; the id stays.
package index
