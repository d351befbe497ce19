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

// Lifetimes, in seconds.
const (
	CodeLife      = 60   // FAPI 2.0: an authorization code at most
	pushedLife    = 90   // from the pushed request to the person's browser
	sessionLife   = 1800 // a person before the consent page
	tokenLife     = 300
	assertionLife = 300 // of an institution's assertions and proofs
	leeway        = 30  // clocks may differ by
)

// errSpent is given to whoever comes second.
var errSpent = errors.New("provider: used already")

// state keeps what is under way. It serves the library's stores and takes over
// from them what must not happen twice.
type state struct {
	store func() (store.Reader, store.Scratch)
}

func now() int64 { return time.Now().Unix() }

// nullable gives nil for what is absent, so that a unique column may be empty.
func nullable(kind, value string) any {
	if value == "" {
		return nil
	}
	return digest(kind, value)
}

// SaveSession keeps an authorization that is under way. One that has ended
// stays as it ended: of two that finish at once, one is told so.
func (s state) SaveSession(ctx context.Context, as *goidc.AuthnSession) error {
	kept := *as
	kept.PushedAuthReqID, kept.AuthReqID = "", ""
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	var asked any
	if as.AuthReqID != "" {
		asked = keptID(ctx, as.AuthReqID)
	}
	_, scratch := s.store()
	n, err := scratch.Exec(ctx, `insert into tmp_trust_sessions (id, pushed, asked, client, status, body, expires_at, citizen) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (id) do update set status = $5, body = $6, expires_at = $7 where tmp_trust_sessions.status = 'pending'`,
		as.ID, nullable("pushed", as.PushedAuthReqID), asked, as.ClientID, string(as.Status), string(body), as.ExpiresAt, readStored(as.Store).Citizen)
	if err == nil && n == 0 && as.Status != goidc.StatusFailure {
		return goidc.WrapError(goidc.ErrorCodeInvalidRequest, "invalid request", errSpent)
	}
	return failed(ctx, err)
}

// Session gives an authorization by its id.
func (s state) Session(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	return s.session(ctx, "select body, status from tmp_trust_sessions where id = $1", id)
}

// SessionByPushedAuthReqID gives the authorization that a request_uri names.
func (s state) SessionByPushedAuthReqID(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	return s.session(ctx, "select body, status from tmp_trust_sessions where pushed = $1", digest("pushed", id))
}

// SessionByAuthReqID gives the authorization that an auth_req_id names.
func (s state) SessionByAuthReqID(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	as, err := s.session(ctx, "select body, status from tmp_trust_sessions where asked = $1", keptID(ctx, id))
	if err == nil {
		as.AuthReqID = id
	}
	return as, err
}

func (s state) session(ctx context.Context, query, id string) (*goidc.AuthnSession, error) {
	reader, _ := s.store()
	var body, status string
	if err := reader.Row(ctx, query, []any{id}, &body, &status); err != nil {
		return nil, absent(ctx, err)
	}
	as := &goidc.AuthnSession{}
	err := json.Unmarshal([]byte(body), as)
	as.Store = readStored(as.Store).in(as.Store)
	as.Status = goidc.Status(status)
	if as.Status != goidc.StatusPending {
		as.PolicyID = "" // the page of an authorization that has ended leads nowhere
	}
	return as, err
}

// absent says in the library's words that there is no such thing.
func absent(ctx context.Context, err error) error {
	if fault.Is(err, fault.NotFound) {
		return goidc.ErrNotFound
	}
	return failed(ctx, err)
}

// SaveGrant keeps a grant when it is made, and afterwards only what may happen
// to it: it is redeemed once, and revoked for good. Whoever redeems second
// fails, whatever they read before.
func (s state) SaveGrant(ctx context.Context, g *goidc.Grant) error {
	_, scratch := s.store()
	switch {
	case g.RevokedAt != 0:
		_, err := scratch.Exec(ctx, "update tmp_trust_grants set revoked_at = $1 where id = $2 and revoked_at = 0", g.RevokedAt, g.ID)
		return failed(ctx, err)
	case g.AuthCodeConsumedAt != 0 || g.AuthReqIDConsumedAt != 0:
		body, err := grantBody(g)
		if err != nil {
			return err
		}
		n, err := scratch.Exec(ctx, "update tmp_trust_grants set consumed_at = $1, body = $2, expires_at = $3 where id = $4 and consumed_at = 0 and revoked_at = 0",
			g.AuthCodeConsumedAt+g.AuthReqIDConsumedAt, body, now()+tokenLife+CodeLife, g.ID)
		if err == nil && n != 1 {
			return goidc.WrapError(goidc.ErrorCodeInvalidGrant, "invalid grant", errSpent)
		}
		return failed(ctx, err)
	}
	body, err := grantBody(g)
	if err != nil {
		return err
	}
	var asked any
	if g.AuthReqID != "" {
		asked = keptID(ctx, g.AuthReqID)
	}
	_, err = scratch.Exec(ctx, `insert into tmp_trust_grants (id, code, asked, client, citizen, session, body, consumed_at, revoked_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)`,
		g.ID, nullable("code", g.AuthCode), asked, g.ClientID, givenOf(g).Citizen, givenOf(g).Session, body, max(int64(g.AuthCodeExpiresAt), int64(g.AuthReqIDExpiresAt), now())+tokenLife)
	return failed(ctx, err)
}

