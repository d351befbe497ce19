package mdoc

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/fxamacker/cbor/v2"
)

// The reasons for which a document or a presentation is refused.
var (
	ErrFormat    = errors.New("mdoc: not a well-formed document")
	ErrType      = errors.New("mdoc: another type of document")
	ErrTrust     = errors.New("mdoc: not signed by a document signer that is trusted")
	ErrSignature = errors.New("mdoc: the issuer's signature does not hold")
	ErrDigest    = errors.New("mdoc: an element is not what was signed")
	ErrExpired   = errors.New("mdoc: expired")
	ErrNotYet    = errors.New("mdoc: not valid yet")
	ErrDevice    = errors.New("mdoc: not shown by its device in this session")
)

// Status points to an entry of a Token Status List: see package statuslist.
type Status struct {
	List  string `cbor:"uri"`
	Index int64  `cbor:"idx"`
}

// item is an IssuerSignedItem (9.1.2.4): one element with its salt.
type item struct {
	Digest  uint64 `cbor:"digestID"`
	Random  []byte `cbor:"random"`
	Element string `cbor:"elementIdentifier"`
	Value   any    `cbor:"elementValue"`
}

// issuerSigned (8.3.2.1.2.2) is what the holder keeps. Items stay as the bytes
// that were digested.
type issuerSigned struct {
	Spaces map[string][]cbor.RawMessage `cbor:"nameSpaces"`
	Auth   cbor.RawMessage              `cbor:"issuerAuth"`
}

// security is the MobileSecurityObject (9.1.2.4).
type security struct {
	Version   string                       `cbor:"version"`
	Algorithm string                       `cbor:"digestAlgorithm"`
	Digests   map[string]map[uint64][]byte `cbor:"valueDigests"`
	Device    deviceInfo                   `cbor:"deviceKeyInfo"`
	Type      string                       `cbor:"docType"`
	Validity  validity                     `cbor:"validityInfo"`
	Status    *statusRef                   `cbor:"status,omitempty"`
}

type statusRef struct {
	List *Status `cbor:"status_list,omitempty"`
}

type deviceInfo struct {
	Key coseKey `cbor:"deviceKey"`
}

type validity struct {
	Signed instant `cbor:"signed"`
	From   instant `cbor:"validFrom"`
	Until  instant `cbor:"validUntil"`
}

// coseKey is a P-256 public key (RFC 9053, 7.1).
type coseKey struct {
	Type  int    `cbor:"1,keyasint"`
	Curve int    `cbor:"-1,keyasint"`
	X     []byte `cbor:"-2,keyasint"`
	Y     []byte `cbor:"-3,keyasint"`
}

func keyOf(pub *ecdsa.PublicKey) (coseKey, error) {
	raw, err := pub.Bytes()
	if err != nil || len(raw) != 65 {
		return coseKey{}, errors.New("mdoc: a device's key is on P-256")
	}
	return coseKey{Type: 2, Curve: 1, X: raw[1:33], Y: raw[33:]}, nil
}

func (k coseKey) public() (*ecdsa.PublicKey, error) {
	if k.Type != 2 || k.Curve != 1 || len(k.X) != 32 || len(k.Y) != 32 {
		return nil, fmt.Errorf("%w: a device's key is on P-256", ErrFormat)
	}
	pub, err := parsePoint(new(big.Int).SetBytes(k.X), new(big.Int).SetBytes(k.Y))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return pub, nil
}

// response is a DeviceResponse (8.3.2.1.2.2).
type response struct {
	Version   string     `cbor:"version"`
	Documents []document `cbor:"documents,omitempty"`
	Status    uint       `cbor:"status"`
}

type document struct {
	Type   string       `cbor:"docType"`
	Issuer issuerSigned `cbor:"issuerSigned"`
	Device deviceSigned `cbor:"deviceSigned"`
}

type deviceSigned struct {
	Spaces cbor.RawMessage `cbor:"nameSpaces"`
	Auth   deviceAuth      `cbor:"deviceAuth"`
}

type deviceAuth struct {
	Signature cbor.RawMessage `cbor:"deviceSignature"`
}
