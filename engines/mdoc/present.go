package mdoc

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// Held is a document in its holder's hands.
type Held struct {
	codec  codec
	signed issuerSigned
	mso    security
}

// Open reads a document as its issuer handed it over. It checks that each
// element is what was signed; whether the signer may be believed, Verifier says.
func Open(issuerSignedCBOR []byte) (*Held, error) {
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	if len(issuerSignedCBOR) > MaxSize {
		return nil, fmt.Errorf("%w: over %d bytes", ErrFormat, MaxSize)
	}
	h := &Held{codec: c}
	if err := c.dec.Unmarshal(issuerSignedCBOR, &h.signed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	m, err := c.readSigned(h.signed.Auth)
	if err != nil {
		return nil, err
	}
	if err := c.unwrap(m.Payload, &h.mso); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	_, err = c.elements(h.signed, h.mso)
	return h, err
}

// Type is the docType.
func (h *Held) Type() string { return h.mso.Type }

// Elements returns everything that the document says, by name space and identifier.
func (h *Held) Elements() (map[string]map[string]any, error) {
	return h.codec.elements(h.signed, h.mso)
}

// Present makes the response of a device that shows the wanted elements, by
// name space, in one session. An element that the document does not have is an error.
func (h *Held) Present(want map[string][]string, transcript []byte, device crypto.Signer) ([]byte, error) {
	chosen := issuerSigned{Spaces: map[string][]cbor.RawMessage{}, Auth: h.signed.Auth}
	for space, names := range want {
		for _, name := range names {
			raw, err := h.find(space, name)
			if err != nil {
				return nil, err
			}
			chosen.Spaces[space] = append(chosen.Spaces[space], raw)
		}
	}
	spaces, err := h.codec.wrap(map[string]any{}) // the device itself says nothing
	if err != nil {
		return nil, err
	}
	payload, err := h.codec.session(transcript, h.mso.Type, spaces)
	if err != nil {
		return nil, err
	}
	signature, err := sign(device, payload, nil, true)
	if err != nil {
		return nil, fmt.Errorf("mdoc: %w", err)
	}
	return h.codec.enc.Marshal(response{Version: "1.0", Documents: []document{{
		Type: h.mso.Type, Issuer: chosen, Device: deviceSigned{Spaces: spaces, Auth: deviceAuth{signature}},
	}}})
}

func (h *Held) find(space, name string) (cbor.RawMessage, error) {
	at := slices.IndexFunc(h.signed.Spaces[space], func(raw cbor.RawMessage) bool {
		var it item
		return h.codec.unwrap(raw, &it) == nil && it.Element == name
	})
	if at < 0 {
		return nil, fmt.Errorf("mdoc: the document has no %s in %s", name, space)
	}
	return h.signed.Spaces[space][at], nil
}

// session is DeviceAuthenticationBytes (9.1.3.4): what the device signs.
func (c codec) session(transcript []byte, docType string, spaces cbor.RawMessage) ([]byte, error) {
	if err := c.dec.Wellformed(transcript); err != nil {
		return nil, fmt.Errorf("mdoc: transcript: %w", err)
	}
	return c.wrap([]any{"DeviceAuthentication", cbor.RawMessage(transcript), docType, spaces})
}

// OpenID4VP is the session transcript of a presentation over OpenID4VP 1.0
// (B.2.6.1) without the browser's API: who asked, with which nonce, where the
// answer goes, and the thumbprint (RFC 7638) of the key that it is encrypted
// to, nil if it is not.
func OpenID4VP(clientID, nonce string, thumbprint []byte, responseURI string) ([]byte, error) {
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	var key any
	if thumbprint != nil {
		key = thumbprint
	}
	info, err := c.enc.Marshal([]any{clientID, nonce, key, responseURI})
	if err != nil {
		return nil, fmt.Errorf("mdoc: %w", err)
	}
	sum := sha256.Sum256(info)
	return c.enc.Marshal([]any{nil, nil, []any{"OpenID4VPHandover", sum[:]}})
}
