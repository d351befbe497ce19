package register

import (
	"net/url"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// logPage is how many lines a page of the log book holds.
const logPage = 50

// showLog shows the log book of the unit, with a form for a free line.
func (s *Service) showLog(r *web.Request) error {
	v := url.Values{"submission": {string(s.k.Journal.NewID())}, "corrects": {r.URL.Query().Get("corrects")}}
	return s.logBook(r, v, nil)
}

func (s *Service) logBook(r *web.Request, v url.Values, wrong fault.List) error {
	var before time.Time
	if us := r.URL.Query().Get("after"); us != "" {
		before = time.UnixMicro(version(url.Values{"version": {us}})).UTC()
	}
	lines, err := s.LogBook(r.Context(), r.Actor.Unit, before, logPage+1)
	if err != nil {
		return err
	}
	next := ""
	if len(lines) > logPage {
		lines = lines[:logPage]
		next = "/log-book?after=" + itoa(lines[logPage-1].Written.UnixMicro())
	}
	for _, l := range lines {
		r.Shows(ref(KindLine, l.ID))
	}
	f := ui.Form{Words: r.Words, ID: "log-line", Action: "/log-book", Values: v, Errors: wrong, Submit: r.T("register.act.line")}
	return r.PageStatus(statusOf(wrong), r.T("register.log.title"), logView(r, f, lines, s.who(r), next))
}

// writeLine writes a free line or a correction.
func (s *Service) writeLine(r *web.Request) error {
	v, err := r.Form()
	wrong := fault.List(nil)
	if err == nil {
		in := NewLine{Submission: ident.ID(typed(v, "submission")), At: typedTime(r, v, "at", &wrong), Words: typed(v, "words"), Corrects: typedID(v, "corrects")}
		if err = wrong.Err(); err == nil {
			_, err = s.WriteLine(r.Context(), r.Grant, in)
		}
	}
	return answer(r, err, "/log-book", func(wrong fault.List) error { return s.logBook(r, v, wrong) })
}

// lineSays tells what a line is about in the reader's words.
func lineSays(r *web.Request, l Line) string {
	says := r.T("register.line."+l.Kind, "number", l.SubjectNumber)
	if l.Words != "" {
		says += " " + l.Words
	}
	return says
}

// lineHref leads to what a line speaks of.
func lineHref(l Line) string {
	switch l.Subject.Kind {
	case KindComplaint:
		return "/register/complaints/" + string(l.Subject.ID)
	case KindCustody:
		return "/custody/" + string(l.Subject.ID)
	case KindHandover:
		return "/handover"
	}
	return ""
}

// showHandover shows what stands open, and the last handover.
func (s *Service) showHandover(r *web.Request) error { return s.handoverPage(r, nil, nil) }

func (s *Service) handoverPage(r *web.Request, v url.Values, wrong fault.List) error {
	open, err := s.Open(r.Context(), r.Actor.Unit)
	if err != nil {
		return err
	}
	last, err := s.lastHandover(r.Context(), s.k.Reader, r.Actor.Unit)
	if err != nil {
		return err
	}
	if v == nil {
		v = url.Values{"submission": {string(s.k.Journal.NewID())}}
	}
	for _, c := range open.Custodies {
		r.Shows(ref(KindCustody, c.ID))
	}
	f := ui.Form{Words: r.Words, ID: "handover", Action: "/handover", Values: v, Errors: wrong, Submit: r.T("register.act.handover")}
	return r.PageStatus(statusOf(wrong), r.T("register.handover.title"), handoverView(r, f, open, last, s.who(r)))
}

// giveHandover ends a shift.
func (s *Service) giveHandover(r *web.Request) error {
	v, err := r.Form()
	if err == nil {
		_, err = s.GiveHandover(r.Context(), r.Grant, ident.ID(typed(v, "submission")), typed(v, "remarks"))
	}
	return answer(r, err, "/handover", func(wrong fault.List) error { return s.handoverPage(r, v, wrong) })
}

// takeHandover acknowledges one.
func (s *Service) takeHandover(r *web.Request) error {
	if err := s.TakeHandover(r.Context(), r.Grant, r.Resource.Ref.ID); err != nil {
		return err
	}
	return r.Redirect("/handover")
}
