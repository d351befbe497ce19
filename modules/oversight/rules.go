package oversight

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// The actions.
const (
	actionList        = "oversight.alarm.list"
	actionRead        = "oversight.alarm.read"
	actionAcknowledge = "oversight.alarm.acknowledge"
	actionJudge       = "oversight.alarm.judge"
	actionRequests    = "oversight.request.list"
	actionRequest     = "oversight.request.read"
	actionAnswer      = "oversight.request.answer"
	actionRecord      = "oversight.record"
)

// The rule of the pack that bounds the judgement, and the article under which
// the process records what it is told.
const (
	judgementRule = "glass-judgement"
	systemName    = "oversight"
	systemBasis   = "L09-08-23"
)

// PolicyModule gives the module's actions, policies and schema. Retention class
// of the pack: "access-log".
func PolicyModule() policy.Module {
	why := []policy.PurposeKind{policy.Task, policy.Basis}
	on := func(name, kind string, reads bool, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: kind, Purposes: why, Binds: policy.BindActor, Reads: reads, Appends: appends, MayAllow: "inspector"}
	}
	return policy.Module{Name: "oversight", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		on(actionList, "", true),
		on(actionRead, KindAlarm, true),
		on(actionAcknowledge, KindAlarm, false, "oversight.alarm-acknowledged"),
		on(actionJudge, KindAlarm, false, "oversight.alarm-judged"),
		on(actionRequests, "", true),
		on(actionRequest, KindRequest, true),
		on(actionAnswer, KindRequest, false, "oversight.permission-answered"),
		{Name: actionRecord, System: true, Appends: []string{"oversight.glass-broken", "oversight.alarm-escalated", "oversight.permission-asked"}},
	}}
}
