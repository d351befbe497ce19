package card

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Authorities are those whose cards are believed, with their revocation lists.
// A change of the folder counts within [Fresh].
type Authorities struct {
	folder string

	mu    sync.Mutex
	read  time.Time
	known []authority
	fault error
	more  []authority // of simulators
}

// authority is who issues cards, and which of them are revoked.
type authority struct {
	certificate *x509.Certificate
	list        *x509.RevocationList // the newest that holds, nil if there is none
	revoked     map[string]bool      // by serial number
}

// Fresh is how long what was read of the folder is believed.
const Fresh = 5 * time.Second

// Open gives the authorities of a folder; "" is none. It is read when it is
// first needed.
func Open(folder string) *Authorities { return &Authorities{folder: folder} }

// Known reports whether any card can be checked at all.
func (a *Authorities) Known() bool {
	all, err := a.all()
	return err == nil && len(all) > 0
}

func (a *Authorities) all() ([]authority, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.folder != "" && time.Since(a.read) > Fresh {
		a.known, a.fault = readFolder(a.folder)
		a.read = time.Now()
	}
	return append(append([]authority{}, a.known...), a.more...), a.fault
}

// check checks who issued a certificate, its term, and that it is not revoked.
func (a *Authorities) check(now time.Time, c *x509.Certificate) error {
	all, err := a.all()
	if err != nil {
		return refuse("untrusted", err)
	}
	for _, by := range all {
		if !bytes.Equal(by.certificate.RawSubject, c.RawIssuer) || c.CheckSignatureFrom(by.certificate) != nil {
			continue
		}
		switch {
		case now.Before(c.NotBefore) || now.After(c.NotAfter) || now.Before(by.certificate.NotBefore) || now.After(by.certificate.NotAfter):
			return refuse("ended", nil)
		case by.list == nil || now.After(by.list.NextUpdate):
			return refuse("list-over", nil)
		case by.revoked[c.SerialNumber.String()]:
			return refuse("revoked", nil)
		}
		return nil
	}
	return refuse("untrusted", nil)
}

// readFolder reads every certificate and list of a folder. A file that cannot
// be read as what it says it is stops all: nobody should believe a list is in
// force that is not.
func readFolder(folder string) ([]authority, error) {
	var all []authority
	var lists []*x509.RevocationList
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		switch filepath.Ext(name) {
		case ".pem", ".crt", ".cer":
			c, err := readCertificate(name)
			if err != nil {
				return nil, fmt.Errorf("card: %s: %w", name, err)
			}
			all = append(all, authority{certificate: c})
		case ".crl":
			l, err := readList(name)
			if err != nil {
				return nil, fmt.Errorf("card: %s: %w", name, err)
			}
			lists = append(lists, l)
		}
	}
	for i := range all {
		all[i].take(lists)
	}
	return all, nil
}

// take keeps the newest list that the authority signed.
func (a *authority) take(lists []*x509.RevocationList) {
	for _, l := range lists {
		if !bytes.Equal(l.RawIssuer, a.certificate.RawSubject) || l.CheckSignatureFrom(a.certificate) != nil {
			continue
		}
		if a.list == nil || l.ThisUpdate.After(a.list.ThisUpdate) {
			a.list = l
		}
	}
	a.revoked = map[string]bool{}
	if a.list != nil {
		for _, e := range a.list.RevokedCertificateEntries {
			a.revoked[e.SerialNumber.String()] = true
		}
	}
}

func readCertificate(name string) (*x509.Certificate, error) {
	raw, err := readDER(name)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(raw)
	if err == nil && !c.IsCA {
		err = errors.New("it is not an authority's certificate")
	}
	return c, err
}

func readList(name string) (*x509.RevocationList, error) {
	raw, err := readDER(name)
	if err != nil {
		return nil, err
	}
	return x509.ParseRevocationList(raw)
}

// readDER reads a file in DER, or the first block of one in PEM.
func readDER(name string) ([]byte, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(raw); block != nil {
		return block.Bytes, nil
	}
	return raw, nil
}
