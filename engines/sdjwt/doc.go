// Package sdjwt issues, presents and verifies credentials whose claims the
// holder discloses one by one: SD-JWT (RFC 9901) with the rules of SD-JWT VC
// (draft-ietf-oauth-sd-jwt-vc, media type dc+sd-jwt). It knows no database, no
// network and no other package of this program.
//
//	Issuer.Issue    claims, some of them Hidden, under an ES256 signature
//	Open            what the holder keeps: every disclosure
//	Held.Present    the chosen claims, bound to a verifier and its nonce
//	Verifier.Verify signature, times, type, disclosures and binding, or one reason
//
// A credential says no more than what is disclosed, but its signature and its
// salted digests are the same each time it is shown: two verifiers who compare
// what they hold can link them. Issue a batch, each with a holder key and a
// status index of its own, and show each once.
//
// Only ES256 and SHA-256 are spoken. Everything that comes from outside is
// bounded: see MaxSize and MaxDepth.
package sdjwt
