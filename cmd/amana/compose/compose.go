// Package compose lists the modules by hand and joins them: which of them
// keeps the accounts, the units, the purposes. The commands and the tests of
// the whole program start from it.
package compose

import (
	"context"
	"io/fs"
	"net"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/engines/tensor"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/disposal"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/figures"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/inspection"
	"github.com/amana-platform/amana/modules/oversight"
	"github.com/amana-platform/amana/modules/plates"
	"github.com/amana-platform/amana/modules/proofs"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/trust"
	"github.com/amana-platform/amana/modules/units"
)

// Services are the modules' services, joined.
type Services struct {
	Units      *units.Service
	Index      *index.Service
	Register   *register.Service
	Cases      *cases.Service
	Exhibits   *exhibits.Service
	Plates     *plates.Service
	Inspection *inspection.Service
	Oversight  *oversight.Service
	Disposal   *disposal.Service
	Trust      *trust.Service
	Citizens   *citizens.Service
	Proofs     *proofs.Service
	Figures    *figures.Service
	SignIn     *passkey.SignIn
}

// Site is where people reach the service: passkeys are made for it; and what it
// finds there.
type Site struct {
	RPID        string   // host name, without port
	Origins     []string // "https://amana.police.example"
	Cards       string   // folder with the authorities of citizens' cards; "" for none
	ONNXRuntime string   // library that runs the networks which read plates; "" for our own kernels
}

// Here is the site of a service that is reached on its own machine only.
func Here(listen string) Site {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		port = "8080"
	}
	return Site{RPID: "localhost", Origins: []string{"http://localhost:" + port}}
}

// Build makes the modules with the kernel they will use and joins them;
// nothing runs yet. verify is verification as a page runs it; it may be nil
// where no page is served.
func Build(k *app.Kernel, verify inspection.Verifier) (*Services, app.Compose) {
	s, c, err := BuildAt(k, verify, Here("localhost:8080"))
	if err != nil {
		panic("compose: " + err.Error()) // the site is a constant
	}
	return s, c
}

// BuildAt is Build for a site of its own.
func BuildAt(k *app.Kernel, verify inspection.Verifier, at Site) (*Services, app.Compose, error) {
	s := &Services{Units: units.New(k), Index: index.New(k)}
	s.Register = register.New(k, s.Units, s.Index)
	s.Exhibits = exhibits.New(k, s.Units, s.Index)
	reading, err := plateReading(at.ONNXRuntime)
	if err != nil {
		return nil, app.Compose{}, err
	}
	s.Plates = plates.New(k, s.Units, reading)
	s.Cases = cases.New(k, cases.Deps{
		Directory: cases.Serving(s.Units, func() *packs.Pack { return k.Pack }), People: cases.Known(s.Index),
		Complaints: desk{s.Register}, Custodies: cells{s.Register}, Exhibits: shelf{s.Exhibits}, PickPerson: index.SuggestPath, Opening: []string{"register.complaint-referred"},
		Seizures: seizures{s.Exhibits}, Signing: exhibits.Drafted(), ReadComplaint: "register.complaint.read", ReferComplaint: "register.complaint.refer",
	})
	s.Inspection = inspection.New(k, verify, s.Units.OfficerName)
	s.Oversight = oversight.New(k, s.Units, map[string]oversight.Opener{
		enquiry.KindCase: {Locate: s.Cases.Resource, Open: func(ctx context.Context, ask oversight.Asks, q oversight.Request) error {
			return s.Cases.Admit(ctx, ask, q.Record.ID, q.By, q.Reason)
		}},
	})
	s.Disposal = disposal.New(k, seats{s.Units, k})
	s.label()
	if s.Citizens, err = citizens.New(k, s.Index, s.Units, citizens.Site{RPID: at.RPID, Origins: at.Origins, Cards: at.Cards}); err != nil {
		return nil, app.Compose{}, err
	}
	s.Trust = trust.New(k, trust.Options{Issuer: at.Origins[0], Citizens: vouched{s.Citizens}})
	s.Trust.OfficerName = s.Units.OfficerName
	s.Proofs = proofs.New(k, s.Citizens, at.Origins[0])
	s.Proofs.Shown, s.Trust.Presentations = s.shown, shows{s.Proofs}
	s.Figures = figures.New(k, relied{s.Trust}, logs{s.Citizens})
	s.Citizens.Beside = append(trust.CitizenPages(), s.Proofs.Page(), figures.Page())
	s.SignIn, err = passkey.New(passkey.Config{RPID: at.RPID, Origins: at.Origins, Name: "Amana", Keeper: s.Units, Clock: lateClock{k},
		Store: func() (store.Reader, store.Scratch) { return k.Reader, k.Scratch }, Action: "units.passkey.register", Own: s.Units.Own})
	if err != nil {
		return nil, app.Compose{}, err
	}
	c := app.Compose{
		Modules: []app.Module{
			s.Units.Module(),
			s.Register.Module(),
			s.Cases.Module(),
			s.Exhibits.Module(),
			s.Plates.Module(),
			s.Index.Module(),
			s.Inspection.Module(),
			s.Oversight.Module(),
			s.Disposal.Module(),
			s.trusted(),
			s.Citizens.Module(),
			s.Proofs.Module(),
			s.Figures.Module(),
		},
		Accounts:  s.Units,
		SignIn:    s.SignIn,
		Oversight: s.Oversight,
		Shapes:    []journal.Module{passkey.Shape()},
		Texts:     []fs.FS{passkey.Texts},
		Hooks: policy.Hooks{
			Units:  s.Units,
			Active: s.active,
			Holds: func(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
				if p.Kind == policy.Case {
					return s.Cases.HoldsCase(ctx, a, p)
				}
				return s.Units.HoldsTask(ctx, a, p)
			},
		},
		Who: func(ctx context.Context, w *text.Words, actor ident.ID) string {
			return s.Units.OfficerName(ctx, string(w.Lang()), actor)
		},
	}
	return s, c, nil
}

