package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// Config is what a provider is made of. Every function must be given.
type Config struct {
	Issuer string // "https://amana.example", without a path
	Store  func() (store.Reader, store.Scratch)
	Keys   Keys
	// Client gives an institution that may ask at present. Fault: not found,
	// also for one that is suspended or whose registration has ended.
	Client func(ctx context.Context, id string) (Client, error)
	// Subject gives the name under which an institution knows a person, and
	// Session the one of a person's session.
	Subject func(person, client string) string
	Session func(session, client string) string
	// Seal gives what only this service can make of the name of a grant.
	Seal func(grant string) string
	// Pushed judges a request that is well formed; a *Refusal goes back to the
	// institution.
	Pushed func(ctx context.Context, client string, wanted []Wanted) error
	// Page puts an authorization before a person: it writes a page, or decides.
	Page func(w http.ResponseWriter, r *http.Request, a Authorization) (Decision, Notes, error)
	// Asked judges a question to a citizen who is elsewhere, and gives whom its
	// hint names; a *Refusal goes back to the institution.
	Asked func(ctx context.Context, a Asked) (Asked, error)
	// Release is called when a code is redeemed, before anything is released:
	// what it records is durable when it returns. It gives the attributes.
	Release func(ctx context.Context, client string, g Given) (map[string]any, error)
	// Attributes gives them again, for the userinfo endpoint.
	Attributes func(ctx context.Context, client string, g Given) (map[string]any, error)
	// Claims lists the attributes there are, for discovery.
	Claims []string
	// Extra are members that discovery also has.
	Extra map[string]any
	Log   *slog.Logger
}

// Refusal is an answer to an institution that a function of the Config decided.
type Refusal struct{ Code, Description string }

// Error gives both.
func (r *Refusal) Error() string { return r.Code + ": " + r.Description }

// Provider answers at the endpoints. It is safe for concurrent use.
type Provider struct {
	c         Config
	inner     http.Handler
	op        *provider.Provider
	state     state
	discovery map[string]any
	polls     polls
}

// New makes a provider and refuses to if the library finds the profile wanting.
func New(c Config) (*Provider, error) {
	p := &Provider{c: c, state: state{c.Store}}
	access := tokens{state: p.state, seal: c.Seal}
	acrs := make([]goidc.ACR, 0, Levels)
	for i := range Levels {
		acrs = append(acrs, goidc.ACR(ACR(i+1)))
	}
	var err error
	p.op, err = provider.New(c.Issuer, p.state, p.jwks,
		provider.WithProfile(goidc.ProfileFAPI2), provider.WithProfileValidation(),
		provider.WithSigner(p.sign), provider.WithIDTokenSignatureAlgs(goidc.ES256),
		provider.WithDCR(clients{p}), provider.WithDCRInitialTokenValidator(nobody),
		provider.WithScopes(goidc.ScopeOpenID, goidc.NewScope(ScopeReadSignals), goidc.NewScope(ScopeManageSignals), goidc.NewScope(ScopePresentation)), provider.WithOpenIDScopeRequired(),
		provider.WithClientCredentialsGrant(),
		provider.WithPARRequired(p.state), provider.WithPARSessionHandler(p.pushed), provider.WithPARLifetime(pushedLife),
		provider.WithAuthCodeGrant(p.state, goidc.ResponseTypeCode), provider.WithAuthSessionLifetime(sessionLife),
		provider.WithPrivateKeyJWTAuthn(assertionAlgs[0], assertionAlgs...), provider.WithDPoPRequired(proofAlgs[0], proofAlgs...),
		provider.WithPKCERequired(goidc.CodeChallengeMethodSHA256), provider.WithIssuerResponseParameter(),
		provider.WithJTIConsumer(p.state.see), provider.WithJWTLifetime(assertionLife), provider.WithJWTLeewayTime(leeway),
		provider.WithSubIdentifierTypes(goidc.SubIdentifierPairwise), provider.WithPairwiseSubject(p.subject),
		provider.WithClaimsParameter(), provider.WithClaims(goidc.ClaimACR, slices.Concat(protocolClaims, c.Claims)...), provider.WithACRs(acrs[0], acrs...),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
			return goidc.NewOpaqueTokenOptions(tokenLife)
		}), provider.WithOpaqueTokens(access), provider.WithOpaqueTokenFunc(access.value),
		provider.WithIDTokenLifetime(tokenLife), provider.WithTokenHandler(p.release),
		provider.WithIDTokenClaims(p.tokenClaims), provider.WithUserInfoClaims(p.infoClaims),
		provider.WithCIBAGrant(p.state, goidc.CIBADeliveryModePoll), provider.WithCIBAProfile(goidc.CIBAProfileFAPI), provider.WithCIBASessionHandler(p.asked),
		provider.WithCIBAJARRequired(assertionAlgs[0], assertionAlgs...), provider.WithCIBALifetime(askedLife), provider.WithCIBAPollingInterval(pollEvery), provider.WithCIBAEndpoint(PathAsk),
		provider.WithPolicies(goidc.NewPolicy("page", func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }, p.authenticate)),
		provider.WithErrorHandler(p.noted), provider.WithErrorRenderer(p.shown),
		provider.WithJWKSEndpoint(PathKeys), provider.WithPAREndpoint(PathPush), provider.WithAuthorizeEndpoint(PathAuthorize),
		provider.WithTokenEndpoint(PathToken), provider.WithUserInfoEndpoint(PathInfo),
		provider.WithHTTPClientFunc(func(context.Context) *http.Client { return &http.Client{Transport: nowhere{}} }),
	)
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	p.inner = p.op.Handler()
	p.discovery = p.metadata()
	return p, nil
}

