package policy

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/amana-platform/amana/kernel/fault"
)

// Ask decides whether the actor may perform the action on the resource for
// the purpose, and makes the Grant. A refusal is a fault of kind Refused
// (SignIn if nobody asks) and has been journalled when Ask returns; if it
// could not be, the fault is Unavailable. Either way there is no grant.
func (p *Policy) Ask(ctx context.Context, actor Actor, action string, resource Resource, purpose Purpose) (Grant, error) {
	q := p.request(actor, action, resource, purpose)
	if f := p.decide(ctx, q); f != nil {
		return Grant{}, p.record(ctx, q, f)
	}
	if q.stale() {
		return Grant{}, fault.New(fault.SignIn, KeyProve)
	}
	return p.grant(q, ""), nil
}

// Can reports what Ask would decide at this moment, and records nothing: for
// the next permitted acts on a page. It opens nothing.
func (p *Policy) Can(ctx context.Context, actor Actor, action string, resource Resource, purpose Purpose) bool {
	return p.decide(ctx, p.request(actor, action, resource, purpose)) == nil
}

// System makes a Grant for a process: a job, a follower, an import, seeding.
// It is no back door. Only code that holds the Policy can call it, for an
// action that its module marked System; the article it acts on must be one
// the pack's law knows, and what may be appended is as closed a list as a
// person's. Every entry appended under the grant says so, for its purpose is
// "basis/<article>:system/<name>", and its actor is SystemID(name). It asks
// no Cedar policy because there is no person to judge. A refusal here is a
// fault of the program: it is returned, and not journalled.
func (p *Policy) System(name, action, basis string) (Grant, error) {
	actor := Actor{ID: SystemID(name), Role: "system/" + name}
	q := p.request(actor, action, Resource{}, Purpose{Kind: Basis, Basis: basis, Reason: actor.Role})
	switch {
	case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "":
		return Grant{}, q.refuse(keySystem, errors.New("the process has no proper name"))
	case q.action == nil:
		return Grant{}, q.refuse(keyUnknownAction, nil)
	case !q.action.System:
		return Grant{}, q.refuse(keySystem, errors.New("the action is not for processes"))
	}
	if err := q.purpose.check(); err != nil {
		return Grant{}, q.refuse(keyPurposeMalformed, err)
	}
	if !p.hooks.Basis(basis) {
		return Grant{}, q.refuse(keyBasisUnknown, nil)
	}
	return p.grant(q, name), nil
}

func (p *Policy) request(actor Actor, name string, resource Resource, purpose Purpose) *request {
	q := &request{actor: actor, name: name, resource: resource, purpose: purpose, at: p.hooks.Clock.Now()}
	if r := p.rules[name]; r != nil {
		q.action = &r.action
	}
	return q
}

func (p *Policy) grant(q *request, system string) Grant {
	return Grant{
		id: p.hooks.IDs.New(), actor: q.actor.clone(), action: q.action,
		resource: q.resource.public(), purpose: q.purpose, at: q.at, system: system,
	}
}

// FreshFor is how long a proof of who one is holds for acts that want a fresh
// one: long enough for the form, too short for a screen left open at lunch.
const FreshFor = 10 * time.Minute

// KeyProve is the text key of what Ask answers to who may, and has to prove
// again that it is they. Nothing is refused, so nothing is journalled.
const KeyProve = "policy.prove-again"

// stale reports whether a fresh proof is due. Who acts without a session
// stands before no screen.
func (q *request) stale() bool {
	return q.action.Fresh && q.actor.Session != "" && q.at.Sub(q.actor.Proved) > FreshFor
}

// decide gives nil to permit.
func (p *Policy) decide(ctx context.Context, q *request) *fault.Error {
	if f := p.checkActor(ctx, q); f != nil {
		return f
	}
	if f := q.checkResource(); f != nil {
		return f
	}
	if f := p.checkPurpose(ctx, q); f != nil {
		return f
	}
	if q.bound() && !q.resource.belongs(q.purpose.Ref) {
		return q.refuse(keyPurposeOther, nil)
	}
	return p.judge(q)
}

// checkActor checks that the action exists and that somebody who may act asks.
func (p *Policy) checkActor(ctx context.Context, q *request) *fault.Error {
	switch {
	case q.action == nil:
		return q.refuse(keyUnknownAction, nil)
	case q.actor.IsZero():
		return q.refuse(keyNobody, nil)
	case !p.hooks.Active(ctx, q.actor):
		return q.refuse(keySuspended, nil)
	}
	return nil
}

// checkResource checks that the record is of the action's kind.
func (q *request) checkResource() *fault.Error {
	ref := q.resource.Ref
	if ref.Kind != q.action.Resource || (ref.Kind == "") != (ref.ID == "") {
		return q.refuse(keyResource, nil)
	}
	return nil
}

// checkPurpose checks the purpose by itself, without the record.
func (p *Policy) checkPurpose(ctx context.Context, q *request) *fault.Error {
	if q.purpose.IsZero() {
		return q.refuse(keyPurposeMissing, nil)
	}
	if err := q.purpose.check(); err != nil {
		return q.refuse(keyPurposeMalformed, err)
	}
	kind, reason := q.purpose.Kind, strings.TrimSpace(q.purpose.Reason)
	switch {
	case !q.action.admits(kind) && kind == BreakGlass:
		return q.refuse(keyBreakGlass, nil)
	case !q.action.admits(kind):
		return q.refuse(keyPurposeKind, nil)
	case reason == "" && (q.action.Reason || kind == BreakGlass):
		return q.refuse(keyReasonMissing, nil)
	case kind == Basis && !p.hooks.Basis(q.purpose.Basis):
		return q.refuse(keyBasisUnknown, nil)
	case (kind == Case || kind == Task) && !p.hooks.Holds(ctx, q.actor, q.purpose):
		return q.refuse(keyPurposeNotYours, nil)
	}
	return nil
}

// bound reports whether the purpose must name the record or what it lies
// under. Breaking the glass always opens one named record.
func (q *request) bound() bool {
	kind := q.purpose.Kind
	return kind == BreakGlass || kind != Basis && q.action.Binds == BindRecord
}

// judge puts the question to the Cedar policies of the action.
func (p *Policy) judge(q *request) *fault.Error {
	r := p.rules[q.name]
	resource, err := r.resourceEntity(q.resource)
	if err != nil {
		return q.refuse(keyEvaluation, err)
	}
	w := &world{actor: actorEntity(q.actor), resource: resource, actions: r.actions, units: p.hooks.Units}
	decision, diagnostic := cedar.Authorize(r.policies, w, types.Request{
		Principal: w.actor.UID, Action: r.uid, Resource: resource.UID, Context: contextRecord(q),
	})
	switch {
	case len(diagnostic.Errors) > 0:
		return q.refuse(keyEvaluation, errors.New(diagnostic.Errors[0].String()))
	case decision != cedar.Allow:
		return q.refuse(keyPolicy, nil)
	}
	return nil
}
