package card

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// Simulator plays the cards of invented people, for a demonstration. It makes
// real certificates and real answers; its keys follow from the numbers, so
// that anybody can make them, and it must never be believed elsewhere.
type Simulator struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

// SimulatedPIN opens every simulated card.
const SimulatedPIN = "1234"

// Simulate makes a simulator that these authorities believe from now on.
func (a *Authorities) Simulate(now time.Time) (*Simulator, error) {
	s := &Simulator{}
	var err error
	if s.key, err = simulated("authority"); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Amana demonstration"}, CommonName: "Simulated cards"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(20, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId: []byte("simulated"),
	}
	if s.certificate, err = issue(template, template, &s.key.PublicKey, s.key); err != nil {
		return nil, err
	}
	raw, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.AddDate(-1, 0, 0), NextUpdate: now.AddDate(20, 0, 0)}, s.certificate, s.key)
	if err != nil {
		return nil, err
	}
	list, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, err
	}
	by := authority{certificate: s.certificate}
	by.take([]*x509.RevocationList{list})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.more = append(a.more, by)
	return s, nil
}

// Answer is what the card of a number's holder says to a statement.
func (s *Simulator) Answer(number string, st Statement, now time.Time) (certificate, signature []byte, err error) {
	key, err := simulated("card " + number)
	if err != nil {
		return nil, nil, err
	}
	serial := sha256.Sum256([]byte(number))
	c, err := issue(&x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:16]), Subject: pkix.Name{SerialNumber: NumberPrefix + number, CommonName: "Simulated card"},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, s.certificate, &key.PublicKey, s.key)
	if err != nil {
		return nil, nil, err
	}
	digest := sha256.Sum256(st.Bytes())
	signature, err = ecdsa.SignASN1(rand.Reader, key, digest[:])
	return c.Raw, signature, err
}

// simulated makes the key of a name.
func simulated(name string) (*ecdsa.PrivateKey, error) {
	seed := sha256.Sum256([]byte("amana simulated card\n" + name))
	seed[0] &= 0x7f // below the order of the curve
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
}

func issue(template, parent *x509.Certificate, key *ecdsa.PublicKey, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}
