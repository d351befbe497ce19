package citizens

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/citizens/card"
	"github.com/amana-platform/amana/modules/index"
)

// Service holds the verbs of the module.
type Service struct {
	k      *app.Kernel
	index  *index.Service
	names  Directory
	origin string // of the pages: what a card's answer must be made for
	keys   *passkey.SignIn
	door   *web.Door
	cards  *card.Authorities
	tries  *throttle
	reads  reading
	// Beside are other modules' pages of a citizen's own, shown in their space:
	// text key and address. Joined by main.
	Beside []ui.Link

	chipOnce sync.Once // in a demonstration: the simulated cards
	chip     *card.Simulator
	chipErr  error
}

// Site is where citizens reach the service.
type Site struct {
	RPID    string // host name, without port
	Origins []string
	Cards   string // folder with the certificates and lists of the cards' authorities; "" for none
}

// New makes the service. Nothing is read until it is used.
func New(k *app.Kernel, people *index.Service, names Directory, at Site) (*Service, error) {
	s := &Service{k: k, index: people, names: names, cards: card.Open(at.Cards), tries: newThrottle()}
	if len(at.Origins) > 0 {
		s.origin = at.Origins[0]
	}
	s.reads.seq = map[string]int64{}
	s.door = &web.Door{Enter: s.enter, SignIn: func(_ *web.Request, back string) string { return SignInPath(back, AtCounter) }, Frame: s.frame}
	var err error
	s.keys, err = passkey.New(passkey.Config{RPID: at.RPID, Origins: at.Origins, Name: "Amana", Keeper: keeper{s}, Clock: lateClock{k}, Base: "/citizen", Door: s.door, Hint: "citizens.sign-in.key-hint",
		Store: func() (store.Reader, store.Scratch) { return k.Reader, k.Scratch }, Action: actionAdd, Own: s.locateOwn})
	if err != nil {
		return nil, err
	}
	s.keys.Admit = s.admitKey
	return s, nil
}

// Door is the citizens' way in, for the routes of other modules that citizens
// use.
func (s *Service) Door() *web.Door { return s.door }

// Citizen reads an account.
func (s *Service) Citizen(ctx context.Context, id ident.ID) (Citizen, error) {
	return account(ctx, s.k.Reader, id)
}

// CitizenOf reads the open account of a person.
func (s *Service) CitizenOf(ctx context.Context, person ident.ID) (Citizen, error) {
	group, err := s.index.Group(ctx, person)
	if err != nil {
		return Citizen{}, err
	}
	return accountOf(ctx, s.k.Reader, group)
}

// Means lists the passkeys and cards of a citizen, revoked ones too.
func (s *Service) Means(ctx context.Context, citizen ident.ID) ([]Means, error) {
	return meansOf(ctx, s.k.Reader, citizen)
}

// Active reports whether an actor who came by the citizens' door may act.
func (s *Service) Active(ctx context.Context, a policy.Actor) bool {
	c, err := s.Citizen(ctx, a.ID)
	return err == nil && c.Open()
}

// checkDocuments checks what an officer says they saw.
func checkDocuments(seen []string, least int) error {
	for _, d := range seen {
		if !slices.Contains(Documents(), d) {
			return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "documents"}
		}
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(seen))); len(distinct) < least {
		return &fault.Error{Kind: fault.Invalid, Key: "citizens.fault.documents", Field: "documents", Args: map[string]any{"least": least}}
	}
	return nil
}

// Enrol opens an account for a person whom an officer sees, and gives its id
// with the one-time code to hand over.
// Law: L04-20
func (s *Service) Enrol(ctx context.Context, g policy.Grant, person ident.ID, documents []string) (ident.ID, string, error) {
	if err := checkDocuments(documents, 1); err != nil {
		return "", "", err
	}
	p, err := s.index.Person(ctx, person)
	if err != nil {
		return "", "", err
	}
	group, err := s.index.Group(ctx, p.ID)
	if err != nil {
		return "", "", err
	}
	code, entry, err := s.newCode(p.CNIE, g.Actor().ID)
	if err != nil {
		return "", "", err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := accountOf(ctx, r, group); !fault.Is(err, fault.NotFound) {
			return orElse(err, fault.New(fault.Conflict, "citizens.fault.enrolled"))
		}
		entry.Citizen = d.NewID()
		d.Add(Enrolled{Citizen: entry.Citizen, Person: p.ID, Officer: g.Actor().ID, Documents: documents})
		return s.issue(ctx, d, entry)
	})
	return entry.Citizen, code, err
}

