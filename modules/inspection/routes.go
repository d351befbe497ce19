package inspection

import (
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/web"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /journal", Action: "inspection.journal.search", Handle: s.searchJournal},
		{Pattern: "GET /journal/{id}", Action: "inspection.entry.read", Handle: s.readEntry},
		{Pattern: "GET /journal/{id}/proof", Action: "inspection.entry.read", Handle: s.giveProof},
		{Pattern: "GET /accesses", Action: "inspection.access.search", Handle: s.searchAccesses},
		{Pattern: "GET /history/{kind}/{id}", Action: "inspection.record.history", Handle: s.showHistory},
		{Pattern: "POST /history/{kind}/{id}/hold", Action: "inspection.record.hold", Handle: s.holdRecord},
		{Pattern: "POST /history/{kind}/{id}/lift", Action: "inspection.record.lift", Handle: s.liftHold},
		{Pattern: "GET /verification", Action: "inspection.store.report", Handle: s.showReport},
		{Pattern: "POST /verification", Action: "inspection.store.verify", Handle: s.verifyStore},
		{Pattern: "POST /verification/checkpoint", Action: "inspection.checkpoint.print", Handle: s.printCheckpoint},
		{Pattern: "GET /health", Open: "machines ask whether the service is well; alarms hold no personal datum", Handle: s.health},
		{Pattern: "POST /verification/close", Action: app.CloseAction, Handle: s.closePeriod},
	}
}
