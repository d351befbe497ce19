package citizens

import (
	_ "embed" // the policies
	"slices"

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// The actions of officers at a counter.
const (
	actionCounter = "citizens.counter.search"
	actionEnrol   = "citizens.account.enrol"
	actionRead    = "citizens.account.read"
	actionIssue   = "citizens.code.issue"
	actionRecover = "citizens.account.recover"
	actionClose   = "citizens.account.close"
	actionRevoke  = "citizens.means.revoke"
	actionAttest  = "citizens.residence.attest"
)

// The actions of a citizen in their own space.
const (
	actionSpace   = "citizens.space.read"
	actionLog     = "citizens.log.read"
	actionExport  = "citizens.log.export"
	actionContest = "citizens.contest.open"
	actionAdd     = "citizens.means.add"
	actionDrop    = "citizens.means.drop"
	actionEnd     = "citizens.sessions.end"
)

// The actions about delays and contests, and the service's own.
const (
	actionDelays  = "citizens.delay.list"
	actionDelay   = "citizens.delay.order"
	actionConfirm = "citizens.delay.confirm"
	actionLift    = "citizens.delay.lift"
	actionAsked   = "citizens.contest.list"
	actionAnswer  = "citizens.contest.answer"
	actionKeep    = "citizens.keep"
)

// Articles of the pack under which citizens act and the service keeps their
// logs, its name, and the rules that bound codes, delays and answers.
const (
	basisRight  = "L09-08-7"
	basisCard   = "L04-20"
	systemName  = "citizens"
	ruleCode    = "counter-code"
	ruleDelay   = "citizen-log-delay"
	ruleContest = "citizen-log-answer"
)

// LineKinds lists the kinds of entries that an action must be allowed to
// append whose transaction drafts lines.
func LineKinds() []string { return []string{"citizens.line-written"} }

// PolicyModule gives the module's actions, policies and schema. Retention class
// of the pack: "access-log".
func PolicyModule() policy.Module {
	duty := []policy.PurposeKind{policy.Task, policy.Basis}
	officer := func(name, kind string, reads bool, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: kind, Purposes: duty, Binds: policy.BindActor, Reads: reads, Appends: appends, MayAllow: "brigade-chief"}
	}
	ordered := append(slices.Clone(duty), policy.Case) // orders are looked at, and ended, under the case too that they are for
	own := func(name string, reads bool, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: KindCitizen, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Reads: reads, Appends: appends}
	}
	return policy.Module{Name: "citizens", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		officer(actionCounter, "", true),
		officer(actionEnrol, "", true, "citizens.enrolled", "citizens.code-issued"),
		officer(actionRead, KindCitizen, true),
		officer(actionIssue, KindCitizen, true, "citizens.code-issued"),
		officer(actionRecover, KindCitizen, true, "citizens.recovered", "citizens.code-issued").Freshly(),
		officer(actionClose, KindCitizen, false, "citizens.account-closed"),
		officer(actionRevoke, KindCitizen, false, "citizens.means-revoked"),
		officer(actionAttest, KindCitizen, false, "citizens.residence-attested"),
		own(actionSpace, true),
		own(actionLog, true),
		own(actionExport, true, "citizens.log-stated"),
		own(actionContest, false, "citizens.contest-opened"),
		own(actionAdd, false, "citizens.means-added"),
		own(actionDrop, false, "citizens.means-revoked"),
		own(actionEnd, false, "citizens.session-ended", "citizens.sessions-ended"),
		{Name: actionDelays, Purposes: ordered, Binds: policy.BindActor, Reads: true, MayAllow: "brigade-chief"},
		{Name: actionDelay, Purposes: []policy.PurposeKind{policy.Case}, Binds: policy.BindActor, Appends: []string{"citizens.delay-ordered"}, MayAllow: "prosecutor", Fresh: true},
		{Name: actionConfirm, Resource: KindDelay, Purposes: ordered, Binds: policy.BindActor, Appends: []string{"citizens.delay-confirmed"}, MayAllow: "prosecutor", Fresh: true},
		{Name: actionLift, Resource: KindDelay, Purposes: ordered, Binds: policy.BindActor, Appends: []string{"citizens.delay-lifted"}, MayAllow: "brigade-chief"},
		officer(actionAsked, "", true),
		{Name: actionAnswer, Resource: KindContest, Purposes: duty, Binds: policy.BindActor, Reads: true, Appends: []string{"citizens.contest-answered"}, MayAllow: "inspector"},
		{Name: actionKeep, System: true, Appends: []string{"citizens.enrolled", "citizens.code-used", "citizens.signed-in", "citizens.session-ended", "citizens.means-added", "citizens.means-revoked",
			"citizens.line-written", "citizens.line-held", "citizens.accesses-read", "citizens.log-filled", "citizens.code-issued"}},
	}}
}
