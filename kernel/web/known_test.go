package web

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
)

// counting keeps accounts that are all alike, and counts who reads them.
type counting struct {
	reads  int
	active bool
}

func (c *counting) Account(_ context.Context, id ident.ID) (Account, error) {
	c.reads++
	return Account{ID: id, Active: c.active}, nil
}

func (*counting) Demo(context.Context) ([]Account, error) { return nil, nil }

func (*counting) PurposeLabel(context.Context, *text.Words, policy.Purpose) (string, string) {
	return "", ""
}

// TestASuspensionIsSeenWithinFiveSeconds: an account is read anew when what is
// known of it is as old as that, and not at every request before.
func TestASuspensionIsSeenWithinFiveSeconds(t *testing.T) {
	accounts := &counting{active: true}
	s := &sessions{accounts: accounts, now: time.Now}
	active := func() bool {
		t.Helper()
		a, err := s.account(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return a.Active
	}
	for range 10 {
		if !active() {
			t.Fatal("not active")
		}
	}
	accounts.active = false
	if accounts.reads != 1 || !active() {
		t.Errorf("%d readings", accounts.reads)
	}
	k := s.known["a"]
	k.at = k.at.Add(-accountLife)
	s.known["a"] = k
	if active() || accounts.reads != 2 {
		t.Errorf("a suspension is not seen: %d readings", accounts.reads)
	}
}

// TestWhatIsKnownOfAccountsHasABound: a service with many people does not grow
// by each of them for ever.
func TestWhatIsKnownOfAccountsHasABound(t *testing.T) {
	accounts := &counting{}
	s := &sessions{accounts: accounts, now: time.Now}
	for i := range 9000 {
		if _, err := s.account(t.Context(), ident.ID(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if len(s.known) > 4097 {
			t.Fatalf("%d accounts are kept", len(s.known))
		}
	}
	if accounts.reads != 9000 {
		t.Errorf("%d readings", accounts.reads)
	}
}
