// Package plates reads number plates for a stated purpose: it keeps the lists
// of vehicles that are looked for, takes what cameras read, proposes hits to
// people, and forgets every other read when its term ends.
//
// # Legal basis
//
// Wanted notices are ordered by the prosecution (CPP 40, CPP 49) and lapse
// with limitation (CPP 5). Data serve the purpose they were taken for, are
// kept no longer than it needs, and can be corrected (L09-08 3); access to
// them is guarded (L09-08 23).
//
// # Words
//
// A watch Entry is one plate that is looked for: on whose authority, why,
// where, until when. A Read is one plate that one camera saw. A Batch is what
// a camera hands over at once, an entry of the journal with the Merkle root of
// its reads, their values sealed under the key of the camera's day. A Hit is
// a proposal that a read shows a listed plate; it copies its read, so that it
// outlives the batch. A Contest is somebody's claim that an entry is wrong; it
// is decided, or settled where the entry is cancelled meanwhile. A
// Sample is a read or a confirmed hit that people key again without seeing
// what the machine read.
//
// # States
//
//	entry: active ⇄ suspended → cancelled; past its end it is lapsed, which warns and alerts nobody
//	hit:   proposed → confirmed → tasked → closed | proposed → rejected
//
// # The life of one read
//
//  1. A camera sends a batch under its own key (TakeBatch); sent twice, it
//     answers as the first time.
//  2. Each read is compared with the list, on the probabilities of its
//     characters; what reaches the threshold, which keeps false proposals below
//     the pack's bound, becomes a proposal.
//  3. The desk hears of it. A named person compares picture, plate, entry and
//     vehicle, and confirms all four (ConfirmHit) or rejects with a reason.
//     The entry must still be in force at that moment; the table demands it.
//  4. Only then can a crew be sent (TaskCrew), which reports what it found
//     (CloseHit).
//  5. Each week some reads and some confirmed hits are drawn and keyed again
//     by people who do not see the machine's answer; a camera that falls below
//     its floor alerts nobody until somebody lifts that.
//  6. At the end of the term the key of the camera's day is destroyed, its rows
//     and pictures are gone, and the journal's receipt says so. So too what a
//     proposal keeps that nobody confirmed.
package plates
