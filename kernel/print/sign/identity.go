package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Signer is a key with its certificates, the signer's own first, then those of
// its issuers. The key may be anywhere that crypto.Signer reaches.
type Signer interface {
	crypto.Signer
	Chain() []*x509.Certificate
}

// Identity is a Signer whose key is in memory.
type Identity struct {
	crypto.Signer
	chain []*x509.Certificate
}

// Chain gives the certificates, the signer's own first.
func (id *Identity) Chain() []*x509.Certificate { return id.chain }

// NewIdentity joins a key and its certificates, which must belong together.
func NewIdentity(key crypto.Signer, chain ...*x509.Certificate) (*Identity, error) {
	if len(chain) == 0 {
		return nil, errors.New("sign: no certificate")
	}
	pub, ok := chain[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(key.Public()) {
		return nil, errors.New("sign: the certificate is of another key")
	}
	return &Identity{key, chain}, nil
}

// PEM writes the key (PKCS 8) and the certificates, to be kept where keys are kept.
func (id *Identity) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(id.Signer)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), id.certificates()...), nil
}

func (id *Identity) certificates() []byte {
	var out []byte
	for _, c := range id.chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// ParseIdentity reads what PEM wrote, or any PKCS 8 key followed by its certificates.
func ParseIdentity(data []byte) (*Identity, error) {
	var key crypto.Signer
	var chain []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY":
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("sign: key: %w", err)
			}
			key, _ = k.(crypto.Signer)
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("sign: certificate: %w", err)
			}
			chain = append(chain, c)
		}
	}
	if key == nil {
		return nil, errors.New("sign: no key that signs")
	}
	return NewIdentity(key, chain...)
}

// Authority is a local certificate authority: the root of trust of a service
// that runs without a public one, and of tests.
type Authority struct{ *Identity }

// Usage is what a certificate is for.
type Usage int

// The usages.
const (
	Documents  Usage = iota // signing documents
	TimeStamps              // signing time stamps, and nothing else (RFC 3161, 2.3)
)

// NewAuthority makes an authority with a new key (ECDSA P-256). name is its
// common name and should say that it is a local one.
func NewAuthority(name string, from, until time.Time) (*Authority, error) {
	t := template(name, from, until)
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	id, err := issue(t, nil)
	if err != nil {
		return nil, err
	}
	return &Authority{id}, nil
}

// Root gives the authority's own certificate, for others to trust.
func (a *Authority) Root() *x509.Certificate { return a.chain[0] }

// Issue makes a certificate of the authority for a new key (ECDSA P-256).
func (a *Authority) Issue(name string, use Usage, from, until time.Time) (*Identity, error) {
	t := template(name, from, until)
	t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch use {
	case TimeStamps:
		critical, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			return nil, err
		}
		t.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: critical}}
	default:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	}
	return issue(t, a.Identity)
}

func template(name string, from, until time.Time) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until}
}

// issue makes a key and signs its certificate with an issuer's, or its own.
func issue(t *x509.Certificate, by *Identity) (*Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	parent, signer, above := t, crypto.Signer(key), []*x509.Certificate(nil)
	if by != nil {
		parent, signer, above = by.chain[0], by.Signer, by.chain
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return NewIdentity(key, append([]*x509.Certificate{cert}, above...)...)
}
