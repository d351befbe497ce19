package provider

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"io"
	"math/big"

	"github.com/go-jose/go-jose/v4"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Signer is a key that signs tokens. The key itself may be elsewhere, in a
// security module or another process: only this door is used.
type Signer struct {
	ID string // kid
	crypto.Signer
}

// Published is a public key that tokens may be checked against.
type Published struct {
	ID     string
	Public crypto.PublicKey
}

// Keys are the provider's own keys, all for ES256.
type Keys interface {
	// Current gives the key that signs at present.
	Current(ctx context.Context) (Signer, error)
	// Public gives every key that is to be published: the current one, the next,
	// and those whose last tokens are not over yet.
	Public(ctx context.Context) ([]Published, error)
}

// KeyID names a P-256 key by its RFC 7638 thumbprint.
func KeyID(public crypto.PublicKey) (string, error) {
	if _, ok := public.(*ecdsa.PublicKey); !ok {
		return "", errors.New("provider: our keys are for ES256")
	}
	sum, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

func (p *Provider) jwks(ctx context.Context) (goidc.JSONWebKeySet, error) {
	all, err := p.c.Keys.Public(ctx)
	set := goidc.JSONWebKeySet{Keys: []goidc.JSONWebKey{}}
	for _, k := range all {
		set.Keys = append(set.Keys, goidc.JSONWebKey{Key: k.Public, KeyID: k.ID, Algorithm: string(goidc.ES256), Use: "sig"})
	}
	return set, err
}

func (p *Provider) sign(ctx context.Context, _ goidc.SignatureAlgorithm) (string, crypto.Signer, error) {
	s, err := p.c.Keys.Current(ctx)
	return s.ID, plain{s.Signer}, err
}

// plain signs as JSON Web Signatures have it (RFC 7518 3.4): two numbers of 32
// bytes. The library passes on what a signer gives, which is their ASN.1 form.
type plain struct{ crypto.Signer }

// Sign signs a digest.
func (s plain) Sign(random io.Reader, sum []byte, opts crypto.SignerOpts) ([]byte, error) {
	der, err := s.Signer.Sign(random, sum, opts)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 || pair.R.Sign() <= 0 || pair.S.Sign() <= 0 || pair.R.BitLen() > 256 || pair.S.BitLen() > 256 {
		return nil, errors.New("provider: the signer gives no ES256 signature")
	}
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...), nil
}

// digest is how values that open something are kept.
func digest(kind, value string) string {
	sum := sha256.Sum256([]byte("amana " + kind + "\n" + value))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
