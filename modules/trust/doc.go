// Package trust is the national trusted third party: institutions rely on it to
// know who a citizen is, and are told no more than they need and may ask.
//
// Legal basis: law 43-20 (trust services), law 09-08 article 4 (consent), 3
// (stated purposes, no more than they need) and 23 (security).
//
// # Words
//
// An [Institution] is who relies: a bank, a ministry, an insurer. Its
// [Registration] says for which purpose it asks, on which legal ground, which
// attributes at most (the ceiling), at which assurance level, and how long it
// keeps them; it has versions, each approved by two persons, and ends after a
// year. A sandbox institution is one that still learns: it is open at once, and
// meets test citizens only. A [Consent] is what a citizen agreed to. A
// verification is one release of attributes. An attribute is data about a person
// (family_name) or better what follows from it (age_over_18).
//
// # The life of a sign-in
//
//  1. The institution pushes its request and proves its key. What it asks above
//     its ceiling is refused here, recorded, and counted in public.
//  2. The citizen proves who they are at the level that is needed; the module that
//     keeps citizens does that ([Citizens]).
//  3. The citizen sees who asks, why, and each attribute; what is voluntary they may
//     leave out. Agreeing and refusing are recorded; a refusal is an answer and no
//     fault.
//  4. The institution redeems its code. The verification is recorded, with the line
//     of the citizen's log, and only then anything is released.
//  5. When the citizen's session ends, its grants end, and the institutions are told.
//  6. When a means of proof or the account ends, every institution that the citizen
//     agrees to be known by is told, over the stream that its program opened.
//
// # The life of an institution
//
// applied → examined by one person → approved by another (or refused) → active →
// expired after the pack's term, unless a new version was approved before; it may
// be suspended, and resumed, at any time. A change of what was approved is a new
// version and goes the same way; the one in force holds until then.
//
// An institution knows a person under a subject that is its own: derived with a
// secret of this service, never a number of the person. What goes on in the
// protocol is in package provider; the wire form of streams and events in package
// signals. An institution may also ask to be shown a portable proof
// ([Presentations]): what is shown is a verification like any other.
package trust
