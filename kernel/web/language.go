package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/text"
)

// visitCookie keeps the language that the address of a page asked for, so that
// the answer to its form and the pages behind its links are in it too.
const visitCookie = "amana-visit-lang"

// visit is how long it does: somebody else's link does not decide for good.
const visit = time.Hour

// speak finds the language of a request: the address says it, or said it on a
// page before, or it was chosen; else it is as the browser asks.
func (s *Server) speak(r *Request, session *Session) {
	if lang, ok := text.ParseLang(r.URL.Query().Get("lang")); ok {
		r.Words, r.asked = s.Texts.In(lang), true
		return
	}
	if c, err := r.Cookie(visitCookie); err == nil {
		if lang, ok := text.ParseLang(c.Value); ok {
			r.Words = s.Texts.In(lang)
			return
		}
	}
	if session != nil {
		r.Words = s.Texts.In(session.Lang)
	} else if c, err := r.Cookie(langCookie); err == nil {
		r.Words = s.Texts.In(text.Lang(c.Value))
	}
}

// keepLanguage keeps the language of a page that somebody opened, and of nothing
// that another page fetched.
func (r *Request) keepLanguage(status int) {
	if r.asked && r.Method == http.MethodGet && status == http.StatusOK && slices.Contains([]string{"", "document"}, r.Header.Get("Sec-Fetch-Dest")) {
		r.SetCookie(&http.Cookie{Name: visitCookie, Value: string(r.Words.Lang()), Path: "/", MaxAge: int(visit.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}

// forgetVisit lets the language that was chosen count again.
func (r *Request) forgetVisit() {
	r.SetCookie(&http.Cookie{Name: visitCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
