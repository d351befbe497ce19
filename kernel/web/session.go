package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations shape the working state of sessions and drafts.
func Migrations() fs.FS {
	sub, _ := fs.Sub(migrations, "migrations")
	return sub
}

// Account is who may sign in, as the module that keeps them knows it.
type Account struct {
	ID     ident.ID
	Actor  policy.Actor   // role, unit, ancestors, judicial capacity at present
	Name   [3]string      // as shown, in Arabic, French, English
	Unit   [3]string      // the unit's short name, likewise
	Duty   policy.Purpose // the standing purpose one works under after signing in
	Label  string         // text key or words of Duty, as the frame shows it
	Active bool           // false: suspended or gone
	Post   ident.ID       // the post one serves in at present: a session ends with it
	Shifts []Shift        // windows of the roster that hold at present
	Since  time.Time      // sessions begun before this are over
	Key    ident.ID       // the passkey by which its owner has just proved themselves, if by one
}

// Shift is a window of the roster. A session begun in one ends with it, also
// where it is cut short.
type Shift struct {
	ID    ident.ID
	Until time.Time
}

// shift gives the window that ends last, none if no roster names the person now.
func (a Account) shift() (last Shift) {
	for _, x := range a.Shifts {
		if x.Until.After(last.Until) {
			last = x
		}
	}
	return last
}

// Accounts is what the sign-in needs of the module that keeps officers.
type Accounts interface {
	// Account reads one account as it is now.
	Account(ctx context.Context, id ident.ID) (Account, error)
	// Demo gives the accounts that the demonstration's one-click door offers,
	// by role.
	Demo(ctx context.Context) ([]Account, error)
	// PurposeLabel says what a purpose is about in a few words.
	PurposeLabel(ctx context.Context, w *text.Words, p policy.Purpose) (label, href string)
}

// Session is one sign-in.
type Session struct {
	ID      string // public part, names the session in grants
	Account Account
	Purpose policy.Purpose
	Lang    text.Lang
	Theme   ui.Theme
	Began   time.Time
	Demo    bool
	Post    ident.ID // that it is bound to; "" for none
	Shift   Shift    // that it is bound to; zero for none
}

// is reports whether a session is this account's.
func (s *Session) is(a Account) bool { return s != nil && s.Account.ID == a.ID }

const (
	cookieName  = "amana"
	idleLimit   = 12 * time.Hour // a shift
	accountLife = 5 * time.Second
)

// sessions keeps sign-ins in working state: losing them loses nothing.
type sessions struct {
	reader   store.Reader
	scratch  store.Scratch
	accounts Accounts
	now      func() time.Time

	mu    sync.Mutex
	known map[ident.ID]known
}

type known struct {
	account Account
	at      time.Time
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// begin makes a session and gives the cookie that carries it.
func (s *sessions) begin(ctx context.Context, account Account, lang text.Lang, theme ui.Theme, demo bool, secure bool) (*http.Cookie, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	now := s.now()
	_, err := s.scratch.Exec(ctx, `insert into tmp_sessions (token, public, account, purpose, lang, theme, demo, began_at, seen_at, proved_at, post, shift)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $10)`,
		hashToken(token), hashToken("public " + token)[:16], string(account.ID), account.Duty.String(), string(lang), string(theme), demo, store.Micros(now),
		string(account.Post), string(account.shift().ID))
	return &http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}, err
}

// read gives the session a request carries, or nil.
func (s *sessions) read(r *http.Request) (*Session, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != 43 {
		return nil, nil
	}
	row, err := s.row(r.Context(), "token", hashToken(c.Value))
	if err != nil || row.token == "" {
		return nil, err
	}
	found, err := s.standing(r.Context(), row)
	if err != nil || found == nil {
		return nil, err
	}
	if s.now().Sub(store.Time(row.seen)) > time.Minute {
		if _, err := s.scratch.Exec(r.Context(), "update tmp_sessions set seen_at = $1 where token = $2", store.Micros(s.now()), row.token); err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
	}
	return found, nil
}

// sessionRow is a session as it is kept.
type sessionRow struct {
	token, public, purpose, lang, theme string
	account, post, shift                ident.ID
	demo                                bool
	began, seen, proved                 int64
}

