// Package compose lists the modules by hand and joins them: which of them
// keeps the accounts, the units, the purposes. The commands and the tests of
// the whole program start from it.
package compose

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/inspection"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// Services are the modules' services, joined.
type Services struct {
	Units      *units.Service
	Index      *index.Service
	Register   *register.Service
	Cases      *cases.Service
	Inspection *inspection.Service
}

// Build makes the modules with the kernel they will use and joins them;
// nothing runs yet. verify is verification as a page runs it; it may be nil
// where no page is served.
func Build(k *app.Kernel, verify inspection.Verifier) (*Services, app.Compose) {
	s := &Services{Units: units.New(k), Index: index.New(k)}
	s.Register = register.New(k, s.Units, s.Index)
	s.Cases = cases.New(k, cases.Deps{
		Directory: cases.Serving(s.Units, func() *packs.Pack { return k.Pack }), People: cases.Known(s.Index),
		Complaints: desk{s.Register}, Custodies: cells{s.Register}, PickPerson: "/persons/suggest", Opening: []string{"register.complaint-referred"},
	})
	s.Inspection = inspection.New(k, verify, s.Units.OfficerName)
	c := app.Compose{
		Modules: []app.Module{
			s.Units.Module(),
			{Name: "index", Journal: index.JournalModule(), Policy: index.PolicyModule()},
			{Name: "register", Journal: register.JournalModule(), Policy: register.PolicyModule(), Texts: register.Texts()},
			s.Cases.Module(),
			s.Inspection.Module(),
		},
		Accounts: s.Units,
		Hooks: policy.Hooks{
			Units:  s.Units,
			Active: s.Units.Active,
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
	return s, c
}

// List is Build for those who need the modules only.
func List(k *app.Kernel) (app.Compose, error) {
	_, c := Build(k, nil)
	return c, nil
}
