package proofs

import (
	"context"
	"crypto/x509"

	"github.com/amana-platform/amana/kernel/store"
)

func scanCredential(scan store.Scan) (c Credential, err error) {
	var issued, until, revoked int64
	err = scan(&c.ID, &c.Citizen, &c.Type, &c.Form, &c.Index, &issued, &until, &revoked)
	c.Issued, c.Until, c.Revoked = store.Time(issued), store.Time(until), store.Time(revoked)
	return c, err
}

func credentials(ctx context.Context, r store.Reader, where string, args ...any) ([]Credential, error) {
	return store.List(ctx, r, "select id, citizen, type, form, list_index, issued_at, until_at, revoked_at from proofs_credentials where "+where, args, scanCredential)
}

// chain is what stands beside a signature: the signer, without the root that a
// verifier has.
func chain(a *authority) []*x509.Certificate { return []*x509.Certificate{a.cert} }
