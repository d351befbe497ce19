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
	Since  time.Time      // sessions begun before this are over
	Key    ident.ID       // the passkey by which its owner has just proved themselves, if by one
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
	err     error
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
	_, err := s.scratch.Exec(ctx, `insert into tmp_sessions (token, public, account, purpose, lang, theme, demo, began_at, seen_at, proved_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)`,
		hashToken(token), hashToken("public " + token)[:16], string(account.ID), account.Duty.String(), string(lang), string(theme), demo, store.Micros(now))
	return &http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}, err
}

// read gives the session a request carries, or nil.
func (s *sessions) read(r *http.Request) (*Session, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != 43 {
		return nil, nil
	}
	ctx := r.Context()
	var public, purpose, lang, theme string
	var account ident.ID
	var demo bool
	var began, seen, proved int64
	err = s.reader.Row(ctx, "select public, account, purpose, lang, theme, demo, began_at, seen_at, proved_at from tmp_sessions where token = $1",
		[]any{hashToken(c.Value)}, &public, &account, &purpose, &lang, &theme, &demo, &began, &seen, &proved)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := s.account(ctx, account)
	if err != nil {
		return nil, err
	}
	if !a.Active || store.Time(began).Before(a.Since) || s.now().Sub(store.Time(seen)) > idleLimit {
		return nil, s.end(ctx, r)
	}
	p, err := policy.ParsePurpose(purpose)
	if err != nil {
		p = policy.Purpose{}
	}
	if s.now().Sub(store.Time(seen)) > time.Minute {
		if _, err := s.scratch.Exec(ctx, "update tmp_sessions set seen_at = $1 where token = $2", store.Micros(s.now()), hashToken(c.Value)); err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
	}
	a.Actor.Session, a.Actor.Demo, a.Actor.Proved = public, demo, store.Time(proved)
	return &Session{ID: public, Account: a, Purpose: p, Lang: text.Lang(lang), Theme: ui.Theme(theme), Began: store.Time(began), Demo: demo}, nil
}

// account reads an account at most every accountLife.
func (s *sessions) account(ctx context.Context, id ident.ID) (Account, error) {
	s.mu.Lock()
	k, ok := s.known[id]
	s.mu.Unlock()
	now := time.Now() // the cache's age is real time even where the clock is fixed
	if ok && now.Sub(k.at) < accountLife {
		return k.account, k.err
	}
	a, err := s.accounts.Account(ctx, id)
	if fault.Is(err, fault.NotFound) {
		a, err = Account{ID: id}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) > 4096 {
		s.known = map[ident.ID]known{}
	}
	s.known[id] = known{a, err, now}
	return a, err
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
