package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // see bound
	"crypto/sha256"
	_ "crypto/sha512" // linked in for crypto.Hash
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
)

// Object identifiers of RFC 5652, RFC 5035, RFC 3161 and the algorithms used.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSigned        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidCertificateV1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidTimeToken     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA256RSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidECDSA256      = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// The structures of RFC 5652, as far as they are used.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      encapsulated
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"optional,explicit,tag:0"`
	}
	signerInfo struct {
		Version   int
		Issuer    issuerAndSerial
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
		Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue `asn1:"set"`
	}
	essCertIDv2 struct { // RFC 5035; without an algorithm it is SHA-256
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Hash      []byte
	}
	signingCertificateV2 struct{ Certs []essCertIDv2 }
)

// What is wrong with a signature.
var (
	errCMS     = errors.New("sign: malformed signature")
	errChanged = errors.New("sign: the content was changed")
)

// message is what a CMS signature is made of.
type message struct {
	kind    asn1.ObjectIdentifier // of the content
	content []byte                // inside the signature; nil for a detached one
	digest  []byte                // SHA-256 of the content
}

// seal makes the CMS signature of a message. stamp, if any, gives a time
// stamp token for the signature's own digest.
func seal(m message, s Signer, stamp func(digest []byte) ([]byte, error)) ([]byte, error) {
	chain := s.Chain()
	signed, err := signedAttributes(m, chain[0])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(signed)
	algorithm, err := algorithmOf(s.Public())
	if err != nil {
		return nil, err
	}
	signature, err := s.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	info := signerInfo{
		Version:   1,
		Issuer:    issuerAndSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
		Digest:    pkix.AlgorithmIdentifier{Algorithm: oidSHA256},
		Signed:    retag(signed, 0),
		Algorithm: algorithm, Signature: signature,
	}
	if stamp != nil {
		if info.Unsigned, err = timeAttribute(signature, stamp); err != nil {
			return nil, err
		}
	}
	return wrap(m, chain, info)
}

// wrap puts a signer's statement and the certificates into a ContentInfo.
func wrap(m message, chain []*x509.Certificate, info signerInfo) ([]byte, error) {
	var certs []byte
	for _, c := range chain {
		certs = append(certs, c.Raw...)
	}
	version := 1
	if !m.kind.Equal(oidData) {
		version = 3
	}
	body, err := asn1.Marshal(signedData{
		Version:      version,
		Digests:      []pkix.AlgorithmIdentifier{{Algorithm: oidSHA256}},
		Content:      encapsulated{m.kind, m.content},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs},
		Signers:      []signerInfo{info},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{oidSigned, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: body}})
}

// signedAttributes gives the DER SET that is signed: content type, digest and
// the signer's certificate, by its digest (RFC 5035). The time of signing is
// not among them: PAdES keeps it in the PDF or, better, in a time stamp.
func signedAttributes(m message, cert *x509.Certificate) ([]byte, error) {
	sum := sha256.Sum256(cert.Raw)
	var attrs []attribute
	for _, a := range []struct {
		kind  asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, m.kind},
		{oidDigest, m.digest},
		{oidCertificate, signingCertificateV2{[]essCertIDv2{{Hash: sum[:]}}}},
	} {
		made, err := newAttribute(a.kind, a.value)
		if err != nil {
			return nil, err
		}
		attrs = append(attrs, made)
	}
	return asn1.MarshalWithParams(attrs, "set")
}

func newAttribute(kind asn1.ObjectIdentifier, value any) (attribute, error) {
	der, err := asn1.Marshal(value)
	if err != nil {
		return attribute{}, err
	}
	return attribute{kind, asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: der}}, nil
}

// retag gives a DER SET the implicit tag it has inside a SignerInfo.
func retag(set []byte, tag int) asn1.RawValue {
	var v asn1.RawValue
	_, _ = asn1.Unmarshal(set, &v) // made by Marshal
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: v.Bytes}
}

func timeAttribute(signature []byte, stamp func([]byte) ([]byte, error)) (asn1.RawValue, error) {
	sum := sha256.Sum256(signature)
	token, err := stamp(sum[:])
	if err != nil {
		return asn1.RawValue{}, err
	}
	made, err := newAttribute(oidTimeToken, asn1.RawValue{FullBytes: token})
	if err != nil {
		return asn1.RawValue{}, err
	}
	set, err := asn1.MarshalWithParams([]attribute{made}, "set")
	return retag(set, 1), err
}

// algorithmOf names the signature algorithm of a key: RSA or ECDSA, with SHA-256.
func algorithmOf(key crypto.PublicKey) (pkix.AlgorithmIdentifier, error) {
	switch key.(type) {
	case *rsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidSHA256RSA, Parameters: asn1.NullRawValue}, nil
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSA256}, nil
	}
	return pkix.AlgorithmIdentifier{}, errors.New("sign: only RSA and ECDSA keys sign documents")
}

// statement is a CMS signature that was read.
type statement struct {
	content []byte // nil if detached
	kind    asn1.ObjectIdentifier
	certs   []*x509.Certificate
	info    signerInfo
}

// open reads a CMS signature with one signer.
func open(der []byte) (*statement, error) {
	var ci contentInfo
	if _, err := asn1.Unmarshal(der, &ci); err != nil || !ci.Type.Equal(oidSigned) {
		return nil, errCMS
	}
	var sd signedData
	if rest, err := asn1.Unmarshal(ci.Content.Bytes, &sd); err != nil || len(rest) > 0 || len(sd.Signers) != 1 {
		return nil, errCMS
	}
	certs, err := x509.ParseCertificates(sd.Certificates.Bytes)
	if err != nil {
		return nil, errCMS
	}
	return &statement{sd.Content.Content, sd.Content.Type, certs, sd.Signers[0]}, nil
}

// hashes are the digests that authorities sign with; ours is the first.
var hashes = []struct {
	oid   asn1.ObjectIdentifier
	hash  crypto.Hash
	rsa   x509.SignatureAlgorithm
	ecdsa x509.SignatureAlgorithm
}{
	{oidSHA256, crypto.SHA256, x509.SHA256WithRSA, x509.ECDSAWithSHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384, x509.SHA384WithRSA, x509.ECDSAWithSHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512, x509.SHA512WithRSA, x509.ECDSAWithSHA512},
}

// check verifies the signature over a content, given by its parts, and gives
// the signer's certificate, also where the signature does not hold.
func (s *statement) check(content ...[]byte) (*x509.Certificate, error) {
	cert := s.signer()
	if cert == nil {
		return nil, errCMS
	}
	for _, h := range hashes {
		if !s.info.Digest.Algorithm.Equal(h.oid) {
			continue
		}
		sum := h.hash.New()
		for _, part := range content {
			sum.Write(part)
		}
		if err := s.agree(cert, sum.Sum(nil)); err != nil {
			return cert, err
		}
		kind := h.rsa
		if cert.PublicKeyAlgorithm == x509.ECDSA {
			kind = h.ecdsa
		}
		set := append([]byte{asn1.TagSet | 0x20}, s.info.Signed.FullBytes[1:]...) // signed as a SET, sent as [0]
		return cert, cert.CheckSignature(kind, set, s.info.Signature)
	}
	return cert, errCMS
}

// signer finds the certificate that the signature names.
func (s *statement) signer() *x509.Certificate {
	for _, c := range s.certs {
		if s.info.Issuer.Serial != nil && bytes.Equal(c.RawIssuer, s.info.Issuer.Issuer.FullBytes) && c.SerialNumber.Cmp(s.info.Issuer.Serial) == 0 {
			return c
		}
	}
	return nil
}

// agree compares the signed attributes with the content's digest and the certificate.
func (s *statement) agree(cert *x509.Certificate, digest []byte) error {
	attrs, err := readAttributes(s.info.Signed)
	if err != nil {
		return err
	}
	var kind asn1.ObjectIdentifier
	var sum []byte
	if _, err := asn1.Unmarshal(attrs[oidContentType.String()], &kind); err != nil || !kind.Equal(s.kind) {
		return errCMS
	}
	if _, err := asn1.Unmarshal(attrs[oidDigest.String()], &sum); err != nil {
		return errCMS
	}
	if !bytes.Equal(sum, digest) {
		return errChanged
	}
	return bound(attrs, cert)
}

// bound checks that the signature names this very certificate: by SHA-256
// (RFC 5035) or, as older time authorities do, by SHA-1 (RFC 2634).
func bound(attrs map[string][]byte, cert *x509.Certificate) error {
	var by signingCertificateV2
	if der, ok := attrs[oidCertificate.String()]; ok {
		own := sha256.Sum256(cert.Raw)
		if _, err := asn1.Unmarshal(der, &by); err != nil || len(by.Certs) == 0 || !bytes.Equal(by.Certs[0].Hash, own[:]) {
			return errCMS
		}
		return nil
	}
	own := sha1.Sum(cert.Raw) //nolint:gosec // what RFC 2634 prescribes; the signature itself is checked with SHA-2
	if _, err := asn1.Unmarshal(attrs[oidCertificateV1.String()], &by); err != nil || len(by.Certs) == 0 || !bytes.Equal(by.Certs[0].Hash, own[:]) {
		return errCMS
	}
	return nil
}

// readAttributes gives the values of attributes by type, one value each.
func readAttributes(set asn1.RawValue) (map[string][]byte, error) {
	out := map[string][]byte{}
	for rest := set.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, errCMS
		}
		out[a.Type.String()] = a.Values.Bytes
	}
	return out, nil
}
