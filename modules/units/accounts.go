package units

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// Account gives who may sign in under an officer's id, as they stand now; it
// is part of web.Accounts.
func (s *Service) Account(ctx context.Context, id ident.ID) (web.Account, error) {
	o, err := s.Officer(ctx, id)
	if err != nil {
		return web.Account{}, err
	}
	p, now := s.standing(ctx), s.k.Clock.Now()
	a := web.Account{ID: id, Name: [3]string{o.Name("ar"), o.Name("fr"), o.Name("en")}}
	post, serves := p.post(id, now)
	if !serves {
		return a, nil
	}
	names := p.units[post.Unit].Names
	a.Unit = [3]string{names.AR, names.FR, names.EN}
	a.Actor = policy.Actor{ID: id, Unit: post.Unit, Role: string(post.Role), Capacity: p.capacity(id, now),
		Units: append([]ident.ID{post.Unit}, p.above[post.Unit]...)}
	a.Post, a.Shifts = post.ID, p.shifts(id, now)
	if d, ok := p.duty(post, now); ok {
		a.Duty = policy.Purpose{Kind: policy.Task, Ref: taskRef(d.ID)}
		a.Label = dutyKey(d)
	}
	a.Active = !p.barred(id, now)
	a.Since, err = s.since(ctx, p, post)
	return a, err
}

// shifts gives the windows of the roster that name an officer and hold at a
// time: duties that were opened for them by themselves, with an end.
func (p *picture) shifts(officer ident.ID, at time.Time) (out []web.Shift) {
	for _, d := range p.duties {
		if d.Officer == officer && d.Post == "" && !d.To.IsZero() && holds(d.From, d.To, at) {
			out = append(out, web.Shift{ID: d.ID, Until: d.To})
		}
	}
	return out
}

// since is the moment from which sessions hold: those begun before a change of
// post, the lifting of a suspension or the removal of a key are over.
func (s *Service) since(ctx context.Context, p *picture, post Post) (time.Time, error) {
	at := later(post.From, post.Written)
	for _, x := range p.suspended[post.Officer] {
		at = later(at, x.Lifted)
	}
	at = at.Truncate(time.Second) // written times run ahead of the clock by a microsecond an entry
	keys, err := s.Passkeys(ctx, post.Officer)
	for _, k := range keys {
		at = later(later(at, k.Removed), k.Doubted)
	}
	return at, err
}

