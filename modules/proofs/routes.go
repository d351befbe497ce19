package proofs

import (
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

// maxAsk bounds what a wallet sends, in bytes.
const maxAsk = 128 << 10

// routes is the module's table of contents. The wallets' addresses follow from
// the issuer's name, as their specifications demand.
func (s *Service) routes() []web.Route {
	own := func(pattern, action string, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Action: action, Resource: s.locateOwn, Door: s.citizens.Door(), Handle: h}
	}
	open := func(pattern, why string, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Open: why, Handle: h, MaxBody: maxAsk}
	}
	const names = "names what is issued and where; nobody is in it"
	routes := []web.Route{
		own("GET /citizen/proofs", actionRead, s.listProofs),
		own("POST /citizen/proofs", actionOffer, s.offerProof),
		own("POST /citizen/proofs/{id}/revoke", actionRevoke, s.revokeProof),
		open("GET /.well-known/openid-credential-issuer/wallet", names, s.showMetadata),
		open("GET /.well-known/oauth-authorization-server/wallet", names, s.showServer),
		open("GET /.well-known/jwt-vc-issuer/wallet", "the keys by which proofs are checked", s.showKeys),
		open("GET /wallet/types/{type}", names, s.showType),
		open("GET /wallet/authority.pem", "the certificate by which documents are checked", s.showAuthority),
		open("GET /wallet/status/1", "which proofs are revoked, by numbers that name nobody", s.showStatus),
		open("POST /wallet/token", "an offer and its digits are the right to it", s.giveToken),
		open("POST /wallet/nonce", "a number to be repeated", s.giveNonce),
		open("GET /wallet/request/{id}", "what is asked of a wallet; its address is the right to read it", s.giveRequest),
		open("POST /wallet/response/{id}", "a wallet's answer to what it was asked, proved by the holder's key", s.takeResponse),
		open("POST /wallet/credential", "a redeemed offer is the right to it", s.giveCredential),
	}
	if s.k.Demo {
		routes = append(routes, demowallet.NewSite(s.origin, s.k.Clock.Now).Routes()...)
	}
	return routes
}

func (s *Service) locateOwn(r *web.Request) (policy.Resource, error) {
	h, ok, err := s.citizens.Holder(r)
	if err == nil && !ok {
		err = fault.New(fault.SignIn, "fault.sign-in")
	}
	return resource(h.Citizen, int(h.Level)), err
}
