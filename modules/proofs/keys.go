package proofs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"net/url"
	"time"
)

// authority is who signs: an authority of documents (the root that a verifier
// keeps), the signer under it, and the verifier that asks wallets. Their keys follow from the service's own
// secret, so that nothing of them is stored, and their certificates from the
// keys, so that each node makes the same.
type authority struct {
	root, signer *ecdsa.PrivateKey
	verifier     *ecdsa.PrivateKey // signs what is asked of wallets, and nothing else
	rootCert     *x509.Certificate
	cert         *x509.Certificate
	verifierCert *x509.Certificate
	kid          string
}

// documentSigner is what the signer's key is for (ISO 18013-5 B.3).
var documentSigner = asn1.ObjectIdentifier{1, 0, 18013, 5, 1, 2}

// Certificates hold from the day on which the first of them could be made.
var certFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newAuthority derives the keys; secret gives 32 bytes for a use. The country, as
// ISO 3166-1 writes it, stands in each subject (ISO 18013-5 B.1).
func newAuthority(secret func(use string) []byte, origin, country string) (*authority, error) {
	a := &authority{}
	var err error
	if a.root, err = derive(secret("proofs authority")); err != nil {
		return nil, err
	}
	if a.signer, err = derive(secret("proofs signer")); err != nil {
		return nil, err
	}
	if a.verifier, err = derive(secret("proofs verifier")); err != nil {
		return nil, err
	}
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{country}, CommonName: "Amana proofs, " + u.Hostname()}, NotBefore: certFrom, NotAfter: certFrom.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: keyID(&a.root.PublicKey)}
	if a.rootCert, err = certify(root, root, &a.root.PublicKey, a.root); err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{Country: []string{country}, CommonName: "Amana proofs signer, " + u.Hostname()}, NotBefore: certFrom, NotAfter: certFrom.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, UnknownExtKeyUsage: []asn1.ObjectIdentifier{documentSigner}, DNSNames: []string{u.Hostname()}, URIs: []*url.URL{u}}
	if a.cert, err = certify(leaf, a.rootCert, &a.signer.PublicKey, a.root); err != nil {
		return nil, err
	}
	asks := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{Country: []string{country}, CommonName: "Amana verifier, " + u.Hostname()}, NotBefore: certFrom, NotAfter: certFrom.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{u.Hostname()}}
	if a.verifierCert, err = certify(asks, a.rootCert, &a.verifier.PublicKey, a.root); err != nil {
		return nil, err
	}
	a.kid = hex.EncodeToString(keyID(&a.signer.PublicKey))
	return a, nil
}

func keyID(key *ecdsa.PublicKey) []byte {
	raw, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil // a P-256 key always encodes
	}
	sum := sha256.Sum256(raw)
	return sum[:10]
}

// derive makes a P-256 key of a seed: its digest, drawn again in the rare case
// that it is no scalar.
func derive(seed []byte) (*ecdsa.PrivateKey, error) {
	for n := byte(0); ; n++ {
		sum := sha256.Sum256(append(append([]byte("amana P-256\n"), seed...), n))
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
		if err == nil || n == 255 {
			return key, err
		}
	}
}

// certify signs deterministically (RFC 6979), so that the bytes are always the
// same.
func certify(template, parent *x509.Certificate, key *ecdsa.PublicKey, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(nil, template, parent, key, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}
