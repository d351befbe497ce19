package citizens

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
	"github.com/amana-platform/amana/packs"
)

const origin = "https://identity.example"

// house is the module with units, the index and a signed log, behind a server.
type house struct {
	*kerneltest.App
	t       testing.TB
	s       *Service
	units   *units.Service
	people  *index.Service
	unit    map[string]ident.ID
	who     map[units.Role]ident.ID
	aicha   index.Person
	brahim  index.Person
	caseOne ident.ID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, unit: map[string]ident.ID{}, who: map[units.Role]ident.ID{}}
	h.App = kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Build: h.build, Seed: h.seed})
	return h
}

func (h *house) build(k *app.Kernel) (app.Compose, error) {
	h.units, h.people = units.New(k), index.New(k)
	var err error
	if h.s, err = New(k, h.people, h.units, Site{RPID: "identity.example", Origins: []string{origin}}); err != nil {
		return app.Compose{}, err
	}
	active := func(ctx context.Context, a policy.Actor) bool {
		if a.Role == RoleCitizen {
			return h.s.Active(ctx, a)
		}
		return h.units.Active(ctx, a)
	}
	return app.Compose{
		Modules: []app.Module{h.units.Module(), h.people.Module(), h.s.Module(), {Name: "tests", Policy: tests()}}, Accounts: h.units,
		Shapes: []journal.Module{passkey.Shape()}, Texts: []fs.FS{passkey.Texts},
		Hooks: policy.Hooks{Units: h.units, Active: active, Holds: func(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
			return p.Kind == policy.Case || h.units.HoldsTask(ctx, a, p)
		}},
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return h.units.OfficerName(ctx, string(w.Lang()), id)
		},
	}, nil
}

// tests is an action by which tests append what other modules append.
func tests() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`action "tests.verify" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action, resource);`),
		Actions: []policy.Action{{Name: "tests.verify", System: true, Appends: append(LineKinds(), "citizens.enrolled", "journal.erased")}}}
}

func (h *house) seed(ctx context.Context, a *app.App, c *clock.Staged) error {
	ids := ident.NewSource(c.Now, nil)
	var in units.Seed
	for _, u := range a.Pack.Units(kerneltest.Noon) {
		switch u.Code {
		case "DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-VILLE-BPJ", "PR-KEN":
			h.unit[u.Code] = ids.New()
			in.Units = append(in.Units, units.NewUnit{ID: h.unit[u.Code], Code: u.Code, Type: u.Type, Parent: h.unit[u.Parent], Names: u.Names, Area: u.Area, From: kerneltest.Noon.AddDate(-5, 0, 0), Act: "12/2021"})
		}
	}
	for i, x := range []struct {
		role  units.Role
		unit  string
		grade string
	}{{units.DutyOfficer, "KEN-01", "officier-paix"}, {units.Investigator, "KEN-VILLE-BPJ", "inspecteur"}, {units.BrigadeChief, "KEN-VILLE-BPJ", "commissaire"},
		{units.Prosecutor, "PR-KEN", ""}, {units.Inspector, "IG", "commissaire"}, {units.Administrator, "DGSN", "officier"}} {
		id := ids.New()
		h.who[x.role] = id
		in.Officers = append(in.Officers, units.NewOfficer{ID: id, Matricule: fmt.Sprintf("MAT-%d", i), GivenAR: "سعاد", FamilyAR: "التجريبي", Given: "Souad", Family: fmt.Sprint("Tajribi ", string(rune('A'+i))), Grade: x.grade, Sex: units.Female})
		in.Posts = append(in.Posts, units.NewPost{ID: ids.New(), Officer: id, Unit: h.unit[x.unit], Role: x.role, Act: "77/2024", From: kerneltest.Noon.AddDate(-1, 0, 0)})
	}
	g, err := a.Policy.System("demo", "units.seed", "D1-56-115")
	if err != nil {
		return err
	}
	if err := h.units.Seed(ctx, g, in); err != nil {
		return err
	}
	h.caseOne = ids.New()
	h.aicha = index.Person{ID: ids.New(), Unit: h.unit["KEN-01"], Given: index.Name{Arabic: "عائشة", Latin: "Aicha"}, Family: index.Name{Arabic: "المنصوري", Latin: "El Mansouri"},
		Birth: "1990-05-17", Sex: "female", Nationality: "ma", CNIE: "G123456", Address: "12, rue 4, hay Essalam", Source: "declared"}
	h.brahim = index.Person{ID: ids.New(), Unit: h.unit["KEN-01"], Given: index.Name{Arabic: "إبراهيم", Latin: "Brahim"}, Family: index.Name{Arabic: "العلوي", Latin: "Alaoui"}, Birth: "2012", Sex: "male", CNIE: "G654321", Source: "declared"}
	return h.people.Seed(ctx, func() (policy.Grant, error) { return a.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: []index.Person{h.aicha, h.brahim}})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// ask asks the policy for an officer's act, under their duty or a case.
func (h *house) ask(role units.Role, action string, res policy.Resource, of ident.ID) (policy.Grant, error) {
	h.t.Helper()
	a, err := h.units.Account(h.t.Context(), h.who[role])
	h.must(err)
	purpose := a.Duty
	if of != "" {
		purpose = policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: of}}
	}
	return h.Policy.Ask(h.t.Context(), a.Actor, action, res, purpose)
}

