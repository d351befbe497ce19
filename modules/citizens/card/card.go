// Package card checks what a national identity card says: its certificate,
// from an authority that is trusted here and not revoked, and its answer to a
// challenge that was made for this service, a moment ago.
//
// # The answer of a card
//
// The card signs the [Statement], in UTF-8, five lines ended by line feeds:
//
//	amana-card/v1
//	https://identity.example          the origin of the pages that ask
//	3q2-…                             the ticket of this sign-in
//	V7vA…                             the challenge, 32 random bytes in base64url
//	2026-11-28T12:00:00Z              when the challenge ends
//
// with ECDSA over SHA-256 (ASN.1 form; P-256 or P-384), or with RSA PKCS #1
// v1.5 or PSS over SHA-256, 2048 bits or more. The key never leaves the card,
// and the card asks for its PIN; the agent beside it speaks PKCS #11.
//
// # The certificate
//
// X.509 (RFC 5280), with digital signatures among its uses. The subject's
// serialNumber is the holder's number as ETSI EN 319 412-1 (5.1.3) writes it:
// "IDCMA-" and the number of the card's holder. Authorities are the PEM files
// (*.pem, *.crt) of a folder, their revocation lists the *.crl beside them. A
// card whose authority's list is missing or over proves nothing.
package card

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// NumberPrefix stands before a holder's number in a certificate.
const NumberPrefix = "IDCMA-"

// maxCertificate bounds a certificate that comes from outside, in bytes.
const maxCertificate = 16 << 10

// Statement is what a card signs.
type Statement struct {
	Origin    string // https://identity.example
	Ticket    string
	Challenge string
	Until     time.Time
}

// Bytes gives the statement as it is signed.
func (s Statement) Bytes() []byte {
	return []byte(strings.Join([]string{"amana-card/v1", s.Origin, s.Ticket, s.Challenge, s.Until.UTC().Format(time.RFC3339), ""}, "\n"))
}

// Holder is whom a card has proved.
type Holder struct {
	Number      string // as the card's authority writes it, without the prefix
	Fingerprint string // SHA-256 of the public key, hex: the same when a certificate is renewed over it
	Ends        time.Time
}

// Verify checks a card's answer at a time. Faults: citizens.card.unreadable,
// .untrusted, .ended, .revoked, .list-over, .unfit, .signature.
func (a *Authorities) Verify(now time.Time, s Statement, certificate, signature []byte) (Holder, error) {
	if len(certificate) > maxCertificate || len(signature) > maxCertificate {
		return Holder{}, refuse("unreadable", nil)
	}
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return Holder{}, refuse("unreadable", err)
	}
	if now.After(s.Until) {
		return Holder{}, refuse("late", nil)
	}
	if err := a.check(now, c); err != nil {
		return Holder{}, err
	}
	number, ok := strings.CutPrefix(c.Subject.SerialNumber, NumberPrefix)
	if !ok || number == "" || c.KeyUsage&x509.KeyUsageDigitalSignature == 0 || c.IsCA {
		return Holder{}, refuse("unfit", nil)
	}
	if err := signed(c.PublicKey, s.Bytes(), signature); err != nil {
		return Holder{}, refuse("signature", err)
	}
	print := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return Holder{Number: number, Fingerprint: hex.EncodeToString(print[:]), Ends: c.NotAfter}, nil
}

func refuse(why string, cause error) error {
	return fault.Wrap(cause, fault.Refused, "citizens.card."+why)
}

// leastRSA is the shortest RSA key that is believed, in bits.
const leastRSA = 2048

// signed checks a signature by a card's key.
func signed(key crypto.PublicKey, statement, signature []byte) error {
	digest := sha256.Sum256(statement)
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, digest[:], signature) {
			return nil
		}
	case *rsa.PublicKey:
		if key.N.BitLen() < leastRSA {
			return rsa.ErrVerification
		}
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil {
			return nil
		}
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil)
	}
	return rsa.ErrVerification
}