// grantBody writes a grant without what opens it.
func grantBody(g *goidc.Grant) (string, error) {
	kept := *g
	kept.AuthCode, kept.AuthReqID = "", ""
	kept.AuthParams.IDTokenHint, kept.AuthParams.LoginHintToken = "", ""
	body, err := json.Marshal(kept)
	return string(body), err
}

const grantColumns = "select body, consumed_at, revoked_at from tmp_trust_grants where "

// Grant gives a grant by its id; one that was read for the token that is shown
// is not read again.
func (s state) Grant(ctx context.Context, id string) (*goidc.Grant, error) {
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok && x.grant != nil && x.grant.ID == id {
		return x.grant, nil
	}
	g, _, err := s.grant(ctx, grantColumns+"id = $1", id)
	return g, err
}

// GrantByAuthCode gives the grant that a code stands for.
func (s state) GrantByAuthCode(ctx context.Context, code string) (*goidc.Grant, error) {
	g, consumed, err := s.grant(ctx, grantColumns+"code = $1", digest("code", code))
	if err == nil {
		g.AuthCode, g.AuthCodeConsumedAt = code, consumed
	}
	return g, err
}

// GrantByAuthReqID gives the grant that an auth_req_id stands for.
func (s state) GrantByAuthReqID(ctx context.Context, id string) (*goidc.Grant, error) {
	g, consumed, err := s.grant(ctx, grantColumns+"asked = $1", keptID(ctx, id))
	if err == nil {
		g.AuthReqID, g.AuthReqIDConsumedAt = id, consumed
	}
	return g, err
}

func (s state) grant(ctx context.Context, query, key string) (*goidc.Grant, int, error) {
	reader, _ := s.store()
	var body string
	var consumed, revoked int64
	if err := reader.Row(ctx, query, []any{key}, &body, &consumed, &revoked); err != nil {
		return nil, 0, absent(ctx, err)
	}
	g := &goidc.Grant{}
	err := json.Unmarshal([]byte(body), g)
	g.Store = readStored(g.Store).in(g.Store)
	g.RevokedAt = int(revoked)
	return g, int(consumed), err
}

// failed notes that the store failed, which the library would take for a mistake
// of whoever asks: machine answers by it.
func failed(ctx context.Context, err error) error {
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok && err != nil {
		x.err = err
	}
	return err
}

// see notes the identifier of an assertion or a proof, and refuses one that
// was seen before. It is kept for as long as what bears it could be accepted.
func (s state) see(ctx context.Context, jti string) error {
	_, scratch := s.store()
	n, err := scratch.Exec(ctx, "insert into tmp_trust_seen (id, expires_at) values ($1, $2) on conflict do nothing", digest("seen", jti), now()+assertionLife+2*leeway+1)
	if err == nil && n == 0 {
		return errSpent
	}
	return failed(ctx, err)
}

// Revoke ends every grant that was made in a session; its tokens are over at
// once. It gives how many there were.
func (p *Provider) Revoke(ctx context.Context, session string) (int64, error) {
	return p.end(ctx, "session", session)
}

// RevokeCitizen ends every grant of a citizen.
func (p *Provider) RevokeCitizen(ctx context.Context, citizen string) (int64, error) {
	return p.end(ctx, "citizen", citizen)
}

// RevokeClient ends every grant of an institution.
func (p *Provider) RevokeClient(ctx context.Context, client string) (int64, error) {
	return p.end(ctx, "client", client)
}

// RevokeBoth ends every grant of a citizen to one institution.
func (p *Provider) RevokeBoth(ctx context.Context, citizen, client string) (int64, error) {
	_, scratch := p.c.Store()
	return scratch.Exec(ctx, "update tmp_trust_grants set revoked_at = $1 where citizen = $2 and client = $3 and revoked_at = 0", now(), citizen, client)
}

func (p *Provider) end(ctx context.Context, column, value string) (int64, error) {
	_, scratch := p.c.Store()
	return scratch.Exec(ctx, "update tmp_trust_grants set revoked_at = $1 where "+column+" = $2 and revoked_at = 0", now(), value)
}

// Sweep removes what is over. It is a job.
func (p *Provider) Sweep(ctx context.Context) error {
	_, scratch := p.c.Store()
	var errs []error
	for _, table := range []string{"tmp_trust_sessions", "tmp_trust_grants", "tmp_trust_seen", "tmp_trust_links", "tmp_trust_notices", "tmp_trust_counters", "tmp_trust_signals"} {
		_, err := scratch.Exec(ctx, "delete from "+table+" where expires_at < $1", now())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