// active asks the module that knows the actor: officers and citizens are two
// sorts of people.
func (s *Services) active(ctx context.Context, a policy.Actor) bool {
	if a.Role == citizens.RoleCitizen {
		return s.Citizens.Active(ctx, a)
	}
	return s.Units.Active(ctx, a)
}

// label lets every module say the number of a case as the cases say it.
func (s *Services) label() {
	number := func(ctx context.Context, id ident.ID) (string, string) {
		c, err := s.Cases.Case(ctx, id)
		if err != nil {
			return "", ""
		}
		return c.Number, "/cases/" + string(id)
	}
	s.Register.CaseLabel, s.Exhibits.CaseLabel, s.Plates.CaseLabel = number, number, number
	s.Oversight.Label, s.Disposal.Label = s.recordLabel, s.recordLabel
	s.Units.CaseLabel = func(ctx context.Context, w *text.Words, id ident.ID) (string, string) {
		return s.Cases.PurposeLabel(ctx, w, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: id}})
	}
}

// recordLabel says the number of a record and where its page is.
func (s *Services) recordLabel(ctx context.Context, ref ident.Ref) (label, href string) {
	switch ref.Kind {
	case enquiry.KindCase:
		if c, err := s.Cases.Case(ctx, ref.ID); err == nil {
			return c.Number, "/cases/" + string(ref.ID)
		}
	case register.KindComplaint:
		if c, err := s.Register.Complaint(ctx, ref.ID); err == nil {
			return c.Number, "/register/complaints/" + string(ref.ID)
		}
	case register.KindCustody:
		if c, err := s.Register.Sheet(ctx, ref.ID); err == nil {
			return c.Number, "/custody/" + string(ref.ID)
		}
	case exhibits.KindExhibit:
		if x, err := s.Exhibits.Exhibit(ctx, ref.ID); err == nil {
			return x.Number, "/exhibits/" + string(ref.ID)
		}
	case trust.KindInstitution:
		if i, err := s.Trust.Institution(ctx, ref.ID); err == nil {
			return i.Host, "/trust/institutions/" + string(ref.ID)
		}
	case index.KindPerson: // by reference: a list names nobody
		return ref.String(), "/persons/" + string(ref.ID)
	case plates.KindEntry:
		return ref.String(), "/plates/entries/" + string(ref.ID)
	case plates.KindHit:
		return ref.String(), "/plates/hits/" + string(ref.ID)
	}
	return "", ""
}

// lateClock is the kernel's clock, which is set after the modules are made.
type lateClock struct{ k *app.Kernel }

// Now reads the kernel's clock.
func (c lateClock) Now() time.Time { return c.k.Clock.Now() }

// List is Build for those who need the modules only.
func List(k *app.Kernel) (app.Compose, error) {
	_, c := Build(k, nil)
	return c, nil
}

// plateReading says how plates are read: with ONNX Runtime where a library is named,
// which must then be there.
func plateReading(library string) (o plate.Options, err error) {
	if library != "" {
		o.Runtime, err = tensor.FindRuntime(library)
	}
	return o, err
}
