// Package es256 signs and reads JSON Web Tokens in the one way that the
// engines speak: compact, ES256 (RFC 7518, 3.4), keys on P-256, and JSON that
// says each thing once.
package es256

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// ErrSignature is the reason of a signature that does not hold.
var ErrSignature = errors.New("the signature does not hold")

// Header is what stands beside the claims. Extra holds members that have no
// field here, to write; what was read has them all, typ included.
type Header struct {
	Type  string
	KeyID string
	Extra map[string]any
}

// Sign signs claims with a key that may be in a device.
func Sign(key crypto.Signer, h Header, claims any) (string, error) {
	if !OnP256(key.Public()) {
		return "", errors.New("only P-256 keys sign")
	}
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(h.Type))
	if h.KeyID != "" {
		opts.WithHeader("kid", h.KeyID)
	}
	for name, v := range h.Extra {
		opts.WithHeader(jose.HeaderKey(name), v)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: cryptosigner.Opaque(key)}, opts)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// Token is a token that was read and is not believed yet.
type Token struct {
	Header
	Claims map[string]any

	signed *jose.JSONWebSignature
}

// Read takes a token apart. Any other algorithm than ES256 is refused here.
func Read(jwt string) (*Token, error) {
	signed, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	v, err := ReadJSON(signed.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, err
	}
	claims, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the claims are an object")
	}
	protected := signed.Signatures[0].Protected
	t := &Token{Claims: claims, Header: Header{KeyID: protected.KeyID}, signed: signed}
	if t.Extra, err = header(jwt); err != nil {
		return nil, err
	}
	t.Type, _ = t.Extra["typ"].(string) // another kind of value is no type
	return t, nil
}

// header reads the protected header as it was sent: the library keeps some
// members, certificates among them, to itself.
func header(jwt string) (map[string]any, error) {
	encoded, _, _ := strings.Cut(jwt, ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, err
	}
	v, err := ReadJSON(raw)
	if err != nil {
		return nil, err
	}
	all, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the header is an object")
	}
	return all, nil
}

// Check says whether the key signed the token.
func (t *Token) Check(key crypto.PublicKey) error {
	if !OnP256(key) {
		return fmt.Errorf("%w: the key is not on P-256", ErrSignature)
	}
	if _, err := t.signed.Verify(key); err != nil {
		return ErrSignature
	}
	return nil
}

// OnP256 says whether a public key is of the one kind spoken.
func OnP256(key crypto.PublicKey) bool {
	k, ok := key.(*ecdsa.PublicKey)
	return ok && k.Curve == elliptic.P256()
}
