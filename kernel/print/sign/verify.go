package sign

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// Signature is what was found of one signature in a document. A document is as
// its signers left it only if Err is nil in all and Whole is true in the last.
type Signature struct {
	Name    string            // the signer's, from the certificate
	Cert    *x509.Certificate // nil if it could not be read
	Stated  string            // the time the signer stated, as written in the file
	Stamped time.Time         // the time an authority stated; zero without a time stamp
	Whole   bool              // it covers the file to its end: nothing was added since
	Err     error             // why it does not hold; nil if it does
}

// Verify checks all signatures of a document, in the order in which they were
// made, at the time stamped or else at the time given. roots are the
// authorities to be trusted for signers and time stamps. A document without a
// signature gives an empty list; the only fault is print.pdf.malformed.
func Verify(document []byte, roots *x509.CertPool, at time.Time) ([]Signature, error) {
	r, err := pdf.Open(document)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "print.pdf.malformed")
	}
	values, err := signatures(r)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "print.pdf.malformed")
	}
	var found []Signature
	for _, value := range values {
		found = append(found, verifyOne(document, value, roots, at))
	}
	return found, nil
}

// signatures lists the values of a document's signature fields.
func signatures(r *pdf.Reader) ([]pdf.Dict, error) {
	root, err := r.Dict(r.Trailer["Root"])
	if err != nil {
		return nil, err
	}
	form, _ := root["AcroForm"].(pdf.Dict)
	fields, _ := form["Fields"].(pdf.Array)
	var out []pdf.Dict
	for _, f := range fields {
		field, err := r.Dict(f)
		if err != nil {
			return nil, err
		}
		value, err := r.Dict(field["V"])
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

func verifyOne(document []byte, value pdf.Dict, roots *x509.CertPool, at time.Time) Signature {
	var s Signature
	stated, _ := value["M"].(pdf.String)
	s.Stated = string(stated)
	parts, end, err := covered(document, value)
	if err != nil {
		s.Err = err
		return s
	}
	s.Whole = end == len(document)
	der, _ := value["Contents"].(pdf.String)
	if value["SubFilter"] == pdf.NameValue(subStamp) {
		return s.token([]byte(der), parts, roots)
	}
	st, err := open([]byte(der))
	if err != nil {
		s.Err = err
		return s
	}
	if s.Cert, s.Err = st.check(parts[0], parts[1]); s.Cert == nil {
		return s
	}
	s.Name = s.Cert.Subject.CommonName
	if s.Err == nil {
		s.Stamped, s.Err = st.stamped(roots)
	}
	if !s.Stamped.IsZero() {
		at = s.Stamped
	}
	if s.Err == nil {
		s.Err = trusted(s.Cert, st.certs, roots, at, x509.ExtKeyUsageEmailProtection)
	}
	return s
}

// token checks a document time stamp, which is a token of the authority's own.
func (s Signature) token(der []byte, parts [2][]byte, roots *x509.CertPool) Signature {
	digest := sha256.New()
	digest.Write(parts[0])
	digest.Write(parts[1])
	st, err := open(der)
	if err == nil {
		if s.Cert = st.signer(); s.Cert != nil {
			s.Name = s.Cert.Subject.CommonName
		}
	}
	info, err := readToken(der, digest.Sum(nil), roots)
	if s.Err = err; err == nil {
		s.Stamped = info.Time
	}
	return s
}

// Enclosed gives the authorities that a document brings with it, of its
// signers and of its time stamps: enough to see that nothing was changed, not
// who the signers are. Whoever checks in earnest brings their own.
func Enclosed(document []byte) *x509.CertPool {
	pool := x509.NewCertPool()
	r, err := pdf.Open(document)
	if err != nil {
		return pool
	}
	values, err := signatures(r)
	if err != nil {
		return pool
	}
	for _, value := range values {
		der, _ := value["Contents"].(pdf.String)
		enclosed(pool, []byte(der))
	}
	return pool
}

// enclosed adds the self-signed certificates of a CMS signature and of the
// time stamp inside it.
func enclosed(pool *x509.CertPool, der []byte) {
	st, err := open(der)
	if err != nil {
		return
	}
	for _, c := range st.certs {
		if bytes.Equal(c.RawIssuer, c.RawSubject) {
			pool.AddCert(c)
		}
	}
	if attrs, err := readAttributes(st.info.Unsigned); err == nil && attrs[oidTimeToken.String()] != nil {
		enclosed(pool, attrs[oidTimeToken.String()])
	}
}

// covered gives what the byte range covers, which must be all of the file up
// to some end but for the signature's own hole.
func covered(document []byte, value pdf.Dict) (parts [2][]byte, end int, err error) {
	list, _ := value["ByteRange"].(pdf.Array)
	if len(list) != 4 {
		return parts, 0, pdf.ErrMalformed
	}
	var n [4]int
	for i := range n {
		num, _ := list[i].(pdf.Number)
		if n[i], err = strconv.Atoi(string(num)); err != nil || n[i] < 0 || n[i] > len(document) {
			return parts, 0, pdf.ErrMalformed
		}
	}
	hole, after, end := n[1], n[2], n[2]+n[3]
	der, _ := value["Contents"].(pdf.String)
	if n[0] != 0 || after-hole != 2*len(der)+2 || end > len(document) || document[hole] != '<' || document[after-1] != '>' {
		return parts, 0, pdf.ErrMalformed
	}
	return [2][]byte{document[:hole], document[after:end]}, end, nil
}

// stamped gives the time of the signature's time stamp, if it has one.
func (s *statement) stamped(roots *x509.CertPool) (time.Time, error) {
	attrs, err := readAttributes(s.info.Unsigned)
	if err != nil {
		return time.Time{}, err
	}
	token, ok := attrs[oidTimeToken.String()]
	if !ok {
		return time.Time{}, nil
	}
	sum := sha256.Sum256(s.info.Signature)
	info, err := readToken(token, sum[:], roots)
	if err != nil {
		return time.Time{}, err
	}
	return info.Time, nil
}

// trusted checks a certificate's chain at a time, for a usage.
func trusted(cert *x509.Certificate, others []*x509.Certificate, roots *x509.CertPool, at time.Time, use x509.ExtKeyUsage) error {
	if roots == nil {
		roots = x509.NewCertPool() // nobody, rather than whom the machine trusts
	}
	between := x509.NewCertPool()
	for _, c := range others {
		between.AddCert(c)
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{use}})
	return err
}
