// Package statuslist says of many documents at once which are revoked, in a
// list that a verifier can keep and read without a network: the Token Status
// List of the IETF (draft-ietf-oauth-status-list), in its JWT form.
//
//	New, Set, Status  the list: 1, 2, 4 or 8 bits a document
//	Token.Sign        the list with its address, its day and its term, signed
//	Verify            the list as a verifier believes it, and how old it is
//	Allot             indices in an order that tells nothing about their documents
//
// A list of a million documents of which one in a hundred is revoked takes
// about 25 kB as a signed token (TestOneMillion prints it).
//
// A document that is not found revoked in a list of yesterday was not revoked
// yesterday. Show the age beside the answer.
package statuslist
