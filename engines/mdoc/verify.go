package mdoc

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Verifier checks what a device shows.
type Verifier struct {
	Roots      *x509.CertPool // the certificates of the issuing authorities
	Types      []string       // the types wanted; none fits an empty list
	Transcript []byte         // of this session, in CBOR
	Now        time.Time      // required
	Leeway     time.Duration  // by which clocks may differ
}

// Verified is what one document of a response proves.
type Verified struct {
	Type                string
	Signer              *x509.Certificate // whom the chain led to
	Elements            map[string]map[string]any
	Signed, From, Until time.Time
	Status              *Status // not looked up: see package statuslist
}

// Verify checks a DeviceResponse, in CBOR, and says what each of its documents
// proves: all of them, or one reason.
func (v *Verifier) Verify(deviceResponse []byte) ([]Verified, error) {
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	if len(deviceResponse) > MaxSize {
		return nil, fmt.Errorf("%w: over %d bytes", ErrFormat, MaxSize)
	}
	var r response
	if err := c.dec.Unmarshal(deviceResponse, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if r.Status != 0 || len(r.Documents) == 0 {
		return nil, fmt.Errorf("%w: status %d, %d documents", ErrFormat, r.Status, len(r.Documents))
	}
	out := make([]Verified, len(r.Documents))
	for n, d := range r.Documents {
		if out[n], err = v.document(c, d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *Verifier) document(c codec, d document) (Verified, error) {
	mso, signer, err := v.issuer(c, d.Issuer.Auth)
	switch {
	case err != nil:
		return Verified{}, err
	case mso.Type != d.Type || !slices.Contains(v.Types, d.Type):
		return Verified{}, fmt.Errorf("%w: %q", ErrType, d.Type)
	}
	if err := v.times(mso.Validity, signer); err != nil {
		return Verified{}, err
	}
	elements, err := c.elements(d.Issuer, mso)
	if err != nil {
		return Verified{}, err
	}
	if err := v.device(c, d, mso); err != nil {
		return Verified{}, err
	}
	out := Verified{
		Type: d.Type, Signer: signer, Elements: elements,
		Signed: time.Time(mso.Validity.Signed), From: time.Time(mso.Validity.From), Until: time.Time(mso.Validity.Until),
	}
	if mso.Status != nil {
		out.Status = mso.Status.List
	}
	return out, nil
}

// issuer checks the signature, and the chain at the time of signing (9.3.1,
// 9.3.3): a document outlives its signer's certificate.
func (v *Verifier) issuer(c codec, auth []byte) (security, *x509.Certificate, error) {
	m, err := c.readSigned(auth)
	if err != nil {
		return security{}, nil, err
	}
	chain, err := chainOf(m)
	if err != nil {
		return security{}, nil, err
	}
	if onP256(chain[0].PublicKey) != nil || check(m, chain[0].PublicKey) != nil {
		return security{}, nil, ErrSignature
	}
	var mso security
	if err := c.unwrap(m.Payload, &mso); err != nil {
		return security{}, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{
		Roots: v.Roots, Intermediates: between, CurrentTime: time.Time(mso.Validity.Signed), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return security{}, nil, fmt.Errorf("%w: %w", ErrTrust, err)
	}
	if chain[0].KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return security{}, nil, fmt.Errorf("%w: its key is for something else", ErrTrust)
	}
	return mso, chain[0], nil
}

func (v *Verifier) times(at validity, signer *x509.Certificate) error {
	signed, from, until := time.Time(at.Signed), time.Time(at.From), time.Time(at.Until)
	switch {
	case signed.Before(signer.NotBefore) || signed.After(signer.NotAfter):
		return fmt.Errorf("%w: signed outside the signer's term", ErrTrust)
	case v.Now.Add(v.Leeway).Before(from) || v.Now.Add(v.Leeway).Before(signed):
		return fmt.Errorf("%w until %s", ErrNotYet, from.UTC().Format(time.RFC3339))
	case !v.Now.Add(-v.Leeway).Before(until):
		return fmt.Errorf("%w at %s", ErrExpired, until.UTC().Format(time.RFC3339))
	}
	return nil
}

// device checks that the key which the document names signed this session.
func (v *Verifier) device(c codec, d document, mso security) error {
	key, err := mso.Device.Key.public()
	if err != nil {
		return err
	}
	m, err := c.readSigned(d.Device.Auth.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDevice, err)
	}
	if m.Payload != nil {
		return fmt.Errorf("%w: a payload of its own", ErrDevice)
	}
	if m.Payload, err = c.session(v.Transcript, mso.Type, d.Device.Spaces); err != nil {
		return err
	}
	if check(m, key) != nil {
		return ErrDevice
	}
	return nil
}

// elements reads the items and compares each with the digest that was signed.
func (c codec) elements(signed issuerSigned, mso security) (map[string]map[string]any, error) {
	if mso.Algorithm != "SHA-256" || mso.Version != "1.0" {
		return nil, fmt.Errorf("%w: version %q, digests by %q", ErrFormat, mso.Version, mso.Algorithm)
	}
	out := map[string]map[string]any{}
	for space, items := range signed.Spaces {
		out[space] = map[string]any{}
		for _, raw := range items {
			var it item
			if err := c.unwrap(raw, &it); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrFormat, err)
			}
			digest := sha256.Sum256(raw)
			if subtle.ConstantTimeCompare(digest[:], mso.Digests[space][it.Digest]) != 1 {
				return nil, fmt.Errorf("%w: %s", ErrDigest, it.Element)
			}
			if _, twice := out[space][it.Element]; twice {
				return nil, fmt.Errorf("%w: %s stands twice", ErrDigest, it.Element)
			}
			out[space][it.Element] = it.Value
		}
	}
	return out, nil
}
