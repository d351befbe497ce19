// Package citizens keeps citizens' accounts, the means by which they prove who
// they are, and the log in which each of them reads who asked about them.
//
// # Legal basis
//
// The card proves identity in person and at a distance (L04-20). Everybody may
// know whether data about them are handled, what for, and who receives them
// (L09-08 7), and contest what stands there (L09-08 8).
// Law: L09-08 7
//
// # Words
//
// A [Citizen] is the account of one person of the index. A means of proof is a
// code given at a counter (level 1), a passkey (level 2) or the card with its
// PIN (level 3). A [Holder] is who sits before a browser in a citizen's
// session: never an officer's, with none of an officer's rights.
//
// A [Line] of the citizen's log says who asked, when, why, about which
// attributes by name and never by value, and what came of it. Lines are
// numbered for each citizen without a gap, so that an omission shows, and each
// is an entry with a proof of its own. A [Delay] is a judge's order by which
// look-ups in one case appear later, at most as long as the pack allows; what
// is held back is counted in public. A [Contest] is a line that its citizen
// does not accept, answered by the inspectorate within the pack's term.
//
// # The life of an account
//
//  1. At a counter an officer sees the person and their documents, finds them in
//     the index and enrols them (or the card does, by its certificate).
//  2. The officer hands over a one-time code. With it the citizen signs in once,
//     at level 1, and registers a passkey; from then on they sign in with it.
//  3. Where more is asked, they prove themselves again by a stronger means.
//  4. Institutions verify them (module trust), officers look them up: each adds
//     a line, institutions in the same transaction, look-ups within seconds.
//  5. They read their log, check it, carry it away, contest a line.
//  6. A lost means is revoked, by themselves or at a counter; who has lost all of
//     them shows two documents to an officer and starts again. Sessions that
//     stand on a revoked means are over at once.
//  7. The account is closed when its citizen asks; the log stays.
//
// What a line says, labels and reasons are sealed under the person.
package citizens
