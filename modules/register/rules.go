package register

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/index"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// The name and the legal basis of the process that watches the clocks.
const (
	watcher      = "register.clock"
	watcherBasis = "CPP-66"
)

// The actions.
const (
	actionDesk     = "register.desk.open"
	actionRecord   = "register.complaint.record"
	actionSend     = "register.file.send"
	actionFind     = "register.complaint.find"
	actionList     = "register.complaint.list"
	actionRead     = "register.complaint.read"
	actionCorrect  = "register.complaint.correct"
	actionAttach   = "register.complaint.attach"
	actionRefer    = "register.complaint.refer"
	actionVerify   = "register.complaint.verify"
	actionPropose  = "register.closing.propose"
	actionClose    = "register.closing.decide"
	actionOffer    = "register.transfer.offer"
	actionAnswer   = "register.transfer.answer"
	actionTell     = "register.outcome.tell"
	actionWrite    = "register.line.write"
	actionHandover = "register.handover.give"
	actionTake     = "register.handover.take"
	actionBoard    = "register.board.open"
	actionOpen     = "register.custody.open"
	actionDetained = "register.custody.list"
	actionSheet    = "register.custody.read"
	actionNote     = "register.custody.note"
	actionAsk      = "register.extension.ask"
	actionEnd      = "register.custody.end"
	actionSendList = "register.list.send"
	actionSeat     = "register.seat.open"
	actionSeen     = "register.seat.list"
	actionInspect  = "register.custody.inspect"
	actionDecide   = "register.extension.decide"
	actionVisa     = "register.custody.visa"
	actionReadList = "register.list.read"
	actionTakeList = "register.list.take"
	actionWatch    = "register.clock.watch"
)

// Roles as the accounts name them.
const (
	roleDuty       = "duty-officer"
	roleChief      = "brigade-chief"
	roleProsecutor = "prosecutor"
)

// PolicyModule gives the module's actions, policies and schema. Retention
// classes of the pack: complaints "complaint", the log book and handovers
// "log-book", custody and its lists "custody-register", files "attachment".
func PolicyModule() policy.Module {
	return policy.Module{Name: "register", Cedar: cedar, Schema: schema, Actions: append(deskActions(), custodyActions()...)}
}

var (
	byTask   = []policy.PurposeKind{policy.Task}
	atDesk   = []policy.PurposeKind{policy.Task, policy.Basis}
	anywhere = []policy.PurposeKind{policy.Task, policy.Case, policy.Basis}
	byCase   = []policy.PurposeKind{policy.Case}
)

// deskActions are those of the complaints desk, the log book and the handover.
func deskActions() []policy.Action {
	on := func(name, kind string, purposes []policy.PurposeKind, may string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: kind, Purposes: purposes, Appends: appends, MayAllow: may}
	}
	free := func(name string, purposes []policy.PurposeKind, appends ...string) policy.Action {
		return policy.Action{Name: name, Purposes: purposes, Binds: policy.BindActor, Appends: appends, MayAllow: roleChief}
	}
	record := free(actionRecord, byTask, append([]string{"register.complaint-recorded", "register.line-written"}, index.Drafted()...)...)
	record.System, record.Reads = true, true // who is proposed or chosen is shown
	find := free(actionFind, atDesk)
	find.Reads = true
	list := policy.Action{Name: actionList, Resource: KindComplaint, Purposes: atDesk, Binds: policy.BindActor, Reads: true, MayAllow: roleChief}
	read := on(actionRead, KindComplaint, anywhere, roleChief)
	read.Reads, read.BreakGlass = true, true
	refer := on(actionRefer, KindComplaint, byTask, roleChief) // the grant that opens the case appends
	refer.Reads = true
	desk := free(actionDesk, atDesk)
	desk.Reads = true
	return []policy.Action{
		desk, record, find, list, read, refer, free(actionSend, anywhere),
		on(actionCorrect, KindComplaint, anywhere, roleChief, "register.complaint-corrected"),
		on(actionAttach, KindComplaint, anywhere, roleChief, "register.files-attached"),
		on(actionVerify, KindComplaint, byTask, roleChief, "register.complaint-verified"),
		on(actionPropose, KindComplaint, byTask, roleChief, "register.closing-proposed"),
		on(actionClose, KindComplaint, byTask, roleChief, "register.complaint-closed", "register.closing-declined"),
		on(actionOffer, KindComplaint, byTask, roleChief, "register.transfer-offered"),
		on(actionAnswer, KindTransfer, byTask, roleChief, "register.transfer-answered", "register.line-written"),
		on(actionTell, KindComplaint, byTask, roleChief, "register.outcome-told"),
		free(actionWrite, byTask, "register.line-written"),
		free(actionHandover, byTask, "register.handover-given", "register.line-written"),
		on(actionTake, KindHandover, byTask, roleChief, "register.handover-taken"),
	}
}

// custodyActions are those of the custody register and the prosecution's seat.
func custodyActions() []policy.Action {
	on := func(name string, purposes []policy.PurposeKind, may string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: KindCustody, Purposes: purposes, Appends: appends, MayAllow: may}
	}
	free := func(name string, purposes []policy.PurposeKind, appends ...string) policy.Action {
		return policy.Action{Name: name, Purposes: purposes, Binds: policy.BindActor, Appends: appends, MayAllow: roleChief}
	}
	open := free(actionOpen, byCase, append([]string{"register.custody-opened", "register.custody-declined", "register.line-written"}, index.Drafted()...)...)
	board, sheet, inspect := free(actionBoard, anywhere), on(actionSheet, anywhere, roleChief), on(actionInspect, atDesk, roleProsecutor)
	open.Reads, board.Reads, sheet.Reads, sheet.BreakGlass, inspect.Reads = true, true, true, true, true
	detained := on(actionDetained, anywhere, roleChief)
	detained.Binds = policy.BindActor
	seat := policy.Action{Name: actionSeat, Purposes: atDesk, Binds: policy.BindActor, Reads: true, MayAllow: roleProsecutor}
	return []policy.Action{
		board, open, detained, sheet, seat, inspect,
		on(actionNote, []policy.PurposeKind{policy.Task, policy.Case}, roleChief, "register.event-noted"),
		on(actionAsk, byCase, roleChief, "register.extension-asked"),
		on(actionEnd, byCase, roleChief, "register.custody-ended", "register.custody-overran", "register.line-written"),
		free(actionSendList, byTask, "register.list-sent"),
		on(actionSeen, atDesk, roleProsecutor),
		on(actionDecide, atDesk, roleProsecutor, "register.extension-decided").Freshly(),
		on(actionVisa, atDesk, roleProsecutor, "register.event-noted"),
		{Name: actionReadList, Resource: KindList, Purposes: atDesk, Reads: true, MayAllow: roleProsecutor},
		{Name: actionTakeList, Resource: KindList, Purposes: atDesk, Appends: []string{"register.list-taken"}, MayAllow: roleProsecutor},
		{Name: actionWatch, System: true, Appends: []string{"register.custody-overran", "register.line-written"}},
	}
}
