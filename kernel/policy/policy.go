package policy

import (
	"context"
	"fmt"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
)

// Hooks are what the policy asks of the rest of the program. All but IDs
// must be given: a check that is not wired is a door that stands open.
type Hooks struct {
	// Recorder journals refusals.
	Recorder Recorder
	// Units is the tree of services.
	Units UnitTree
	// Active reports whether the actor may act at all at present: false for
	// one who is suspended, has left, or whose session has ended.
	Active func(context.Context, Actor) bool
	// Holds reports whether a case or task purpose is the actor's own: the
	// case is one they work on, the task one they were given.
	Holds func(context.Context, Actor, Purpose) bool
	// Basis reports whether the pack's law has the article and it may be
	// stated as a purpose.
	Basis func(article string) bool
	// Clock tells the time of grants and refusals.
	Clock clock.Clock
	// IDs names grants; nil makes a source from Clock.
	IDs *ident.Source
}

func (h Hooks) missing() string {
	for name, absent := range map[string]bool{
		"Recorder": h.Recorder == nil, "Units": h.Units == nil, "Active": h.Active == nil,
		"Holds": h.Holds == nil, "Basis": h.Basis == nil, "Clock": h.Clock == nil,
	} {
		if absent {
			return name
		}
	}
	return ""
}

// Policy decides. It is safe for concurrent use and does not change.
type Policy struct {
	hooks Hooks
	rules map[string]*rule
}

// New reads the modules' policies and refuses to start unless every policy
// is valid against its schema, every action is declared on both sides and
// fits its declaration, and somebody may perform it.
func New(modules []Module, hooks Hooks) (*Policy, error) {
	if name := hooks.missing(); name != "" {
		return nil, fmt.Errorf("policy: no %s", name)
	}
	if hooks.IDs == nil {
		hooks.IDs = ident.NewSource(hooks.Clock.Now, nil)
	}
	p := &Policy{hooks: hooks, rules: map[string]*rule{}}
	for _, m := range modules {
		rules, err := load(m)
		if err != nil {
			return nil, fmt.Errorf("policy: module %s: %w", m.Name, err)
		}
		for _, r := range rules {
			if p.rules[r.action.Name] != nil {
				return nil, fmt.Errorf("policy: action %s is declared twice", r.action.Name)
			}
			p.rules[r.action.Name] = r
		}
	}
	return p, nil
}

// Action gives the declaration of an action, for route tables.
func (p *Policy) Action(name string) (Action, bool) {
	r := p.rules[name]
	if r == nil {
		return Action{}, false
	}
	return r.action, true
}
