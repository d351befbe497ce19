package app

import (
	"context"
	"log/slog"
	"sync/atomic"
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
	log     *slog.Logger
	until   atomic.Pointer[time.Time] // the authority is left alone until then
}

// NewPaper gives what issues documents: proofs of a log, signatures of a key,
// time stamps of an authority, which may be nil.
func NewPaper(logging *journal.Logging, signer sign.Signer, stamper sign.Stamper, now clock.Clock, log *slog.Logger) Paper {
	return &paper{logging: logging, signer: signer, stamper: stamper, clock: now, log: log}
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

// Sign signs a PDF with the service's document key. A paper does not wait for
// an authority that is away: it is signed without a time stamp, and the log
// says so. It signs nothing once a certificate has ended: such a signature
// looks like one and is worth nothing.
func (p *paper) Sign(ctx context.Context, pdf []byte, reason string) ([]byte, error) {
	if end := p.ends(); p.clock.Now().After(end) {
		return nil, fault.New(fault.Unavailable, "faults.certificate-over", "end", end)
	}
	o := sign.Options{At: p.clock.Now(), Reason: reason, Stamper: p.awake()}
	signed, err := sign.PDF(ctx, pdf, p.signer, o)
	if o.Stamper == nil || !unstamped(err) {
		return signed, err
	}
	p.rest(ctx, err)
	o.Stamper = nil
	return sign.PDF(ctx, pdf, p.signer, o)
}

// Stamps reports whether a time stamp authority is configured.
func (p *paper) Stamps() bool { return p.stamper != nil }

// Stamp appends a time stamp to a signed PDF.
func (p *paper) Stamp(ctx context.Context, pdf []byte) ([]byte, error) {
	if p.stamper == nil {
		return nil, fault.New(fault.Unavailable, "print.sign.time-unavailable")
	}
	stamped, err := sign.Stamp(ctx, pdf, p.stamper)
	if unstamped(err) {
		p.rest(ctx, err)
	}
	return stamped, err
}

// Stamped tells since when a signed PDF is known to be as it is.
func (p *paper) Stamped(pdf []byte) time.Time {
	found, err := sign.Verify(pdf, sign.Enclosed(pdf), p.clock.Now())
	if err != nil {
		return time.Time{}
	}
	for _, s := range found {
		if s.Err == nil && !s.Stamped.IsZero() {
			return s.Stamped
		}
	}
	return time.Time{}
}

func unstamped(err error) bool {
	return err != nil && fault.Of(err).Key == "print.sign.time-unavailable"
}

// leave is how long an authority that did not answer is left alone, so that
// not every paper waits for it.
const leave = time.Minute

// awake gives the authority, unless it was away a moment ago.
func (p *paper) awake() sign.Stamper {
	if until := p.until.Load(); until != nil && time.Now().Before(*until) {
		return nil
	}
	return p.stamper
}

func (p *paper) rest(ctx context.Context, err error) {
	until := time.Now().Add(leave)
	p.until.Store(&until)
	p.log.WarnContext(ctx, "the time stamp authority does not answer; papers are signed without a time stamp", "for", leave, "err", err)
}
