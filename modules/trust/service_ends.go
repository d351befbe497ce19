package trust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// linkLife is how long it is remembered with whom a session signed in: longer
// than any session of a citizen.
const linkLife = 24 * time.Hour

// link remembers that a session signed in with an institution.
func (s *Service) link(ctx context.Context, client string, g provider.Given) error {
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_trust_links (session, client, citizen, person, expires_at) values ($1, $2, $3, $4, $5)
		on conflict (session, client) do update set expires_at = $5`, g.Session, client, g.Citizen, g.Person, time.Now().Add(linkLife).Unix())
	return err
}

// EndSession ends what was granted in a citizen's session, and tells the
// institutions. Whoever keeps the citizens calls it when a session ends; twice
// does no harm.
func (s *Service) EndSession(ctx context.Context, session string) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := p.Revoke(ctx, session); err != nil {
		return err
	}
	return s.notify(ctx, "session", session)
}

// EndCitizen ends what was granted to anybody about a citizen: a means of proof
// was revoked, or the account closed.
func (s *Service) EndCitizen(ctx context.Context, citizen ident.ID) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := p.RevokeCitizen(ctx, string(citizen)); err != nil {
		return err
	}
	return s.notify(ctx, "citizen", string(citizen))
}

// notice is something that an institution is still to be told.
type notice struct {
	id, client, session, person string
	tries                       int64
}

// notify turns links into notices. A crash between the two tells twice, which
// institutions have to bear.
func (s *Service) notify(ctx context.Context, column, value string) error {
	links, err := store.List(ctx, s.k.Reader, "select session, client, person from tmp_trust_links where "+column+" = $1", []any{value}, func(scan store.Scan) (n notice, err error) {
		return n, scan(&n.session, &n.client, &n.person)
	})
	if err != nil {
		return err
	}
	now := time.Now()
	for _, n := range links {
		_, err := s.k.Scratch.Exec(ctx, "insert into tmp_trust_notices (id, client, session, person, tries, next_at, expires_at) values ($1, $2, $3, $4, 0, $5, $6) on conflict do nothing",
			string(ident.Derive("logout", n.session, n.client)), n.client, n.session, n.person, now.Unix(), now.Add(linkLife).Unix())
		if err == nil && column == "session" {
			err = s.signalEnd(ctx, n) // the end of a citizen's every session is told by Signal
		}
		if err == nil {
			_, err = s.k.Scratch.Exec(ctx, "delete from tmp_trust_links where session = $1 and client = $2", n.session, n.client)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noticesAtOnce bounds one run of the job.
const noticesAtOnce = 50

// Tell delivers notices that are due, and gives how many arrived. One that does
// not is tried again, ever later, for a day. It is a job.
func (s *Service) Tell(ctx context.Context) (int, error) {
	due, err := store.List(ctx, s.k.Reader, "select id, client, session, person, tries from tmp_trust_notices where next_at <= $1 order by next_at limit $2",
		[]any{time.Now().Unix(), noticesAtOnce}, func(scan store.Scan) (n notice, err error) {
			return n, scan(&n.id, &n.client, &n.session, &n.person, &n.tries)
		})
	if err != nil {
		return 0, err
	}
	arrived := 0
	for _, n := range due {
		err := s.deliver(ctx, n)
		if err == nil {
			arrived++
			_, err = s.k.Scratch.Exec(ctx, "delete from tmp_trust_notices where id = $1", n.id)
		} else {
			s.k.Log.InfoContext(ctx, "an institution could not be told that a session has ended", "institution", n.client, "tries", n.tries+1, "err", err)
			wait := min(time.Hour, time.Second<<min(n.tries, 12))
			_, err = s.k.Scratch.Exec(ctx, "update tmp_trust_notices set tries = tries + 1, next_at = $1 where id = $2", time.Now().Add(wait).Unix(), n.id)
		}
		if err != nil {
			return arrived, err
		}
	}
	return arrived, nil
}

// deliver tells one institution (OpenID Connect Back-Channel Logout 1.0, 2.5).
// One that has closed, or wants to be told nothing, needs not.
func (s *Service) deliver(ctx context.Context, n notice) error {
	i, err := s.open(ctx, ident.ID(n.client))
	if fault.Is(err, fault.NotFound) || err == nil && i.Current.Backchannel == "" {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	token, err := p.LogoutToken(ctx, n.client, n.person, n.session)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.Current.Backchannel, strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.outside(i).Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4096)) // so that the connection can be used again
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("trust: status %d", res.StatusCode)
	}
	return nil
}

// errInside is given where an institution's address leads into this network.
var errInside = errors.New("trust: the address is not of the outside")

// outside is how institutions are reached: no redirects, and no address of this
// machine or a private network, whatever their name resolves to now. A sandbox
// and the demonstration may be on this machine.
func (s *Service) outside(i Institution) *http.Client {
	if s.outsideClient != nil {
		return s.outsideClient
	}
	local := i.Sandbox || s.k.Demo
	d := &net.Dialer{Timeout: 3 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		ip := at.Addr().Unmap()
		switch {
		case err != nil:
			return errInside
		case local && ip.IsLoopback():
			return nil
		case !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback():
			return errInside
		}
		return nil
	}}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 3 * time.Second, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
