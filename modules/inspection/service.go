package inspection

import (
	"context"
	"embed"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

//go:embed text/*.toml
var texts embed.FS

// Verifier checks the whole store; main gives it, because it knows where the
// log and the files are.
type Verifier func(ctx context.Context, progress func(stage string, done int64)) (*journal.Report, error)

// Who says who an actor is, in a language.
type Who func(ctx context.Context, lang string, actor ident.ID) string

// Service is the module.
type Service struct {
	k      *app.Kernel
	verify Verifier
	who    Who

	mu  sync.Mutex
	run Run
	end Ending
}

// Run is a verification as it stands.
type Run struct {
	Running bool
	Begun   time.Time
	By      ident.ID
	Stage   string
	Done    int64
	Report  *journal.Report
	Failed  error
}

// New makes the module.
func New(k *app.Kernel, verify Verifier, who Who) *Service {
	return &Service{k: k, verify: verify, who: who}
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name:    "inspection",
		Journal: journal.Module{Name: "inspection"},
		Policy:  policy.Module{Name: "inspection", Cedar: cedar, Schema: schema, Actions: actions()},
		Texts:   texts,
		Routes:  s.routes(),
		Rail: []web.RailLink{
			{Label: "inspection.rail", Href: "/journal", Key: "g j", Action: "inspection.journal.search"},
			{Label: "inspection.access.rail", Href: "/accesses", Key: "g h", Action: "inspection.access.search"},
			{Label: "inspection.verify.rail", Href: "/verification", Key: "g v", Action: "inspection.store.report"},
		},
	}
}

// VerifyStore starts a verification in the background; one runs at a time.
func (s *Service) VerifyStore(ctx context.Context, g policy.Grant) error {
	if err := g.Valid(s.k.Clock.Now()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run.Running {
		return fault.New(fault.Conflict, "inspection.verify.running")
	}
	s.run = Run{Running: true, Begun: s.k.Clock.Now(), By: g.Actor().ID}
	go s.check(context.WithoutCancel(ctx))
	return nil
}

// check runs to its end whatever it reads: a store that somebody altered must
// not take the service down with it.
func (s *Service) check(ctx context.Context) {
	var report *journal.Report
	err := contained(func() (err error) {
		report, err = s.verify(ctx, func(stage string, done int64) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.run.Stage, s.run.Done = stage, done
		})
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run.Running, s.run.Report, s.run.Failed = false, report, err
}

// contained makes an error of a panic.
func contained(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("inspection: panic: %v", p)
		}
	}()
	return do()
}

// Last gives the verification that runs or ran last.
func (s *Service) Last() Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// maxGround bounds what is typed as the ground of an act, in characters.
const maxGround = 200

// ground checks the ground that was typed for an act, and gives it clean.
func (s *Service) ground(typed string) (string, error) {
	c := check.Form{Now: s.k.Clock.Now()}
	typed = c.Required("ground", typed, maxGround)
	return typed, c.Err()
}

// HoldRecord stops the erasure of everything that stands in a record.
func (s *Service) HoldRecord(ctx context.Context, g policy.Grant, ref ident.Ref, ground string) error {
	ground, err := s.ground(ground)
	if err != nil {
		return err
	}
	return s.k.Journal.Hold(ctx, g, journal.Held{Ref: ref, Ground: ground})
}

// LiftHold ends a hold, on a ground of its own.
func (s *Service) LiftHold(ctx context.Context, g policy.Grant, ref ident.Ref, ground string) error {
	ground, err := s.ground(ground)
	if err != nil {
		return err
	}
	return s.k.Journal.LiftHold(ctx, g, journal.HoldLifted{Ref: ref, Ground: ground})
}

// held gives the ground of the hold on a record, "" if there is none.
func (s *Service) held(ctx context.Context, ref ident.Ref) (ground string, err error) {
	err = s.k.Reader.Row(ctx, "select ground from journal_holds where ref = $1", []any{ref.String()}, &ground)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return ground, err
}

// field is one value of an entry as its page shows it.
type field struct{ name, value string }

// fieldsOf lists the values of an entry; sealed ones that are erased say so
// by being absent.
func fieldsOf(e journal.Entry) []field {
	return walk(reflect.ValueOf(e), "", nil)
}

func walk(v reflect.Value, path string, out []field) []field {
	switch x := v.Interface().(type) {
	case journal.Sealed:
		if !x.Erased() && x.Text() != "" {
			out = append(out, field{path, x.Text()})
		}
		return out
	case time.Time:
		if !x.IsZero() {
			out = append(out, field{path, x.Format(time.RFC3339)})
		}
		return out
	case ident.Ref:
		return appendNonEmpty(out, path, x.String())
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			out = walk(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), out)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return appendNonEmpty(out, path, fmt.Sprintf("%x", v.Bytes()))
		}
		for i := range v.Len() {
			out = walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), out)
		}
	default:
		if !v.IsZero() {
			out = append(out, field{path, fmt.Sprint(v.Interface())})
		}
	}
	return out
}

func appendNonEmpty(out []field, name, value string) []field {
	if value == "" {
		return out
	}
	return append(out, field{name, value})
}
