package proofs

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// What became of a request.
const (
	Waiting  = "waiting"
	Shown    = "shown"
	Declined = "declined"
	Over     = "over"
)

// Showing is a proof that was shown and believed: whose it is, and what was
// shown by name. The functions that hear of it write it down.
type Showing struct {
	By      ident.ID
	Citizen ident.ID
	Claims  []string
}

// Answer is what a request brought.
type Answer struct {
	Status string
	Claims map[string]any // of a proof that was shown: what was asked, and no more
}

// wrongTries bounds how often a request may be answered wrongly, and holderAge
// how old the holder's signature may be.
const (
	wrongTries = 10
	holderAge  = 5 * time.Minute
	clocksVary = time.Minute
)

// respond takes a wallet's answer (8.3.1). It is taken once, whatever comes
// after; one that does not convince is refused and leaves the request open for
// the holder.
func (s *Service) respond(ctx context.Context, id string, form url.Values) error {
	a, err := s.asked(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (a.status != Waiting || a.tries >= wrongTries) {
		return refuse("invalid_request")
	}
	if err != nil {
		return err
	}
	if form.Get("error") != "" {
		return s.settle(ctx, a, Declined, "")
	}
	shown, citizen, err := s.believe(ctx, a, form.Get("response"))
	if errors.Is(err, errDeclined) {
		return s.settle(ctx, a, Declined, "")
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		_, err := s.k.Scratch.Exec(ctx, "update tmp_proofs_requests set tries = tries + 1 where id = $1", hashed(id))
		return errors.Join(err, refused)
	}
	if err != nil {
		return err
	}
	if err := s.settle(ctx, a, "taken", ""); err != nil {
		return err
	}
	if err := s.Shown(ctx, Showing{By: a.By, Citizen: citizen, Claims: a.Claims}); err != nil {
		return err // what is not written down is not told: the request ends as it stands
	}
	sealed, err := s.sealAnswer(a.id, shown)
	if err != nil {
		return err
	}
	_, err = s.k.Scratch.Exec(ctx, "update tmp_proofs_requests set status = $1, answer = $2 where id = $3 and status = 'taken'", Shown, sealed, hashed(id))
	return err
}

// settle ends a request's waiting: one wins.
func (s *Service) settle(ctx context.Context, a asked, status, answer string) error {
	n, err := s.k.Scratch.Exec(ctx, "update tmp_proofs_requests set status = $1, answer = $2 where id = $3 and status = 'waiting'", status, answer, hashed(a.id))
	if err == nil && n != 1 {
		err = refuse("invalid_request")
	}
	return err
}

var errDeclined = errors.New("proofs: the holder declined")

// opened decrypts an answer: the presentations by the names of the query.
func (s *Service) opened(a asked, response string) (map[string][]string, error) {
	key, err := s.keyOf(a.id)
	if err != nil {
		return nil, err
	}
	jwe, err := jose.ParseEncrypted(response, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A128GCM, jose.A256GCM})
	if err != nil {
		return nil, refuse("invalid_request")
	}
	raw, err := jwe.Decrypt(key)
	if err != nil {
		return nil, refuse("invalid_request")
	}
	var said struct {
		Token map[string][]string `json:"vp_token"`
		State string              `json:"state"`
		Error string              `json:"error"`
	}
	if err := json.Unmarshal(raw, &said); err != nil || said.State != a.id {
		return nil, refuse("invalid_request")
	}
	if said.Error != "" {
		return nil, errDeclined
	}
	if len(said.Token) != 1 {
		return nil, refuse("invalid_request")
	}
	return said.Token, nil
}

// believe opens an encrypted answer and checks what it shows: the issuer's and
// the holder's signatures, the types, the term, and that it is not revoked. It
// gives the claims that were asked, and whose they are.
func (s *Service) believe(ctx context.Context, a asked, response string) (map[string]any, ident.ID, error) {
	token, err := s.opened(a, response)
	if err != nil {
		return nil, "", err
	}
	var p presented
	for name, all := range token {
		if len(all) != 1 {
			return nil, "", refuse("invalid_request")
		}
		if p, err = s.read(a, name, all[0]); err != nil {
			s.k.Log.DebugContext(ctx, "a presentation does not convince", "as", name, "err", err)
			return nil, "", refuse("invalid_presentation")
		}
	}
	shown := map[string]any{}
	for _, c := range a.Claims {
		v, ok := p.claims[c]
		if !ok {
			return nil, "", refuse("invalid_presentation")
		}
		shown[c] = v
	}
	citizen, err := s.standing(ctx, p)
	return shown, citizen, err
}

// presented is what a presentation proves, in either form.
type presented struct {
	form   Form
	claims map[string]any
	list   string
	index  int64
}

func (s *Service) read(a asked, name, presentation string) (presented, error) {
	for _, t := range TypesFor(a.Claims) {
		switch name {
		case configuration(t, SDJWT):
			return s.readSDJWT(a, t, presentation)
		case configuration(t, MDoc):
			return s.readMDoc(a, t, presentation)
		}
	}
	return presented{}, fmt.Errorf("proofs: %q was not asked for", name)
}

