package mdoc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

// headerChain is x5chain (RFC 9360): one certificate, or a list, the signer's first.
const headerChain = int64(33)

// sign makes an untagged COSE_Sign1 over a payload; detached leaves the payload out.
func sign(key crypto.Signer, payload []byte, chain []*x509.Certificate, detached bool) ([]byte, error) {
	signer, err := cose.NewSigner(cose.AlgorithmES256, key)
	if err != nil {
		return nil, err
	}
	m := cose.UntaggedSign1Message{Headers: cose.Headers{
		Protected:   cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmES256},
		Unprotected: cose.UnprotectedHeader{},
	}, Payload: payload}
	switch len(chain) {
	case 0:
	case 1:
		m.Headers.Unprotected[headerChain] = chain[0].Raw
	default:
		list := make([]any, len(chain))
		for n, cert := range chain {
			list[n] = cert.Raw
		}
		m.Headers.Unprotected[headerChain] = list
	}
	if err := m.Sign(rand.Reader, nil, signer); err != nil {
		return nil, err
	}
	if detached {
		m.Payload = nil
	}
	return m.MarshalCBOR()
}

// readSigned takes a COSE_Sign1 apart and refuses any other algorithm.
func (c codec) readSigned(raw []byte) (*cose.UntaggedSign1Message, error) {
	raw, err := c.onlyChain(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var m cose.UntaggedSign1Message
	if err := m.UnmarshalCBOR(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if alg, err := m.Headers.Protected.Algorithm(); err != nil || alg != cose.AlgorithmES256 {
		return nil, fmt.Errorf("%w: signed by another algorithm than ES256", ErrFormat)
	}
	return &m, nil
}

// onlyChain leaves of the unprotected headers the chain alone. Nothing vouches
// for the others, and wallets in use write a key id there that is not the bytes
// which RFC 9052 asks for.
func (c codec) onlyChain(raw []byte) ([]byte, error) {
	var m struct {
		_                  struct{} `cbor:",toarray"`
		Protected          cbor.RawMessage
		Unprotected        map[any]cbor.RawMessage
		Payload, Signature cbor.RawMessage
	}
	if err := c.dec.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	kept := map[any]cbor.RawMessage{}
	for label, v := range m.Unprotected {
		if label == uint64(headerChain) {
			kept[headerChain] = v
		}
	}
	m.Unprotected = kept
	return c.enc.Marshal(m)
}

func check(m *cose.UntaggedSign1Message, key crypto.PublicKey) error {
	verifier, err := cose.NewVerifier(cose.AlgorithmES256, key)
	if err != nil {
		return err
	}
	return m.Verify(nil, verifier)
}

// chainOf reads x5chain, at most eight certificates.
func chainOf(m *cose.UntaggedSign1Message) ([]*x509.Certificate, error) {
	var list []any
	switch v := m.Headers.Unprotected[headerChain].(type) {
	case []byte:
		list = []any{v}
	case []any:
		list = v
	}
	if len(list) == 0 || len(list) > 8 {
		return nil, fmt.Errorf("%w: %d certificates", ErrFormat, len(list))
	}
	chain := make([]*x509.Certificate, len(list))
	for n, v := range list {
		der, _ := v.([]byte) // nothing does not parse
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		chain[n] = cert
	}
	return chain, nil
}

// parsePoint makes a key of coordinates that lie on P-256.
func parsePoint(x, y *big.Int) (*ecdsa.PublicKey, error) {
	raw := make([]byte, 65)
	raw[0] = 4
	x.FillBytes(raw[1:33])
	y.FillBytes(raw[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
}

func onP256(key crypto.PublicKey) error {
	if k, ok := key.(*ecdsa.PublicKey); ok && k.Curve == elliptic.P256() {
		return nil
	}
	return errors.New("mdoc: only P-256 keys sign")
}
