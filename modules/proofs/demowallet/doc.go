// Package demowallet is a wallet that a visitor of the demonstration can use in
// place of a telephone's: it takes portable proofs by OpenID4VCI 1.0, and shows
// them by OpenID4VP 1.0, over HTTP as any wallet would, and says on every page
// that it is a simulator. It knows nothing of the service it runs beside but
// its address, keeps what it holds in memory, and forgets it with the process.
package demowallet