func (s *Service) readSDJWT(a asked, t Type, presentation string) (presented, error) {
	auth, err := s.authority()
	if err != nil {
		return presented{}, err
	}
	v := sdjwt.Verifier{Types: []string{s.typeAddress(t)}, Now: s.k.Clock.Now(), Leeway: clocksVary,
		Binding: &sdjwt.Expect{Audience: s.clientID(), Nonce: s.nonceOf(a.id), MaxAge: holderAge},
		Key:     func(sdjwt.Signed, string) (crypto.PublicKey, error) { return &auth.signer.PublicKey, nil }} // nobody else's proofs count here
	got, err := v.Verify(presentation)
	if err != nil {
		return presented{}, err
	}
	if got.Status == nil {
		return presented{}, errForeign
	}
	return presented{SDJWT, got.Claims, got.Status.List, got.Status.Index}, nil
}

// errForeign says that a credential is none of ours: each of those has a place
// in the list.
var errForeign = errors.New("proofs: not a credential of this service")

func (s *Service) readMDoc(a asked, t Type, presentation string) (presented, error) {
	auth, err := s.authority()
	if err != nil {
		return presented{}, err
	}
	key, err := s.keyOf(a.id)
	if err != nil {
		return presented{}, err
	}
	_, thumbprint, err := encryptionKey(key)
	if err != nil {
		return presented{}, err
	}
	transcript, err := mdoc.OpenID4VP(s.clientID(), s.nonceOf(a.id), thumbprint, s.responseAddress(a.id))
	if err != nil {
		return presented{}, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(presentation)
	if err != nil {
		return presented{}, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(auth.rootCert)
	v := mdoc.Verifier{Roots: roots, Types: []string{t.docType()}, Transcript: transcript, Now: s.k.Clock.Now(), Leeway: clocksVary}
	got, err := v.Verify(raw)
	if err != nil {
		return presented{}, err
	}
	if len(got) != 1 || got[0].Status == nil {
		return presented{}, errForeign
	}
	claims := map[string]any{}
	for name, v := range got[0].Elements[t.docType()] {
		if date, ok := v.(cbor.Tag); ok { // a full-date (RFC 8943)
			v = date.Content
		}
		claims[name] = v
	}
	return presented{MDoc, claims, got[0].Status.List, got[0].Status.Index}, nil
}

// standing finds whose credential it is, and refuses one that is revoked by the
// list that anybody may hold, or by the record, which is younger; or whose
// account is closed.
func (s *Service) standing(ctx context.Context, p presented) (ident.ID, error) {
	auth, err := s.authority()
	if err != nil {
		return "", err
	}
	published, err := s.StatusList(ctx)
	if err != nil {
		return "", err
	}
	list, err := statuslist.Verify(published, p.list, &auth.signer.PublicKey, s.k.Clock.Now())
	if err != nil {
		return "", refuse("invalid_presentation")
	}
	if status, err := list.List.Status(p.index); err != nil || status != statuslist.Valid {
		return "", refuse("invalid_presentation")
	}
	all, err := credentials(ctx, s.k.Reader, "list_index = $1 and form = $2", p.index, string(p.form))
	if err != nil {
		return "", err
	}
	if len(all) != 1 || !all[0].Stands(s.k.Clock.Now()) {
		return "", refuse("invalid_presentation")
	}
	able, err := s.citizens.Able(ctx, all[0].Citizen)
	if err == nil && !able {
		err = refuse("invalid_presentation")
	}
	return all[0].Citizen, err
}

// Answered gives whoever asked what became of a request. What was shown can be
// read until the request is over, and is then gone.
func (s *Service) Answered(ctx context.Context, by ident.ID, id string) (Answer, error) {
	a, err := s.asked(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && a.By != by {
		return Answer{Status: Over}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	switch a.status {
	case Shown:
		claims, err := s.openAnswer(a.id, a.answer)
		return Answer{Shown, claims}, err
	case Declined:
		return Answer{Status: Declined}, nil
	}
	return Answer{Status: Waiting}, nil
}

func (s *Service) answerSeal() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.k.Passing("proofs answers"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Service) sealAnswer(id string, claims map[string]any) (string, error) {
	raw, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	aead, err := s.answerSeal()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, raw, []byte(id))), nil
}

func (s *Service) openAnswer(id, sealed string) (claims map[string]any, err error) {
	aead, err := s.answerSeal()
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	if raw, err = aead.Open(nil, nil, raw, []byte(id)); err != nil {
		return nil, err
	}
	return claims, json.Unmarshal(raw, &claims)
}

// sweep removes what is over. It is a job.
func (s *Service) sweep(ctx context.Context) error {
	now := store.Micros(s.k.Clock.Now())
	var errs []error
	for _, table := range []string{"tmp_proofs_nonces", "tmp_proofs_tokens", "tmp_proofs_offers", "tmp_proofs_requests"} {
		_, err := s.k.Scratch.Exec(ctx, "delete from "+table+" where until_at <= $1", now)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
