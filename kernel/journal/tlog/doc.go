// Package tlog keeps the transparency log: a Merkle tree (RFC 6962) over the
// leaves of one home, stored as C2SP tlog-tiles, whose checkpoints a separate
// process signs and witnesses cosign.
//
// # The life of a leaf
//
//  1. The journal's follower gives [Log.Append] a [Leaf] for each entry: its
//     kind, the minute it was written, its home and seq, and a salted
//     commitment. Nothing personal is in it.
//  2. When Append returns, the leaf is on the disk and has its index for good.
//     A follower that was killed finds with [Log.Scan] which leaves are in.
//  3. At each checkpoint interval the tree is signed by the process behind
//     [ServeSigner], which signs only what continues the tree it signed last,
//     and cosigned by as many witnesses as the [Policy] asks; each [Witness]
//     keeps its own memory of the tree.
//  4. [Log.Proof] gives the hashes that lead from a leaf to the checkpoint. A
//     [ProofFile] carries them together with what the holder may see of the
//     entry, and [CheckProof] recomputes all of it offline.
//  5. [CheckLog] derives the whole tree again from the leaves, [Order] counts
//     them, and [Continues] holds the log against a checkpoint kept elsewhere.
//
// The formats are described, with test vectors and a checker in another
// language, in docs/format. Standards: RFC 6962 section 2.1; C2SP tlog-tiles,
// tlog-checkpoint, signed-note, tlog-cosignature (cosignature/v1),
// tlog-witness, tlog-policy and tlog-proof.
//
// The name is that of golang.org/x/mod/sumdb/tlog, with which everything here
// can be checked; files that use it import it as merkle.
package tlog
