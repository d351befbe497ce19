package passkey_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// tab opens Chromium with an authenticator of its own, as a station's reader.
func tab(t *testing.T) context.Context {
	t.Helper()
	chromium := "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("no Chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	err := chromedp.Do(ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return chromedp.Void{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// until waits for an expression to be true in the page.
func until(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+script+")"))
		if err == nil && got {
			return
		}
	}
	said, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	t.Fatalf("never true: %s\n%s", script, said)
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
	ctx := tab(t)

	p.must(chromedp.Do(ctx, chromedp.Navigate(address+"/session/enrol?lang=en"), chromedp.SendKeys("#passkey-code", "WRONG"), chromedp.Click("[data-passkey-go]")))
	until(t, ctx, `document.querySelector("[data-passkey-says]").textContent.length > 5`)
	p.must(chromedp.Do(ctx, chromedp.Navigate(address+"/session/enrol?lang=en"), chromedp.SendKeys("#passkey-code", "KARIM"), chromedp.Click("[data-passkey-go]")))
	until(t, ctx, `!document.querySelector("[data-passkey-asks]").hidden && !document.querySelector("[data-passkey-go]").disabled`)
	until(t, ctx, `document.activeElement.name === "matricule" && document.getElementById("passkey-family").closest("[hidden]")`)
	p.must(chromedp.Do(ctx, chromedp.SendKeys("#passkey-matricule", "M-7"), chromedp.SendKeys("#passkey-label", "card"), chromedp.Click("[data-passkey-go]")))
	until(t, ctx, `location.pathname === "/"`)
	if keys, _ := p.desk.Keys(t.Context(), karim); len(keys) != 1 {
		t.Fatalf("%d keys", len(keys))
	}
	p.must(chromedp.Do(ctx, chromedp.Navigate(address+"/session/new?lang=en&return=/purpose"), chromedp.Click("[data-passkey-go]")))
	until(t, ctx, `location.pathname === "/purpose"`)
}