func orElse(err error, other *fault.Error) error {
	if err != nil {
		return err
	}
	return other
}

// Recover revokes whatever proved a citizen before, and gives a fresh code:
// they showed two documents to an officer.
// Law: L04-20
func (s *Service) Recover(ctx context.Context, g policy.Grant, citizen ident.ID, documents []string) (string, error) {
	if err := checkDocuments(documents, 2); err != nil {
		return "", err
	}
	return s.withCode(ctx, g, citizen, func(d *journal.Draft) {
		d.Add(Recovered{Citizen: citizen, Officer: g.Actor().ID, Documents: documents})
	})
}

// IssueCode gives a one-time code for a citizen whom an officer sees.
func (s *Service) IssueCode(ctx context.Context, g policy.Grant, citizen ident.ID) (string, error) {
	return s.withCode(ctx, g, citizen, func(*journal.Draft) {})
}

func (s *Service) withCode(ctx context.Context, g policy.Grant, citizen ident.ID, first func(*journal.Draft)) (string, error) {
	c, err := s.Citizen(ctx, citizen)
	if err != nil {
		return "", err
	}
	p, err := s.index.Person(ctx, c.Person)
	if err != nil {
		return "", err
	}
	code, entry, err := s.newCode(p.CNIE, g.Actor().ID)
	if err != nil {
		return "", err
	}
	entry.Citizen = citizen
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := stillOpen(ctx, r, citizen); err != nil {
			return err
		}
		first(d)
		return s.issue(ctx, d, entry)
	})
	return code, err
}

func stillOpen(ctx context.Context, r store.Reader, citizen ident.ID) error {
	c, err := account(ctx, r, citizen)
	if err == nil && !c.Open() {
		err = fault.New(fault.Conflict, "citizens.fault.closed")
	}
	return err
}

// AttestResidence notes the area of the pack in which a citizen lives, as the
// certificate that an officer saw says.
func (s *Service) AttestResidence(ctx context.Context, g policy.Grant, citizen ident.ID, area string) error {
	if _, err := s.k.Pack.Area(area, s.k.Clock.Now()); err != nil {
		return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "area", Cause: err}
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := stillOpen(ctx, r, citizen); err != nil {
			return err
		}
		c, err := account(ctx, r, citizen)
		if err != nil {
			return err
		}
		d.Add(ResidenceAttested{Citizen: citizen, Person: c.Person, Officer: g.Actor().ID, Area: journal.Seal(area)})
		return nil
	})
	return err
}

// Close ends an account, as its citizen asks at a counter.
func (s *Service) Close(ctx context.Context, g policy.Grant, citizen ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := stillOpen(ctx, r, citizen); err != nil {
			return err
		}
		d.Add(AccountClosed{Citizen: citizen, Officer: g.Actor().ID})
		return nil
	})
	return err
}

// Revoke ends a means of proof. Sessions that stand on it are over at once.
func (s *Service) Revoke(ctx context.Context, g policy.Grant, citizen, means ident.ID, why string) error {
	if !slices.Contains(Reasons(), why) {
		return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "why"}
	}
	officer := g.Actor().ID
	if officer == citizen {
		officer = ""
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		m, err := oneMeans(ctx, r, means)
		switch {
		case err != nil:
			return err
		case m.Citizen != citizen:
			return fault.New(fault.NotFound, "fault.not-found")
		case !m.Live():
			return fault.New(fault.Conflict, "citizens.fault.revoked")
		}
		d.Add(MeansRevoked{Means: means, Citizen: citizen, Officer: officer, Why: why})
		return nil
	})
	return err
}

// EndSessions signs a citizen out everywhere.
func (s *Service) EndSessions(ctx context.Context, g policy.Grant, citizen ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(SessionsEnded{Citizen: citizen})
		return nil
	})
	return err
}

// keep makes the grant of the module's own process.
func (s *Service) keep(basis string) (policy.Grant, error) {
	return s.k.Policy.System(systemName, actionKeep, basis)
}

// record appends under that grant.
func (s *Service) record(ctx context.Context, basis string, decide journal.Decide) (journal.Receipt, error) {
	g, err := s.keep(basis)
	if err != nil {
		return nil, err
	}
	return s.k.Journal.Do(ctx, g, decide)
}

// spaced joins names; none holds a space.
func spaced(names []string) string { return strings.Join(names, " ") }