// Demo gives one active account for each role, chosen so that they belong
// together: the first duty officer, the investigator and the chief nearest to
// that desk, the prosecutor who receives its files, the judges of its courts, an
// inspector and an administrator. It is part of web.Accounts.
func (s *Service) Demo(ctx context.Context) ([]web.Account, error) {
	p, now := s.standing(ctx), s.k.Clock.Now()
	best := map[Role]Post{}
	desk, ok := p.first(DutyOfficer, now, func(Post) int { return 0 })
	near := p.nearness(desk.Unit)
	for _, role := range Roles() {
		if role == DutyOfficer && ok {
			best[role] = desk
			continue
		}
		score := func(x Post) int { return near[x.Unit] }
		if role == Prosecutor || role == Judge || role == President {
			score = s.receives(p.units[desk.Unit].Code, p, now)
		}
		if x, found := p.first(role, now, score); found {
			best[role] = x
		}
	}
	var out []web.Account
	for _, role := range Roles() {
		x, found := best[role]
		if !found {
			continue
		}
		a, err := s.Account(ctx, x.Officer)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// first gives the active holder of a role with the highest score, the lowest
// id among equals.
func (p *picture) first(role Role, now time.Time, score func(Post) int) (Post, bool) {
	var best Post
	found, top := false, 0
	for officer := range p.posts {
		x, ok := p.post(officer, now)
		if !ok || x.Role != role || p.barred(officer, now) {
			continue
		}
		n := score(x)
		if !found || n > top || n == top && x.Officer < best.Officer {
			best, top, found = x, n, true
		}
	}
	return best, found
}

// nearness scores every unit by how many units above it it shares with one.
func (p *picture) nearness(unit ident.ID) map[ident.ID]int {
	shared := map[ident.ID]bool{unit: true}
	for _, a := range p.above[unit] {
		shared[a] = true
	}
	scores := map[ident.ID]int{}
	for id := range p.units {
		for _, a := range append([]ident.ID{id}, p.above[id]...) {
			if shared[a] {
				scores[id]++
			}
		}
	}
	return scores
}

// receives scores prosecution offices and courts: those that a desk works with.
func (s *Service) receives(desk string, p *picture, now time.Time) func(Post) int {
	score := map[string]int{}
	offices, _ := s.k.Pack.Offices(desk, now) // a unit unknown to the pack works with none it names
	for i, o := range offices {
		score[o.Code] = len(offices) - i
	}
	return func(x Post) int { return score[p.units[x.Unit].Code] }
}

// PurposeLabel says what a purpose is about in a few words, and where it is
// shown; it is part of web.Accounts.
func (s *Service) PurposeLabel(ctx context.Context, w *text.Words, p policy.Purpose) (label, href string) {
	switch {
	case p.IsZero():
		return "", ""
	case p.Kind == policy.Task:
		d, ok := s.standing(ctx).duties[p.Ref.ID]
		if !ok {
			return w.T("units.purpose.task"), ""
		}
		return w.T("units.purpose.duty", "duty", text.Key(dutyKey(d)), "unit", s.UnitName(ctx, string(w.Lang()), d.Unit)), "/units/" + string(d.Unit)
	case p.Kind == policy.Basis:
		return s.basisLabel(w, p.Basis), ""
	case p.Kind == policy.Case && s.CaseLabel != nil:
		return s.CaseLabel(ctx, w, p.Ref.ID)
	case p.Kind == policy.Case:
		return w.T("policy.purpose.case"), ""
	}
	return w.T("policy.purpose.break-glass"), ""
}

// basisLabel names an article, by its reference or the form it has in purposes.
func (s *Service) basisLabel(w *text.Words, basis string) string {
	a, ok := s.k.Pack.Basis(basis)
	if !ok {
		a, ok = s.k.Pack.Article(basis)
	}
	if !ok {
		return basis
	}
	return w.T("units.purpose.basis", "article", a.Code, "title", a.Title.In(string(w.Lang())))
}

// dutyKey is the text key of a duty's kind.
func dutyKey(d Duty) string { return "units.duty.kind." + d.Kind }

// codeLife is how long a one-time code may be redeemed: a working day, so that
// an officer can be told it in person. The first administrator's holds an hour
// and is printed anew at each start.
const (
	codeLife  = 24 * time.Hour
	foundLife = time.Hour
)

// newCode draws 100 random bits, written in four groups without letters that
// are mistaken for one another.
func newCode() string {
	raw := make([]byte, 13)
	rand.Read(raw)
	plain := base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding).EncodeToString(raw)[:20]
	return plain[:5] + "-" + plain[5:10] + "-" + plain[10:15] + "-" + plain[15:]
}

// hashCode is what is kept of a code; spaces, hyphens and case do not count.
func hashCode(code string) string {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	sum := sha256.Sum256([]byte("amana one-time code\n" + plain))
	return hex.EncodeToString(sum[:])
}

// Code is a one-time code as it is kept.
type Code struct {
	ID      ident.ID
	Officer ident.ID // "" for the first administrator's
	Until   time.Time
}

// IssueCode makes a one-time code with which an officer registers a passkey.
// It is told once and never again; codes made before for them are void.
func (s *Service) IssueCode(ctx context.Context, g policy.Grant, officer ident.ID) (string, error) {
	code := newCode()
	return code, s.do(ctx, g, nil, func(l *ledger) error {
		if _, err := l.officer(officer, 0); err != nil {
			return err
		}
		l.d.Add(CodeIssued{ID: l.d.NewID(), Officer: officer, Hash: hashCode(code), Until: l.now.Add(codeLife)})
		return nil
	})
}

// FirstAdministrator makes the code with which the first administrator of an
// empty service enrols, and "" where there is an administrator already.
func (s *Service) FirstAdministrator(ctx context.Context) (string, error) {
	exists, err := hasAdministrator(ctx, s.k.Reader)
	if err != nil || exists {
		return "", err
	}
	g, err := s.k.Policy.System(systemName, actionFound, systemBasis)
	if err != nil {
		return "", err
	}
	code := newCode()
	return code, s.do(ctx, g, nil, func(l *ledger) error {
		if exists, err := hasAdministrator(l.ctx, l.r); err != nil || exists {
			return orConflict(err)
		}
		l.d.Add(CodeIssued{ID: l.d.NewID(), Hash: hashCode(code), Until: l.now.Add(foundLife)})
		return nil
	})
}

func orConflict(err error) error {
	if err == nil {
		err = fault.New(fault.Conflict, "units.fault.administrator-exists")
	}
	return err
}

// hasAdministrator reports whether anybody was ever posted as administrator;
// keepsAdministrator sees to it that one stays.
func hasAdministrator(ctx context.Context, r store.Reader) (bool, error) {
	var n int
	err := r.Row(ctx, "select count(*) from units_posts where role = 'administrator'", nil, &n)
	return n > 0, err
}

// Redeemable gives an open code; a wrong, used or late one is refused alike.
func (s *Service) Redeemable(ctx context.Context, code string) (Code, error) {
	return s.redeemable(ctx, s.k.Reader, code)
}

func (s *Service) redeemable(ctx context.Context, r store.Reader, code string) (Code, error) {
	var c Code
	var used time.Time
	err := r.Row(ctx, "select id, officer, until_at, used_at from units_codes where hash = $1", []any{hashCode(code)}, &c.ID, &c.Officer, store.At(&c.Until), store.At(&used))
	if fault.Is(err, fault.NotFound) || err == nil && (!used.IsZero() || !s.k.Clock.Now().Before(c.Until)) {
		return Code{}, invalid("code", "units.fault.code-wrong")
	}
	if err != nil {
		return Code{}, err
	}
	if c.Officer == "" {
		if exists, err := hasAdministrator(ctx, r); err != nil || exists {
			return Code{}, orInvalid(err, "code", "units.fault.code-wrong")
		}
	}
	return c, nil
}

// root gives the unit at the top of the police in which the first
// administrator serves, opening it from the pack where there is none.
func (l *ledger) root() (ident.ID, error) {
	var id ident.ID
	err := l.r.Row(l.ctx, "select id from units_units where parent = '' and to_at = 0 and type = $1 order by code limit 1", []any{l.rootType()}, &id)
	if !fault.Is(err, fault.NotFound) {
		return id, err
	}
	for _, u := range l.pack.Units(l.d.Now) {
		if u.Type == l.rootType() {
			id = l.d.NewID()
			return id, l.openUnit(NewUnit{ID: id, Code: u.Code, Type: u.Type, Names: u.Names, Area: u.Area, Act: systemBasis})
		}
	}
	return "", fault.New(fault.NotFound, "fault.not-found")
}

// rootType is the type of the police's highest service.
func (l *ledger) rootType() string {
	var top packs.UnitType
	for _, t := range l.pack.UnitTypes(l.d.Now) {
		if t.Branch == "police" && len(t.Under) == 0 && (top.Code == "" || t.Rank < top.Rank) {
			top = t
		}
	}
	return top.Code
}