// grant is ask for an act that must be granted.
func (h *house) grant(role units.Role, action string, res policy.Resource) policy.Grant {
	h.t.Helper()
	g, err := h.ask(role, action, res, "")
	h.must(err)
	return g
}

// enrol opens an account at the counter and gives the code.
func (h *house) enrol(p index.Person) (Citizen, string) {
	h.t.Helper()
	id, code, err := h.s.Enrol(h.t.Context(), h.grant(units.DutyOfficer, actionEnrol, policy.Resource{}), p.ID, []string{"cnie"})
	h.must(err)
	c, err := h.s.Citizen(h.t.Context(), id)
	h.must(err)
	return c, code
}

// as gives a browser in which a citizen has signed in by a code.
func (h *house) as(number, code string) *kerneltest.Client {
	h.t.Helper()
	c := h.Stranger(h.t)
	p := c.Post("/citizen/sign-in", url.Values{"number": {number}, "code": {code}, "return": {"/citizen"}})
	if p.Status != http.StatusSeeOther {
		h.t.Fatalf("%s is not let in: %d %s", number, p.Status, p.Text())
	}
	return c
}

// citizen enrols somebody and signs them in.
func (h *house) citizen(p index.Person) (Citizen, *kerneltest.Client) {
	h.t.Helper()
	c, code := h.enrol(p)
	return c, h.as(p.CNIE, code)
}

// lookUp makes an officer open a person's page, for a case or their duty.
func (h *house) lookUp(role units.Role, person, of ident.ID) {
	h.t.Helper()
	a, err := h.units.Account(h.t.Context(), h.who[role])
	h.must(err)
	purpose := a.Duty
	if of != "" {
		purpose = policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: of}}
	}
	h.must(h.Journal.Lane().Record(h.t.Context(), journal.Access{Actor: a.ID, Unit: a.Actor.Unit, Action: "index.person.read", Purpose: purpose.String(), Refs: []ident.Ref{personRef(person)}, Outcome: journal.Read}))
	h.wait(time.Second)
}

func (h *house) keepLogs() {
	h.t.Helper()
	h.must(h.s.KeepLogs(h.t.Context()))
}

// log gives a citizen's lines, the oldest first.
func (h *house) log(c Citizen) []Line {
	h.t.Helper()
	var out []Line
	h.must(h.s.eachLine(h.t.Context(), c.ID, func(l Line) error {
		out = append(out, l)
		return nil
	}))
	return out
}

// seen reports whether a page holds a text.
func seen(p *kerneltest.Page, text string) bool { return strings.Contains(p.Text(), text) }

// as2 signs the same citizen in on another device.
func (h *house) as2(c Citizen) *kerneltest.Client {
	h.t.Helper()
	code, err := h.s.IssueCode(h.t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
	h.must(err)
	return h.as("G123456", code)
}

// holes of a route's pattern.
var holes = regexp.MustCompile(`\{[^}]*\}`)

// wait lets time pass.
func (h *house) wait(d time.Duration) { h.Clock.Set(h.Clock.Now().Add(d)) }
