// Package proofs gives citizens proofs that they carry themselves: credentials
// in the wallet of their telephone, which they show to whom they choose, claim
// by claim, without the service being asked or told.
//
// # Legal basis
//
// The card proves identity at a distance (L04-20); what is shown is what the
// purpose needs and no more (L09-08 3).
//
// # Words
//
// A [Type] is what a proof says: identity, age, residence. An offer is a proof
// that a citizen asked for and no wallet has taken yet. A [Credential] is one
// that a wallet took: an SD-JWT VC or an ISO 18013-5 document, bound to a key
// of the wallet, with a place in a status list where its revocation can be
// read. The list is public and can be held offline; it names nobody.
//
// # The life of a proof
//
//  1. In their space, at level 2 or above, the citizen chooses a proof. The page
//     shows an offer (a link, and a code for the telephone's camera) and six
//     digits that travel by the citizen's eyes only.
//  2. The wallet redeems the offer by OpenID for Verifiable Credential Issuance
//     1.0: pre-authorised code and transaction code, a nonce, a proof that it holds
//     the key, and takes the credential; up to ten at once, so that two verifiers
//     cannot link what they were shown.
//  3. Each is an entry before it leaves the house. What it says is read from the
//     record at that moment, and kept in no other place.
//  4. The citizen shows it to whom they choose. A verifier checks it by what is
//     published here, or has this service ask and check (OpenID for Verifiable
//     Presentations 1.0): then it is written down, and stands in the citizen's log.
//  5. It ends with its term, with the account or with the erasure of the person,
//     or the citizen revokes it: from then on the status list says so to whoever fetches it.
package proofs
