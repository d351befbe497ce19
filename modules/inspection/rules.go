package inspection

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// actions lists what may be asked for. Retention: the journal is kept for
// good; accesses expire by the class "access-log".
func actions() []policy.Action {
	why := []policy.PurposeKind{policy.Task, policy.Basis}
	read := func(name string) policy.Action {
		return policy.Action{Name: name, Purposes: why, Binds: policy.BindActor, Reads: true, MayAllow: "inspector"}
	}
	return []policy.Action{
		read("inspection.journal.search"),
		read("inspection.entry.read"),
		read("inspection.access.search"),
		read("inspection.record.history"),
		{Name: "inspection.store.verify", Purposes: why, Binds: policy.BindActor, MayAllow: "inspector"},
		{Name: "inspection.store.report", Purposes: why, Binds: policy.BindActor, MayAllow: "inspector"},
		{Name: "inspection.record.hold", Purposes: why, Binds: policy.BindActor, Appends: []string{"journal.held"}, MayAllow: "inspector", Fresh: true},
		{Name: "inspection.record.lift", Purposes: why, Binds: policy.BindActor, Appends: []string{"journal.hold-lifted"}, MayAllow: "inspector", Fresh: true},
		{Name: app.CloseAction, System: true, Purposes: why, Binds: policy.BindActor, Appends: []string{"journal.period-closed"}, MayAllow: "inspector", Fresh: true},
		{Name: "inspection.checkpoint.print", Purposes: why, Binds: policy.BindActor, Appends: []string{"journal.checkpoint-printed"}, MayAllow: "inspector"},
		{Name: app.ControlAction, System: true, Appends: []string{"journal.control-planted", "journal.control-seen", "journal.control-missed"}},
		{Name: app.ExpireAction, System: true, Appends: []string{"journal.accesses-expired"}},
		{Name: app.EraseAction, System: true, Appends: []string{"journal.erased"}},
	}
}
