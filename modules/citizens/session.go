package citizens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
)

const (
	sessionCookie = "amana-citizen"
	idleLimit     = 30 * time.Minute
	wholeLimit    = 8 * time.Hour
)

// lateClock is the kernel's clock, which is set after the modules are made.
type lateClock struct{ k *app.Kernel }

// Now reads the kernel's clock.
func (c lateClock) Now() time.Time { return c.k.Clock.Now() }

// token draws a name for something that only its holder may know.
func token() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// hashed is what is kept of such a name.
func hashed(kind, name string) string {
	sum := sha256.Sum256([]byte("amana citizen " + kind + "\n" + name))
	return hex.EncodeToString(sum[:])
}

// Holder tells who sits before the browser of a request, on any route; false
// for nobody. It reads the store each time: a revoked means, a closed account
// and a session ended elsewhere count at once.
func (s *Service) Holder(r *web.Request) (Holder, bool, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil || len(c.Value) != 43 {
		return Holder{}, false, nil
	}
	h, err := s.session(r.Context(), hashed("session", c.Value))
	if fault.Is(err, fault.NotFound) {
		return Holder{}, false, nil
	}
	return h, err == nil, err
}

// session reads a session and whether it still holds; NotFound if it does not.
func (s *Service) session(ctx context.Context, hash string) (Holder, error) {
	var h Holder
	var kind MeansKind
	var proved, began, seen, since, closed, revoked int64
	var forgotten bool
	err := s.k.Reader.Row(ctx, `select t.public, t.citizen, t.means, t.kind, t.proved_at, t.began_at, t.seen_at, a.person, a.since_at, a.closed_at, a.forgotten,
			coalesce((select m.revoked_at from citizens_means m where m.id = t.means), 0)
		from tmp_citizens_sessions t join citizens_accounts a on a.id = t.citizen where t.token = $1`, []any{hash},
		&h.Session, &h.Citizen, &h.means, &kind, &proved, &began, &seen, &h.Person.ID, &since, &closed, &forgotten, &revoked)
	if err != nil {
		return h, err
	}
	now := s.k.Clock.Now()
	if closed != 0 || forgotten || revoked != 0 || began <= since || now.Sub(store.Time(seen)) > idleLimit || now.Sub(store.Time(began)) > wholeLimit {
		_, err := s.k.Scratch.Exec(ctx, "delete from tmp_citizens_sessions where token = $1", hash)
		return h, orElse(err, fault.New(fault.NotFound, "fault.not-found"))
	}
	h.Person.Kind, h.Level, h.Methods, h.Proved = kindPerson, kind.Level(), kind.Methods(), store.Time(proved)
	if now.Sub(store.Time(seen)) > time.Minute {
		_, err = s.k.Scratch.Exec(ctx, "update tmp_citizens_sessions set seen_at = $1 where token = $2", store.Micros(now), hash)
	}
	return h, err
}

// enter finds who comes by the citizens' door.
func (s *Service) enter(r *web.Request) (policy.Actor, policy.Purpose, error) {
	h, ok, err := s.Holder(r)
	if err != nil || !ok {
		return policy.Actor{}, policy.Purpose{}, err
	}
	return h.Actor(), policy.Purpose{Kind: policy.Basis, Basis: basisRight}, nil
}

// SignInPath is where a citizen proves who they are at a level, or proves it
// better, and goes on to an address within the site. Whoever is sent there
// proves themselves afresh, also if they are signed in at that level.
func SignInPath(back string, level Level) string {
	return "/citizen/sign-in?" + url.Values{"return": {back}, "level": {level.String()}}.Encode()
}

// Able reports whether a citizen's account may be used.
func (s *Service) Able(ctx context.Context, citizen ident.ID) (bool, error) {
	c, err := s.Citizen(ctx, citizen)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return c.Open(), err
}

// admit begins a session for a citizen who has proved who they are, in place
// of the one the browser had, and says so in the journal.
func (s *Service) admit(r *web.Request, citizen ident.ID, kind MeansKind, means ident.ID) error {
	ctx, name := r.Context(), token()
	public := hashed("public", name)[:16]
	written, err := s.record(ctx, basisCard, func(ctx context.Context, rd store.Reader, d *journal.Draft) error {
		if err := stillOpen(ctx, rd, citizen); err != nil {
			return err
		}
		d.Add(SignedIn{Citizen: citizen, Session: public, Kind: string(kind), Means: means})
		return nil
	})
	if err != nil {
		return err
	}
	now := store.Micros(s.k.Clock.Now()) // written is in the order of the entries that end sessions
	if c, err := r.Cookie(sessionCookie); err == nil {
		if _, err := s.k.Scratch.Exec(ctx, "delete from tmp_citizens_sessions where token = $1", hashed("session", c.Value)); err != nil {
			return err
		}
	}
	_, err = s.k.Scratch.Exec(ctx, `insert into tmp_citizens_sessions (token, public, citizen, means, kind, proved_at, began_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		hashed("session", name), public, string(citizen), string(means), string(kind), now, store.Micros(written[0].Written), now)
	if err != nil {
		return err
	}
	r.SetCookie(&http.Cookie{Name: sessionCookie, Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return nil
}

// sweep removes sessions that are over. It is a job.
func (s *Service) sweep(ctx context.Context) error {
	_, err := s.k.Scratch.Exec(ctx, "delete from tmp_citizens_sessions where seen_at < $1", store.Micros(s.k.Clock.Now().Add(-idleLimit)))
	return err
}

// SignOut ends the session that a request carries.
func (s *Service) SignOut(r *web.Request) error {
	h, ok, err := s.Holder(r)
	if err != nil || !ok {
		return err
	}
	_, err = s.record(r.Context(), basisCard, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(SessionEnded{Citizen: h.Citizen, Session: h.Session})
		return nil
	})
	if err != nil {
		return err
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	_, err = s.k.Scratch.Exec(r.Context(), "delete from tmp_citizens_sessions where token = $1", hashed("session", c.Value))
	r.SetCookie(&http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1})
	return err
}

// locateOwn finds the account of whoever asks, as the rules know it.
func (s *Service) locateOwn(r *web.Request) (policy.Resource, error) {
	h, ok, err := s.Holder(r)
	if err != nil {
		return policy.Resource{}, err
	}
	if !ok {
		return policy.Resource{}, fault.New(fault.SignIn, "fault.sign-in")
	}
	c, err := s.Citizen(r.Context(), h.Citizen)
	if err != nil {
		return policy.Resource{}, err
	}
	all, err := s.Means(r.Context(), h.Citizen)
	return c.resource(h.Level, strongest(all)), err
}
