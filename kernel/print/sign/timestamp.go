package sign

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
)

// Stamper gives a time stamp token (RFC 3161) for a SHA-256 digest.
type Stamper interface {
	Stamp(ctx context.Context, digest []byte) ([]byte, error)
}

// The structures of RFC 3161.
type (
	imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	stampRequest struct {
		Version int
		Imprint imprint
		Policy  asn1.ObjectIdentifier `asn1:"optional"`
		Nonce   *big.Int              `asn1:"optional"`
		Certs   bool                  `asn1:"optional,default:false"`
	}
	stampStatus struct {
		Status int
		Text   []asn1.RawValue `asn1:"optional"`
		Fail   asn1.BitString  `asn1:"optional"`
	}
	stampResponse struct {
		Status stampStatus
		Token  asn1.RawValue `asn1:"optional"`
	}
	tstInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    imprint
		Serial     *big.Int
		Time       time.Time     `asn1:"generalized"`
		Accuracy   asn1.RawValue `asn1:"optional,tag:16,class:0"`
		Ordering   bool          `asn1:"optional,default:false"`
		Nonce      *big.Int      `asn1:"optional"`
		Authority  asn1.RawValue `asn1:"optional,tag:0"`
		Extensions asn1.RawValue `asn1:"optional,tag:1"`
	}
)

// Media types of RFC 3161, 3.4.
const (
	queryType = "application/timestamp-query"
	replyType = "application/timestamp-reply"
)

// maxStamp bounds a request and a response.
const maxStamp = 64 << 10

// TimeClient asks a time stamp authority over HTTP (RFC 3161, 3.4).
type TimeClient struct {
	URL   string
	Roots *x509.CertPool // whom the authority's certificate must come from
	HTTP  *http.Client   // nil: one that gives up after five seconds
}

// patience is how long an authority may take to answer: somebody waits for
// the paper.
const patience = 5 * time.Second

// Stamp asks for a token and checks that it answers this very request. Fault:
// print.sign.time-unavailable.
func (c *TimeClient) Stamp(ctx context.Context, digest []byte) ([]byte, error) {
	token, err := c.ask(ctx, digest)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "print.sign.time-unavailable")
	}
	return token, nil
}

func (c *TimeClient) ask(ctx context.Context, digest []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	query, err := asn1.Marshal(stampRequest{Version: 1, Imprint: sha256Imprint(digest), Nonce: nonce, Certs: true})
	if err != nil {
		return nil, err
	}
	reply, err := c.post(ctx, query)
	if err != nil {
		return nil, err
	}
	var r stampResponse
	if _, err := asn1.Unmarshal(reply, &r); err != nil {
		return nil, err
	}
	if r.Status.Status > 1 || len(r.Token.FullBytes) == 0 { // 0 granted, 1 granted with changes
		return nil, fmt.Errorf("sign: the time authority refused, status %d", r.Status.Status)
	}
	info, err := readToken(r.Token.FullBytes, digest, c.Roots)
	if err != nil {
		return nil, err
	}
	if info.Nonce == nil || info.Nonce.Cmp(nonce) != 0 {
		return nil, errors.New("sign: the time stamp answers another request")
	}
	return r.Token.FullBytes, nil
}

func (c *TimeClient) post(ctx context.Context, query []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", queryType)
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: patience}
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("sign: the time authority answered %s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxStamp))
}

func sha256Imprint(digest []byte) imprint {
	return imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, digest}
}

// readToken checks a token for a digest against the roots, at the token's own time.
func readToken(token, digest []byte, roots *x509.CertPool) (*tstInfo, error) {
	s, err := open(token)
	if err != nil {
		return nil, err
	}
	if !s.kind.Equal(oidTSTInfo) {
		return nil, errCMS
	}
	cert, err := s.check(s.content)
	if err != nil {
		return nil, err
	}
	var info tstInfo
	if _, err := asn1.Unmarshal(s.content, &info); err != nil {
		return nil, errCMS
	}
	if !info.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || !bytes.Equal(info.Imprint.Digest, digest) {
		return nil, errors.New("sign: the time stamp is of something else")
	}
	return &info, trusted(cert, s.certs, roots, info.Time, x509.ExtKeyUsageTimeStamping)
}

// localPolicy marks a token as a local authority's: its arc is reserved for
// documentation (IANA private enterprise number 32473, RFC 5612).
var localPolicy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1, 1}

// TimeAuthority answers time stamp requests over HTTP with a local key: for a
// service without a public authority, the demonstration and tests. Its policy
// number says that it is a local one; so should its certificate's name.
type TimeAuthority struct {
	Signer Signer
	Clock  clock.Clock
}

// ServeHTTP answers one request (RFC 3161, 3.4).
func (a *TimeAuthority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != queryType {
		http.Error(w, http.StatusText(http.StatusUnsupportedMediaType), http.StatusUnsupportedMediaType)
		return
	}
	query, err := io.ReadAll(io.LimitReader(r.Body, maxStamp))
	if err != nil {
		return // the client is gone
	}
	reply, err := a.answer(query)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", replyType)
	_, _ = w.Write(reply) // the client may be gone; nothing is kept
}

// rejected is the status of a request that cannot be answered.
const rejected = 2

func (a *TimeAuthority) answer(query []byte) ([]byte, error) {
	var q stampRequest
	if rest, err := asn1.Unmarshal(query, &q); err != nil || len(rest) > 0 || q.Version != 1 ||
		!q.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || len(q.Imprint.Digest) != sha256.Size {
		return asn1.Marshal(stampResponse{Status: stampStatus{Status: rejected}})
	}
	return a.reply(q.Imprint.Digest, q.Nonce)
}

func (a *TimeAuthority) reply(digest []byte, nonce *big.Int) ([]byte, error) {
	token, err := a.token(sha256Imprint(digest), nonce)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(stampResponse{Token: asn1.RawValue{FullBytes: token}})
}

// Stamp gives a token without the way over HTTP.
func (a *TimeAuthority) Stamp(_ context.Context, digest []byte) ([]byte, error) {
	return a.token(sha256Imprint(digest), nil)
}

func (a *TimeAuthority) token(of imprint, nonce *big.Int) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	content, err := asn1.Marshal(tstInfo{Version: 1, Policy: localPolicy, Imprint: of, Serial: serial, Time: a.Clock.Now().Truncate(time.Second), Nonce: nonce})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return seal(message{oidTSTInfo, content, sum[:]}, a.Signer, nil)
}
