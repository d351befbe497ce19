package proofs

import (
	"encoding/json"
	"net/http"
	"net/url"

	"rsc.io/qr"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

// listProofs shows what the citizen's wallets hold, and what can be had.
func (s *Service) listProofs(r *web.Request) error {
	all, err := s.Credentials(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	h, _, err := s.citizens.Holder(r)
	if err != nil {
		return err
	}
	return r.Page(r.T("proofs.title"), proofsBody(r, all, h.Level >= citizens.ByKey))
}

// offerProof makes an offer and shows it, this once.
func (s *Service) offerProof(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	t, f := Type(form.Get("type")), Form(form.Get("form"))
	o, err := s.MakeOffer(r.Context(), r.Grant, r.Actor.ID, t, f)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(s.offer(t, f, o))
	if err != nil {
		return err
	}
	link := "openid-credential-offer://?credential_offer=" + url.QueryEscape(string(raw))
	code, err := qr.Encode(link, qr.L)
	if err != nil {
		return err
	}
	dark := make([][]bool, code.Size)
	for y := range dark {
		dark[y] = make([]bool, code.Size)
		for x := range dark[y] {
			dark[y][x] = code.Black(x, y)
		}
	}
	return r.PageStatus(http.StatusOK, r.T("proofs.offer.title"), offerBody(r, t, o, link, dark, s.simulator(link)))
}

// simulator is the demonstration's wallet with a link in it, "" outside of it.
func (s *Service) simulator(link string) string {
	if !s.k.Demo {
		return ""
	}
	return demowallet.Path + "?" + url.Values{"link": {link}}.Encode()
}

func (s *Service) revokeProof(r *web.Request) error {
	id, err := r.PathID("id")
	if err != nil {
		return err
	}
	if err := s.Revoke(r.Context(), r.Grant, r.Actor.ID, id); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return r.Redirect("/citizen/proofs")
}

func stateOf(r *web.Request, c Credential) ui.State {
	switch {
	case !c.Revoked.IsZero():
		return ui.State{Status: ui.Stop, Label: r.T("proofs.state.revoked")}
	case !c.Stands(r.Now()):
		return ui.State{Status: ui.Neutral, Label: r.T("proofs.state.over")}
	}
	return ui.State{Status: ui.Good, Label: r.T("proofs.state.stands")}
}