// protocolClaims are those that tokens have beside attributes.
var protocolClaims = []string{goidc.ClaimSubject, goidc.ClaimIssuer, goidc.ClaimAudience, goidc.ClaimExpiry, goidc.ClaimIssuedAt, goidc.ClaimNonce, goidc.ClaimAuthTime, goidc.ClaimAMR, "sid"}

// nowhere is the network as this provider knows it: it fetches nothing, because
// an institution's keys are in its registration.
type nowhere struct{}

// RoundTrip refuses.
func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("provider: nothing is fetched")
}

// nobody may register by the protocol: people approve institutions. The
// endpoint is not served either.
func nobody(context.Context, string) error { return errors.New("provider: no dynamic registration") }

// clients serves institutions to the library.
type clients struct{ p *Provider }

// SaveClient refuses: institutions are registered elsewhere.
func (clients) SaveClient(context.Context, *goidc.Client) error {
	return nobody(context.Background(), "")
}

// DeleteClient refuses.
func (clients) DeleteClient(context.Context, string) error { return nobody(context.Background(), "") }

// Client gives an institution.
func (c clients) Client(ctx context.Context, id string) (*goidc.Client, error) {
	found, err := c.p.c.Client(ctx, id)
	if err != nil {
		return nil, absent(ctx, err)
	}
	return found.goidc(), nil
}

func (p *Provider) subject(_ context.Context, person string, c *goidc.Client) string {
	return p.c.Subject(person, c.ID)
}

// pushed judges a pushed request after the library did.
func (p *Provider) pushed(ctx context.Context, as *goidc.AuthnSession, c *goidc.Client) error {
	if !slices.Contains(c.RedirectURIs, as.RedirectURI) { // to the letter, before any parsing
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "invalid redirect_uri")
	}
	if as.CodeChallengeMethod != goidc.CodeChallengeMethodSHA256 || len(as.CodeChallenge) != 43 {
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "code_challenge with S256 is required")
	}
	if len(as.State) > 2048 || len(as.Nonce) > 2048 {
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "state or nonce is too long")
	}
	if err := onlyOpenID(as.Scopes); err != nil {
		return err
	}
	wanted, _ := ctx.Value(wantedKey).([]Wanted)
	err := p.c.Pushed(ctx, c.ID, wanted)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return goidc.NewError(goidc.ErrorCode(refusal.Code), refusal.Description)
	}
	if err != nil {
		return err
	}
	as.Claims = nil // ours are kept
	as.Store = stored{Wanted: wanted}.in(as.Store)
	return nil
}

// attributesKey is where the attributes of a grant wait while its answer is made.
const attributesKey = "attributes"

// release records what is released and fetches it. A program's own token
// releases nothing.
func (p *Provider) release(ctx context.Context, _ *goidc.Token, g *goidc.Grant) error {
	if g.Subject == g.ClientID {
		return nil
	}
	attributes, err := p.c.Release(ctx, g.ClientID, givenOf(g))
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return goidc.NewError(goidc.ErrorCode(refusal.Code), refusal.Description)
	}
	if err != nil {
		return err
	}
	g.Store = readStored(g.Store).in(g.Store)
	g.Store[attributesKey] = attributes
	return nil
}

// tokenClaims are what an ID token says beside the protocol's own.
func (p *Provider) tokenClaims(_ context.Context, g *goidc.Grant) map[string]any {
	given := givenOf(g)
	out := map[string]any{goidc.ClaimACR: ACR(given.Level), "sid": p.c.Session(given.Session, g.ClientID)}
	if len(given.Methods) > 0 {
		out[goidc.ClaimAMR] = given.Methods
	}
	if !given.At.IsZero() {
		out[goidc.ClaimAuthTime] = given.At.Unix()
	}
	attributes, _ := g.Store[attributesKey].(map[string]any)
	for _, w := range given.Claims {
		if v, ok := attributes[w.Name]; ok && w.InToken {
			out[w.Name] = v
		}
	}
	return out
}

func (p *Provider) infoClaims(ctx context.Context, g *goidc.Grant) map[string]any {
	given := givenOf(g)
	attributes, err := p.c.Attributes(ctx, g.ClientID, given)
	if err != nil {
		p.c.Log.ErrorContext(ctx, "no attributes at userinfo", "institution", g.ClientID, "err", err)
		return nil
	}
	out := map[string]any{}
	for _, w := range given.Claims {
		if v, ok := attributes[w.Name]; ok && w.InInfo {
			out[w.Name] = v
		}
	}
	return out
}

// noted logs what the library calls an error: a program's at debug, ours loud.
func (p *Provider) noted(ctx context.Context, err error) {
	if _, ok := errors.AsType[goidc.Error](err); ok {
		p.c.Log.DebugContext(ctx, "an institution was refused", "err", err)
		return
	}
	p.c.Log.ErrorContext(ctx, "the provider failed", "err", err)
}

// shown hands an error that cannot go back to the institution to the page.
func (p *Provider) shown(_ http.ResponseWriter, r *http.Request, err error) error {
	if e, ok := errors.AsType[goidc.Error](err); ok {
		err = fault.Wrap(err, fault.Invalid, "trust.request-lost", "code", string(e.Code))
	}
	keep(r, err)
	return nil
}
