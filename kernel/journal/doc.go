// Package journal is the record. Everything that anyone did is an entry in
// it; the tables of the modules are its reading.
//
// # The life of one entry
//
//  1. A module's service calls [Journal.Do] with a grant. The decision runs
//     under the lock of the home, reads the tables, and drafts entries: typed
//     values with an id, the time it happened, and what was decided.
//  2. Each draft is flattened into fields. A field of type [Sealed] is
//     personal: it goes into a box sealed under the key of its subject.
//     Every field, open or sealed, has a salted digest; the sorted digests
//     give the entry's commitment, and the commitments form a hash chain in
//     the order of seq, which has no gap.
//  3. The entry is read back from the very bytes that were stored and its
//     Apply changes its module's tables, in the same transaction. Many
//     callers' transactions share one commit.
//  4. The log follower puts a leaf (see docs/format) of each entry into a
//     Merkle tree of C2SP tiles, whose checkpoints a separate process signs
//     and witnesses cosign.
//  5. [Verify] recomputes every commitment, chain link and leaf, replays all
//     entries into an empty database and compares every row.
//
// Reads that matter are entries too, in a lane of their own (see [Lane]) that
// applies nothing, so that readers never wait for writers.
//
// # Personal data
//
// A [Sealed] value appears in the clear only in the tables, where the columns
// are nullable. Erasing a subject destroys its key, appends [Erased], and
// nulls those columns; the digests stay, so every proof still holds, and the
// salts are gone, so nothing can be guessed from the digests.
package journal
