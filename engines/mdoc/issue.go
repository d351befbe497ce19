package mdoc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Document is what an issuer says of a holder.
type Document struct {
	Type     string                    // docType, such as org.iso.18013.5.1.mDL
	Elements map[string]map[string]any // by name space and identifier; values are text, numbers, booleans, bytes, Date, lists and maps
	Device   *ecdsa.PublicKey          // the key of the telephone that may show it
	Status   *Status                   // where its revocation can be read, nil if it has none

	Signed, From, Until time.Time // whole seconds
}

// Issuer signs documents.
type Issuer struct {
	Key   crypto.Signer       // a P-256 key, here or in a device
	Chain []*x509.Certificate // the document signer's own certificate first, the root left out
	Rand  io.Reader           // salts; nil is crypto/rand
}

// Issue returns the document as its holder keeps it: IssuerSigned, in CBOR.
func (i *Issuer) Issue(d Document) ([]byte, error) {
	switch {
	case d.Type == "" || len(d.Elements) == 0:
		return nil, errors.New("mdoc: a document has a type and elements")
	case len(i.Chain) == 0:
		return nil, errors.New("mdoc: a document signer has a certificate")
	case !d.From.Before(d.Until):
		return nil, errors.New("mdoc: a document is valid for some time")
	}
	if err := onP256(i.Key.Public()); err != nil {
		return nil, err
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	device, err := keyOf(d.Device)
	if err != nil {
		return nil, err
	}
	mso := security{
		Version: "1.0", Algorithm: "SHA-256", Type: d.Type, Device: deviceInfo{device},
		Validity: validity{instant(d.Signed), instant(d.From), instant(d.Until)},
		Digests:  map[string]map[uint64][]byte{},
	}
	if d.Status != nil {
		mso.Status = &statusRef{d.Status}
	}
	out := issuerSigned{Spaces: map[string][]cbor.RawMessage{}}
	for space, elements := range d.Elements {
		if out.Spaces[space], mso.Digests[space], err = i.items(c, elements); err != nil {
			return nil, err
		}
	}
	payload, err := c.wrap(mso)
	if err != nil {
		return nil, fmt.Errorf("mdoc: %w", err)
	}
	if out.Auth, err = sign(i.Key, payload, i.Chain, false); err != nil {
		return nil, fmt.Errorf("mdoc: %w", err)
	}
	return c.enc.Marshal(out)
}

// items salts and digests the elements of a name space. Their numbers are
// drawn, so that a number does not tell which element is withheld.
func (i *Issuer) items(c codec, elements map[string]any) ([]cbor.RawMessage, map[uint64][]byte, error) {
	source := i.Rand
	if source == nil {
		source = rand.Reader
	}
	var items []cbor.RawMessage
	digests := map[uint64][]byte{}
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		var random [32]byte
		if _, err := io.ReadFull(source, random[:]); err != nil {
			return nil, nil, fmt.Errorf("mdoc: salt: %w", err)
		}
		number, err := freeNumber(source, digests)
		if err != nil {
			return nil, nil, err
		}
		raw, err := c.wrap(item{Digest: number, Random: random[:], Element: name, Value: elements[name]})
		if err != nil {
			return nil, nil, fmt.Errorf("mdoc: element %s: %w", name, err)
		}
		digest := sha256.Sum256(raw)
		digests[number] = digest[:]
		items = append(items, raw)
	}
	return items, digests, nil
}

// freeNumber draws a digest number below 2^31 (9.1.2.4) that is not taken.
func freeNumber(source io.Reader, taken map[uint64][]byte) (uint64, error) {
	for {
		var raw [4]byte
		if _, err := io.ReadFull(source, raw[:]); err != nil {
			return 0, fmt.Errorf("mdoc: number: %w", err)
		}
		n := uint64(binary.BigEndian.Uint32(raw[:]) >> 1)
		if _, ok := taken[n]; !ok {
			return n, nil
		}
	}
}