// row reads a session by its token's digest or its public part; a zero one if
// there is none.
func (s *sessions) row(ctx context.Context, column, value string) (x sessionRow, err error) {
	err = s.reader.Row(ctx, "select token, public, account, purpose, lang, theme, demo, began_at, seen_at, proved_at, post, shift from tmp_sessions where "+column+" = $1", []any{value},
		&x.token, &x.public, &x.account, &x.purpose, &x.lang, &x.theme, &x.demo, &x.began, &x.seen, &x.proved, &x.post, &x.shift)
	if fault.Is(err, fault.NotFound) {
		return sessionRow{}, nil
	}
	return x, err
}

// standing gives the session of a row if it still holds: its person may act,
// serves in the post it was begun in, and the shift it was begun in is not
// over. One that does not is removed.
func (s *sessions) standing(ctx context.Context, x sessionRow) (*Session, error) {
	a, err := s.account(ctx, x.account)
	if err != nil {
		return nil, err
	}
	shift, on := a.within(x.shift, s.now())
	if !a.Active || store.Time(x.began).Before(a.Since) || x.post != a.Post || !on || s.now().Sub(store.Time(x.seen)) > idleLimit {
		_, err := s.scratch.Exec(ctx, "delete from tmp_sessions where token = $1", x.token)
		return nil, err
	}
	p, err := policy.ParsePurpose(x.purpose)
	if err != nil {
		p = policy.Purpose{}
	}
	a.Actor.Session, a.Actor.Demo, a.Actor.Proved = x.public, x.demo, store.Time(x.proved)
	return &Session{ID: x.public, Account: a, Purpose: p, Lang: text.Lang(x.lang), Theme: ui.Theme(x.theme), Began: store.Time(x.began), Demo: x.demo, Post: x.post, Shift: shift}, nil
}

// within finds the shift that a session is bound to, and whether it still runs.
func (a Account) within(shift ident.ID, now time.Time) (Shift, bool) {
	if shift == "" {
		return Shift{}, true
	}
	for _, x := range a.Shifts {
		if x.ID == shift && now.Before(x.Until) {
			return x, true
		}
	}
	return Shift{}, false
}

// Standing gives the session with a public part, or nil if it is over: whoever
// relies on an officer's session asks here, and nowhere else.
func (s *Server) Standing(ctx context.Context, public string) (*Session, error) {
	row, err := s.sessions.row(ctx, "public", public)
	if err != nil || row.token == "" {
		return nil, err
	}
	return s.sessions.standing(ctx, row)
}

// account reads an account at most every accountLife.
func (s *sessions) account(ctx context.Context, id ident.ID) (Account, error) {
	s.mu.Lock()
	k, ok := s.known[id]
	s.mu.Unlock()
	now := time.Now() // the cache's age is real time even where the clock is fixed
	if ok && now.Sub(k.at) < accountLife {
		return k.account, nil
	}
	a, err := s.accounts.Account(ctx, id)
	if fault.Is(err, fault.NotFound) {
		a, err = Account{ID: id}, nil
	}
	if err != nil { // not kept: whoever hung up meanwhile would keep this person out
		return Account{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) > 4096 {
		s.known = map[ident.ID]known{}
	}
	s.known[id] = known{a, now}
	return a, nil
}

// set changes one choice of a session.
func (s *sessions) set(r *http.Request, column, value string) error {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	statements := map[string]string{
		"purpose": "update tmp_sessions set purpose = $1 where token = $2",
		"lang":    "update tmp_sessions set lang = $1 where token = $2",
		"theme":   "update tmp_sessions set theme = $1 where token = $2",
	}
	_, err = s.scratch.Exec(r.Context(), statements[column], value, hashToken(c.Value))
	return err
}

// prove notes that the person of a session proved again that it is they.
func (s *sessions) prove(r *http.Request) error {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return fault.New(fault.SignIn, "fault.sign-in")
	}
	_, err = s.scratch.Exec(r.Context(), "update tmp_sessions set proved_at = $1 where token = $2", store.Micros(s.now()), hashToken(c.Value))
	return err
}

func (s *sessions) end(ctx context.Context, r *http.Request) error {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	_, err = s.scratch.Exec(ctx, "delete from tmp_sessions where token = $1", hashToken(c.Value))
	return err
}
