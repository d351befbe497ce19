// Package sign puts electronic signatures on our PDFs and checks them:
// detached CMS signatures (RFC 5652) of the kind ETSI.CAdES.detached (PAdES
// B-B and, with a time stamp, B-T: ETSI EN 319 142-1), with RFC 3161 time
// stamps.
//
//	signed, err := sign.PDF(ctx, pdf, signer, sign.Options{At: clock.Now()})
//	found, err := sign.Verify(signed, roots, clock.Now())
//
// A Signer is a crypto.Signer with its certificates, so the key may live in a
// hardware module. Identity is one whose key is in memory. Authority makes
// certificates for a service that has no public key infrastructure yet, and
// TimeAuthority answers time stamp requests with a policy number from the arc
// reserved for documentation, which nobody can take for a public authority's.
package sign
