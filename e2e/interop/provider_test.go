package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/trust"
	"github.com/amana-platform/amana/packs"
)

// sandbox runs the whole service at an address and registers a sandbox in it.
func sandbox(t *testing.T, keys string) (issuer, client string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer = "http://localhost" + strings.TrimPrefix(listener.Addr().String(), "127.0.0.1")
	var s *compose.Services
	a := kerneltest.Start(t, kerneltest.Options{Now: time.Now(), Pack: packs.Morocco(), Build: func(k *app.Kernel) (c app.Compose, err error) {
		s, c, err = compose.BuildAt(k, nil, compose.Site{RPID: "localhost", Origins: []string{issuer}})
		return c, err
	}})
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: a.Server}}
	server.Start()
	t.Cleanup(server.Close)
	g := must(a.Policy.System("trust", "trust.provide", "L09-08-4"))
	id, _, err := s.Trust.ApplyInstitution(t.Context(), g, trust.Application{Sandbox: true, Registration: trust.Registration{
		Name: [3]string{"Sandbox", "Sandbox", "Sandbox"}, Purpose: [3]string{"interop tests", "interop tests", "interop tests"}, Basis: "none", Ceiling: []string{"age_over_18", "given_name"}, Level: 1,
		Retention: "none", Contact: "none", Redirects: []string{"http://localhost:1/back"}, Keys: keys}})
	if err != nil {
		t.Fatal(err)
	}
	return issuer, string(id)
}

// fetched reads a JSON document.
func fetched(t *testing.T, address string) json.RawMessage {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
	res := must(http.DefaultClient.Do(r))
	defer func() { _ = res.Body.Close() }()
	return must(io.ReadAll(res.Body))
}

// TestTheirsSignInWithOurs: openid-client and oauth4webapi go through every right
// step and are refused at every wrong one; coreos/go-oidc and jwcrypto believe
// the tokens, and refuse them changed.
func TestTheirsSignInWithOurs(t *testing.T) {
	key := newKey()
	public := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}}
	issuer, id := sandbox(t, string(must(json.Marshal(public))))
	results := map[string]string{}
	ask(t, "fapi.mjs", map[string]any{"issuer": issuer, "client": id, "kid": "k1", "key": jose.JSONWebKey{Key: key, KeyID: "k1"}, "redirect": "http://localhost:1/back"}, &results)
	token, access := results["token"], results["access"]
	delete(results, "token")
	delete(results, "access")
	if len(results) < 35 || token == "" || access == "" {
		t.Errorf("only %d steps", len(results))
	}
	for name, wrong := range results {
		if wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
	}
	p, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	verifier := p.Verifier(&oidc.Config{ClientID: id, SupportedSigningAlgs: []string{"ES256"}})
	if _, err := verifier.Verify(t.Context(), token); err != nil {
		t.Errorf("coreos/go-oidc does not believe the ID token: %v", err)
	}
	if _, err := verifier.Verify(t.Context(), token[:len(token)-8]+"AAAAAAAA"); err == nil {
		t.Error("coreos/go-oidc believes a changed ID token")
	}
	if _, err := p.Verifier(&oidc.Config{ClientID: "another"}).Verify(t.Context(), token); err == nil {
		t.Error("coreos/go-oidc believes another institution's ID token")
	}
	t.Run("jwcrypto", func(t *testing.T) { jwcrypto(t, issuer, token) })
}

// jwcrypto lets python3-jwcrypto read our tokens with our published keys.
func jwcrypto(t *testing.T, issuer string, tokens ...string) {
	const python = "/usr/bin/python3"
	if exec.CommandContext(t.Context(), python, "-c", "import jwcrypto").Run() != nil {
		t.Skip("python3-jwcrypto is not installed")
	}
	keys := fetched(t, issuer+"/oidc/keys")
	read := func(token string) (string, error) {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), python, "jwcrypto_check.py")
		cmd.Stdin = bytes.NewReader(must(json.Marshal(map[string]any{"keys": keys, "token": token, "issuer": issuer})))
		out, err := cmd.Output()
		return string(out), err
	}
	for _, token := range tokens {
		if said, err := read(token); err != nil || !strings.Contains(said, issuer) {
			t.Errorf("not believed: %v %s", err, said)
		}
		if _, err := read(token[:len(token)-8] + "AAAAAAAA"); err == nil {
			t.Error("believed although it was changed")
		}
	}
}
