package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/miekg/pkcs11"
)

// cardSession is a card in a reader.
type cardSession struct {
	p       *pkcs11.Ctx
	session pkcs11.SessionHandle
	label   string
	key     pkcs11.ObjectHandle
	cert    []byte
	rsa     bool
}

// openCard opens the card with a label, or the only one that is in.
func openCard(module, label string) (*cardSession, error) {
	p := pkcs11.New(module)
	if p == nil {
		return nil, fmt.Errorf("no PKCS #11 library %s", module)
	}
	if err := p.Initialize(); err != nil {
		p.Destroy()
		return nil, err
	}
	c := &cardSession{p: p}
	slot, err := c.slot(label)
	if err == nil {
		c.session, err = p.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION)
	}
	if err != nil {
		_ = p.Finalize() // the first error is the one to tell
		p.Destroy()
		return nil, err
	}
	return c, nil
}

func (c *cardSession) slot(label string) (uint, error) {
	slots, err := c.p.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	var found []uint
	for _, s := range slots {
		info, err := c.p.GetTokenInfo(s)
		if err != nil || info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0 {
			continue
		}
		name := strings.TrimRight(info.Label, " \x00")
		if label == "" || name == label {
			found, c.label = append(found, s), name
		}
	}
	switch len(found) {
	case 0:
		return 0, errors.New("no card is in the reader")
	case 1:
		return found[0], nil
	}
	return 0, errors.New("several cards are in: choose one with --token")
}

// unlock opens the card with its PIN and finds the key with a certificate.
func (c *cardSession) unlock(pin string) error {
	err := c.p.Login(c.session, pkcs11.CKU_USER, pin)
	var code pkcs11.Error
	if errors.As(err, &code) {
		switch code {
		case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_LEN_RANGE:
			return errors.New("wrong PIN; the card blocks itself after a few")
		case pkcs11.CKR_PIN_LOCKED:
			return errors.New("the card is blocked: a police counter unblocks it")
		}
	}
	if err != nil {
		return err
	}
	return c.choose()
}

// choose takes the first certificate that lets its holder sign, with its key.
func (c *cardSession) choose() error {
	certificates, err := c.find(pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE))
	if err != nil {
		return err
	}
	for _, object := range certificates {
		values, err := c.p.GetAttributeValue(c.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil), pkcs11.NewAttribute(pkcs11.CKA_ID, nil)})
		if err != nil {
			return err
		}
		parsed, err := x509.ParseCertificate(values[0].Value)
		if err != nil || parsed.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
			continue
		}
		keys, err := c.find(pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_ID, values[1].Value))
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			c.key, c.cert, c.rsa = keys[0], values[0].Value, parsed.PublicKeyAlgorithm == x509.RSA
			return nil
		}
	}
	return errors.New("the card holds no certificate to sign in with")
}

func (c *cardSession) find(template ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := c.p.FindObjectsInit(c.session, template); err != nil {
		return nil, err
	}
	objects, _, err := c.p.FindObjects(c.session, 32)
	return objects, errors.Join(err, c.p.FindObjectsFinal(c.session))
}

func (c *cardSession) certificate() []byte { return c.cert }

// sign signs a statement: ECDSA over SHA-256 in ASN.1, or RSA PKCS #1 v1.5.
func (c *cardSession) sign(statement []byte) ([]byte, error) {
	mechanism, message := uint(pkcs11.CKM_SHA256_RSA_PKCS), statement
	if !c.rsa {
		digest := sha256.Sum256(statement)
		mechanism, message = pkcs11.CKM_ECDSA, digest[:]
	}
	if err := c.p.SignInit(c.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, c.key); err != nil {
		return nil, err
	}
	signature, err := c.p.Sign(c.session, message)
	if err != nil || c.rsa {
		return signature, err
	}
	half := len(signature) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])})
}

// close leaves the card as it was.
func (c *cardSession) close() {
	_ = c.p.Logout(c.session) // the session's end does the same
	_ = c.p.CloseSession(c.session)
	_ = c.p.Finalize()
	c.p.Destroy()
}
