package trust

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// question is one that waits, as it is shown.
type question struct {
	provider.Asked
	i      Institution
	wanted []provider.Wanted
	low    bool // the citizen must first prove themselves better
}

// listQuestions shows a citizen what waits for their answer.
func (s *Service) listQuestions(r *web.Request) error {
	h, err := s.mine(r)
	if err != nil {
		return s.toSignIn(r, err)
	}
	return s.showQuestions(r, http.StatusOK, h, "", nil)
}

func (s *Service) showQuestions(r *web.Request, status int, h Holder, code string, wrong error) error {
	all, err := s.Waiting(r.Context(), h.Citizen)
	if err != nil {
		return err
	}
	var shown []question
	for _, a := range all {
		i, err := s.open(r.Context(), ident.ID(a.Client))
		if fault.Is(err, fault.NotFound) {
			continue // it was closed since
		}
		if err != nil {
			return err
		}
		shown = append(shown, question{a, i, known(a.Wanted), h.Level < max(a.Level, i.Current.Level)})
	}
	v := r.View(r.T("trust.ask.title"))
	v.Citizen, v.Rail = true, nil
	r.Refresh(10)
	return r.Render(status, ui.Page(v), questionsBody(s, r, shown, code, wrong))
}

// drawCode draws a code for a counter and shows it.
func (s *Service) drawCode(r *web.Request) error {
	h, err := s.mine(r)
	if err != nil {
		return s.toSignIn(r, err)
	}
	code, err := s.CounterCode(r.Context(), h)
	if err != nil {
		return err
	}
	return s.showQuestions(r, http.StatusOK, h, code, nil)
}

// answerQuestion takes a citizen's answer.
func (s *Service) answerQuestion(r *web.Request) error {
	h, err := s.mine(r)
	if err != nil {
		return s.toSignIn(r, err)
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	answer := form.Get("answer")
	if answer != "agree" && answer != "refuse" {
		return s.showQuestions(r, http.StatusUnprocessableEntity, h, "", fault.New(fault.Invalid, "form.choose"))
	}
	err = s.AnswerQuestion(r.Context(), h, id, answer == "agree", form["claim"])
	if fault.Is(err, fault.Conflict) {
		return s.showQuestions(r, http.StatusConflict, h, "", err)
	}
	if err != nil {
		return err
	}
	return r.Redirect(pathQuestions)
}
