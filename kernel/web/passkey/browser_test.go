package passkey_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// authenticator gives a tab one of its own, as a station's reader is.
func authenticator(t *testing.T, tab *browser.Tab) {
	t.Helper()
	_, err := chromedp.Call(tab.Context, webauthn.Enable, webauthn.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(tab.Context, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A person enrols with a code and signs in again, in a real browser under the
// strict content policy, by the script that is served.
func TestInABrowser(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	address := "http://localhost:" + server.Listener.Addr().String()[strings.LastIndex(server.Listener.Addr().String(), ":")+1:]
	p := openAt(t, "localhost", address)
	server.Config.Handler = p.web
	server.Start()
	t.Cleanup(server.Close)
	tab := browser.Start(t).Tab(t, address, browser.Station)
	authenticator(t, tab)

	tab.Go("/session/enrol?lang=en")
	tab.Do(chromedp.SendKeys("#passkey-code", "WRONG"), chromedp.Click("[data-passkey-go]"))
	tab.Until(`document.querySelector("[data-passkey-says]").textContent.length > 5`)
	tab.Go("/session/enrol?lang=en")
	tab.Do(chromedp.SendKeys("#passkey-code", "KARIM"), chromedp.Click("[data-passkey-go]"))
	tab.Until(`!document.querySelector("[data-passkey-asks]").hidden && !document.querySelector("[data-passkey-go]").disabled`)
	tab.Until(`document.activeElement.name === "matricule" && document.getElementById("passkey-family").closest("[hidden]")`)
	tab.Do(chromedp.SendKeys("#passkey-matricule", "M-7"), chromedp.SendKeys("#passkey-label", "card"), chromedp.Click("[data-passkey-go]"))
	tab.Until(`location.pathname === "/"`)
	if keys, _ := p.desk.Keys(t.Context(), karim); len(keys) != 1 {
		t.Fatalf("%d keys", len(keys))
	}
	tab.Go("/session/new?lang=en&return=/purpose")
	tab.Do(chromedp.Click("[data-passkey-go]"))
	tab.Until(`location.pathname === "/purpose"`)
}
