package provider

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func newState(t *testing.T) state {
	t.Helper()
	db := storetest.Open(t)
	if err := journal.Shape(t.Context(), db, []journal.Module{{Name: "trust", Migrations: os.DirFS("../migrations")}}); err != nil {
		t.Fatal(err)
	}
	return state{func() (store.Reader, store.Scratch) { return db.Reader(), db.Scratch() }}
}

// TestOfTwoRedemptionsTheSecondFails although both saw the code unused.
func TestOfTwoRedemptionsTheSecondFails(t *testing.T) {
	s := newState(t)
	ctx, soon := t.Context(), int(time.Now().Add(time.Minute).Unix())
	for name, g := range map[string]goidc.Grant{"a code": {ID: "1", AuthCode: "c", AuthCodeExpiresAt: soon}, "an auth_req_id": {ID: "2", AuthReqID: "r", AuthReqIDExpiresAt: soon}} {
		if err := s.SaveGrant(ctx, &g); err != nil {
			t.Fatal(err)
		}
		read := func() *goidc.Grant {
			found, err := s.GrantByAuthCode(ctx, "c")
			if g.AuthReqID != "" {
				found, err = s.GrantByAuthReqID(ctx, "r")
			}
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		first, second := read(), read()
		redeem := func(x *goidc.Grant) error {
			if g.AuthReqID != "" {
				x.AuthReqIDConsumedAt = soon
			} else {
				x.AuthCodeConsumedAt = soon
			}
			return s.SaveGrant(ctx, x)
		}
		if err := redeem(first); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := redeem(second); !errors.Is(err, errSpent) {
			t.Errorf("%s is redeemed twice: %v", name, err)
		}
		second.RevokedAt = soon
		if err := s.SaveGrant(ctx, second); err != nil {
			t.Error(err)
		}
		if again := read(); again.RevokedAt != soon || again.AuthCodeConsumedAt+again.AuthReqIDConsumedAt != soon {
			t.Errorf("%s: %+v", name, again)
		}
		if by, err := s.Grant(ctx, g.ID); err != nil || by.AuthCode != "" || by.AuthReqID != "" || by.RevokedAt != soon {
			t.Errorf("%s: %+v %v", name, by, err)
		}
	}
	late := goidc.Grant{ID: "3", AuthCode: "d", AuthCodeExpiresAt: soon}
	if err := s.SaveGrant(ctx, &late); err != nil {
		t.Fatal(err)
	}
	revoked := late
	revoked.RevokedAt = soon
	late.AuthCodeConsumedAt = soon
	if err := errors.Join(s.SaveGrant(ctx, &revoked)); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveGrant(ctx, &late); !errors.Is(err, errSpent) {
		t.Errorf("what was revoked is redeemed: %v", err)
	}
}

// TestAnAuthorizationEndsOnce: of two that finish, one is told so; what has
// ended has no page, and what is late is gone.
func TestAnAuthorizationEndsOnce(t *testing.T) {
	s := newState(t)
	ctx := t.Context()
	as := goidc.AuthnSession{ID: "1", ClientID: "c", PushedAuthReqID: "p", Status: goidc.StatusPending, PolicyID: "page", ExpiresAt: int(time.Now().Add(time.Minute).Unix())}
	if err := s.SaveSession(ctx, &as); err != nil {
		t.Fatal(err)
	}
	found, err := s.SessionByPushedAuthReqID(ctx, "p")
	if err != nil || found.ID != "1" || found.PolicyID != "page" || found.PushedAuthReqID != "" {
		t.Fatalf("%+v %v", found, err)
	}
	first, second := as, as
	first.Status, second.Status = goidc.StatusSuccess, goidc.StatusSuccess
	if err := s.SaveSession(ctx, &first); err != nil {
		t.Error(err)
	}
	if err := s.SaveSession(ctx, &second); !errors.Is(err, errSpent) {
		t.Errorf("it ends twice: %v", err)
	}
	second.Status = goidc.StatusFailure
	if err := s.SaveSession(ctx, &second); err != nil {
		t.Errorf("who fails late is told so: %v", err)
	}
	if found, err := s.Session(ctx, "1"); err != nil || found.Status != goidc.StatusSuccess || found.PolicyID != "" {
		t.Errorf("%+v %v", found, err)
	}
	for _, err := range []error{only(s.Session(ctx, "x")), only(s.SessionByPushedAuthReqID(ctx, "x")), only(s.SessionByAuthReqID(ctx, "x")), only(s.Grant(ctx, "x"))} {
		if !errors.Is(err, goidc.ErrNotFound) {
			t.Error(err)
		}
	}
	if err := s.see(ctx, "j"); err != nil {
		t.Error(err)
	}
	if err := s.see(ctx, "j"); !errors.Is(err, errSpent) {
		t.Errorf("an identifier is seen twice: %v", err)
	}
	p := &Provider{c: Config{Store: s.store}}
	_, scratch := s.store()
	if _, err := scratch.Exec(ctx, "update tmp_trust_sessions set expires_at = 1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(ctx, "1"); !errors.Is(err, goidc.ErrNotFound) {
		t.Errorf("what is over stays: %v", err)
	}
	if err := s.see(ctx, "j"); !errors.Is(err, errSpent) {
		t.Errorf("what is not over is swept: %v", err)
	}
}

func only[T any](_ T, err error) error { return err }
