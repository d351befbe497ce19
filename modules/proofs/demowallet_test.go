package proofs

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

// The demonstration's wallet says that it is none, takes links and nothing else,
// and says why nothing came of one, in three languages.
func TestTheDemonstrationsWallet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.Stranger(t)
	offer := h.browser().Post("/citizen/proofs", url.Values{"type": {"age"}, "form": {string(SDJWT)}}).LinkTo("openid-credential-offer:")
	for _, lang := range []string{"ar", "fr", "en"} {
		if p := c.Get(demowallet.Path + "?lang=" + lang); p.Status != http.StatusOK || !strings.Contains(p.Text(), h.word(lang, "proofs.demo.title")) {
			t.Errorf("%s: %d %s", lang, p.Status, p.Text())
		}
		for name, x := range map[string]struct {
			path   string
			form   url.Values
			status int
			says   string
		}{
			"no link":                   {"/open", url.Values{"link": {"hello"}}, http.StatusUnprocessableEntity, "proofs.demo.not-a-link"},
			"nothing":                   {"/open", url.Values{}, http.StatusUnprocessableEntity, "proofs.demo.not-a-link"},
			"an offer of somebody else": {"/open", url.Values{"link": {`openid-credential-offer://?credential_offer={"credential_issuer":"https://evil.example/wallet"}`}}, http.StatusUnprocessableEntity, "proofs.demo.not-a-link"},
			"a garbled offer":           {"/open", url.Values{"link": {"openid-credential-offer://?credential_offer=%7B"}}, http.StatusUnprocessableEntity, "proofs.demo.not-a-link"},
			"out of reach":              {"/open", url.Values{"link": {offer}, "digits": {"000000"}}, http.StatusFailedDependency, "proofs.demo.unreachable"},
			"an answer to nothing":      {"/answer", url.Values{"state": {"x"}, "answer": {"show"}}, http.StatusUnprocessableEntity, "proofs.demo.not-a-link"},
		} {
			p := c.Post(demowallet.Path+x.path+"?lang="+lang, x.form)
			if p.Status != x.status || !strings.Contains(p.Text(), h.word(lang, x.says)) {
				t.Errorf("%s, %s: %d %s", lang, name, p.Status, p.Text())
			}
		}
	}
	if p := c.Get(demowallet.Path + "?link=" + url.QueryEscape(offer)); p.Fields(demowallet.Path+"/open").Get("link") != offer {
		t.Error("the link does not wait in its field")
	}
}
