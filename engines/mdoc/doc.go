// Package mdoc issues, presents and verifies documents in the form of ISO/IEC
// 18013-5, which wallets of telephones hold: CBOR, COSE, and elements that the
// holder shows one by one. It knows no database, no network and no other
// package of this program.
//
//	Issuer.Issue     elements under the signature of a document signer
//	Open             what the holder keeps
//	Held.Present     the chosen elements, signed by the device for one session
//	Verifier.Verify  signature and chain, digests, times, device, or one reason
//	OpenID4VP        the session transcript of OpenID for Verifiable Presentations 1.0
//
// Only ES256 and SHA-256 are spoken, and the device answers with a signature,
// not with a MAC: a MAC needs the reader's key and proves nothing to a third.
// As with any signed document, two verifiers who compare what they were shown
// can link it; issue a batch and show each once.
package mdoc
