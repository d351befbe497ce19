package app

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/print/sign"
)

// paper issues documents with the proof of the entry they speak of.
type paper struct {
	logging *journal.Logging
	signer  sign.Signer
	stamper sign.Stamper
	clock   clock.Clock
}

// proofWait bounds the wait for the checkpoint that covers an entry; the
// promise is two seconds.
const proofWait = 10 * time.Second

// Proof waits for the proof of an entry and gives it as a file, with the
// text of the QR code. disclose says which sealed fields the holder may see.
func (p *paper) Proof(ctx context.Context, entry ident.ID, disclose func(path string) bool) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, proofWait)
	defer cancel()
	proof, qr, err := p.logging.Proof(ctx, entry, disclose)
	if err != nil {
		return nil, "", err
	}
	raw, err := proof.Marshal()
	return raw, qr, err
}

// ends is when the first of the certificates that sign papers ends.
func (p *paper) ends() time.Time {
	var end time.Time
	for i, c := range p.signer.Chain() {
		if i == 0 || c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return end
}

// Sign signs a PDF with the service's document key. It signs nothing once a
// certificate has ended: such a signature looks like one and is worth nothing.
func (p *paper) Sign(ctx context.Context, pdf []byte, reason string) ([]byte, error) {
	if end := p.ends(); p.clock.Now().After(end) {
		return nil, fault.New(fault.Unavailable, "faults.certificate-over", "end", end)
	}
	return sign.PDF(ctx, pdf, p.signer, sign.Options{At: p.clock.Now(), Reason: reason, Stamper: p.stamper})
}
