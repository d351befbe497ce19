package policy

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// Text keys of the refusals. Each is filled with "action" (its name), "who"
// (the role that may allow it, "" if nobody can) and, where it is about the
// purpose, "purposes" (the kinds admitted).
const (
	keyNobody           = "policy.refused.nobody"
	keySuspended        = "policy.refused.suspended"
	keyUnknownAction    = "policy.refused.unknown-action"
	keyResource         = "policy.refused.resource"
	keyPurposeMissing   = "policy.refused.purpose-missing"
	keyPurposeMalformed = "policy.refused.purpose-malformed"
	keyPurposeKind      = "policy.refused.purpose-kind"
	keyPurposeOther     = "policy.refused.purpose-other-case"
	keyPurposeNotYours  = "policy.refused.purpose-not-yours"
	keyBasisUnknown     = "policy.refused.basis-unknown"
	keyReasonMissing    = "policy.refused.reason-missing"
	keyBreakGlass       = "policy.refused.break-glass"
	keyPolicy           = "policy.refused.policy"
	keyEvaluation       = "policy.refused.evaluation"
	keyFilter           = "policy.refused.filter"
	keySystem           = "policy.refused.system"
	keyNoGrant          = "policy.refused.no-grant"
	keyGrantExpired     = "policy.refused.grant-expired"
	keyUnrecorded       = "policy.unavailable.unrecorded"
)

// Refusal is what is journalled when someone is refused: everything they
// asked for, and why not. Resource carries no attributes.
type Refusal struct {
	Actor    Actor
	Action   string
	Resource Resource
	Purpose  Purpose // zero if none was given or it was malformed
	Reason   string  // text key, "policy.refused.purpose-other-case"
	At       time.Time
}

// Recorder makes refusals durable. RecordRefusal returns when the refusal is
// stored, or says why it could not be.
type Recorder interface {
	RecordRefusal(context.Context, Refusal) error
}

// request is one question put to the policy.
type request struct {
	actor    Actor
	name     string
	action   *Action // nil if there is none of that name
	resource Resource
	purpose  Purpose
	at       time.Time
}

// refuse makes the fault for one request.
func (q *request) refuse(key string, cause error) *fault.Error {
	kind := fault.Refused
	if key == keyNobody {
		kind = fault.SignIn
	}
	f := fault.New(kind, key, "action", q.name, "who", "", "purposes", []string{})
	if q.action != nil {
		f.Args["who"] = q.action.MayAllow
		f.Args["purposes"] = q.action.Purposes
	}
	f.Cause = cause
	return f
}

// record journals the refusal f and gives the error for the caller: f, or,
// if it could not be journalled, that the service is unavailable. The answer
// is no in both.
func (p *Policy) record(ctx context.Context, q *request, f *fault.Error) error {
	purpose := q.purpose
	if purpose.check() != nil {
		purpose = Purpose{} // it may hold what no journal takes, and must not escape it by that
	}
	err := p.hooks.Recorder.RecordRefusal(ctx, Refusal{
		Actor: q.actor.clone(), Action: q.name, Resource: q.resource.public(),
		Purpose: purpose, Reason: f.Key, At: q.at,
	})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, keyUnrecorded, "refusal", f.Key)
	}
	return f
}
