// Package provider is the OpenID Provider: the FAPI 2.0 Security Profile and
// nothing weaker, over a protocol library that only this package sees.
//
// # What is always so
//
//   - Every authorization begins at the pushed authorization request endpoint
//     (RFC 9126), by an institution that proved its key (private_key_jwt).
//   - PKCE with S256, tokens bound to the institution's key by DPoP (RFC 9449),
//     codes good once and for [CodeLife], the issuer in each answer (RFC 9207),
//     redirect addresses equal to the letter, subjects pairwise.
//   - Algorithms are ES256, PS256 and EdDSA for institutions; ours is ES256.
//   - An institution's own program has tokens of its own, by client credentials, for
//     what touches no citizen; their scopes are never asked of one.
//   - A request parameter that is given twice, or that asks for what there is
//     not (request objects, other response modes), is an error and never ignored.
//
// # What is kept
//
// Running authorizations, grants and identifiers seen (jti) are working state, in
// tmp_trust_ tables: a code, a request and an assertion are taken by a
// conditional statement or a unique key, so they are accepted once, whatever
// dies in between and however many nodes ask. Values that open something are
// kept as hashes. Decisions are not taken here: the functions of [Config] take
// them and write them down before the provider answers.
//
// Times of the protocol are the machine's, since they are compared with those
// of other machines.
//
// Sources: FAPI 2.0 Security Profile (final), OpenID Connect Core 1.0, RFC
// 6749, 7636, 7523, 9126, 9207, 9449, 9700.
package provider
