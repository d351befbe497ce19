package provider

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// How long a question to a citizen stands, and how often an institution may
// look for the answer, in seconds.
const (
	askedLife = 180
	pollEvery = 3
)

// Asked is a question that an institution puts to a citizen who is not before
// its page: at a counter, on the telephone (CIBA).
type Asked struct {
	ID      string
	Client  string
	Message string // which both sides see
	Wanted  []Wanted
	Level   int
	Hint    string // the name under which the institution knows the citizen, or a code they gave it
	Citizen string
	Person  string
	Until   time.Time
}

// asked judges a question after the library did, and finds whom it is for.
func (p *Provider) asked(ctx context.Context, as *goidc.AuthnSession, _ *goidc.Client) error {
	if err := onlyOpenID(as.Scopes); err != nil {
		return err
	}
	raw := ""
	if as.Claims != nil {
		text, err := json.Marshal(as.Claims)
		if err != nil {
			return err
		}
		raw = string(text)
	}
	wanted, err := ParseClaims(raw)
	if err != nil {
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, err.Error())
	}
	as.ExpiresAt = min(as.ExpiresAt, int(now())+askedLife)
	if as.ExpiresAt <= int(now()) || as.LoginHintToken != "" {
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "invalid request")
	}
	a := Asked{ID: as.ID, Client: as.ClientID, Message: as.BindingMessage, Wanted: wanted, Hint: as.LoginHint, Level: authorization(as).Level}
	if sub, ok := as.IDTokenHintClaims[goidc.ClaimSubject].(string); ok && as.LoginHint == "" {
		a.Hint = sub
	}
	found, err := p.c.Asked(ctx, a)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return goidc.NewError(goidc.ErrorCode(refusal.Code), refusal.Description)
	}
	if err != nil {
		return err
	}
	as.Claims, as.LoginHint = nil, ""
	as.Subject = found.Person
	as.Store = stored{Wanted: wanted, Citizen: found.Citizen}.in(nil)
	return nil
}

// Waiting lists the questions that wait for a citizen, the oldest first.
func (p *Provider) Waiting(ctx context.Context, citizen string) ([]Asked, error) {
	reader, _ := p.c.Store()
	return store.List(ctx, reader, "select body from tmp_trust_sessions where asked is not null and citizen = $1 and status = 'pending' and expires_at > $2 order by expires_at, id",
		[]any{citizen, now()}, func(scan store.Scan) (Asked, error) {
			var body string
			as := &goidc.AuthnSession{}
			if err := scan(&body); err != nil {
				return Asked{}, err
			}
			err := json.Unmarshal([]byte(body), as)
			s := readStored(as.Store)
			return Asked{ID: as.ID, Client: as.ClientID, Message: as.BindingMessage, Wanted: s.Wanted, Level: authorization(as).Level, Citizen: s.Citizen, Person: as.Subject,
				Until: time.Unix(int64(as.ExpiresAt), 0)}, err
		})
}

// internal marks a context in which an auth_req_id may be given by its digest,
// which is all that is kept of it.
const internalKey contextKey = 100

// Answer gives a citizen's answer to a question: what they agree to, or nil for
// no. A question is answered once.
func (p *Provider) Answer(ctx context.Context, id string, given *Given) error {
	reader, _ := p.c.Store()
	var asked string
	if err := reader.Row(ctx, "select asked from tmp_trust_sessions where id = $1 and status = 'pending' and expires_at > $2", []any{id, now()}, &asked); err != nil {
		return err
	}
	ctx = context.WithValue(ctx, internalKey, true)
	as, err := p.state.SessionByAuthReqID(ctx, asked)
	if err != nil {
		return err
	}
	if done, err := p.answered(ctx, as); done || err != nil {
		return err
	}
	if given == nil {
		err = p.op.DenyCIBARequest(ctx, asked, goidc.NewError(goidc.ErrorCodeAccessDenied, "the person declined"))
	} else {
		s := readStored(as.Store)
		s.Given = given
		as.Store, as.GrantedScopes = s.in(nil), as.Scopes
		if err = p.state.SaveSession(ctx, as); err == nil {
			err = p.op.GrantCIBARequest(ctx, asked)
		}
	}
	if errors.Is(err, errSpent) || errors.Is(err, goidc.ErrNotFound) {
		err = fault.New(fault.Conflict, "trust.settled")
	}
	return err
}

// answered reports whether there is a grant already: the service died after it
// was made and before the question said so, which it does now. Another yes
// changes nothing; a no has been recorded, and the release looks for it.
func (p *Provider) answered(ctx context.Context, as *goidc.AuthnSession) (bool, error) {
	if _, err := p.state.GrantByAuthReqID(ctx, as.AuthReqID); errors.Is(err, goidc.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	as.Status = goidc.StatusSuccess
	if err := p.state.SaveSession(ctx, as); err != nil && !errors.Is(err, errSpent) {
		return false, err
	}
	return true, nil
}

// keptID gives what is kept of an auth_req_id.
func keptID(ctx context.Context, id string) string {
	if ctx.Value(internalKey) != nil {
		return id
	}
	return digest("asked", id)
}
