package web

import (
	"net/http"
	"net/url"
	"strings"
)

// Serve lets a standard handler answer. What it writes is gathered, and
// released as everything else is: after the access, if one is due.
func (r *Request) Serve(h http.Handler, as *http.Request) error {
	h.ServeHTTP(r.out, as)
	return nil
}

// LeadsTo lets the forms of this page end at another site: browsers hold a
// form's redirects to the content policy of its page. An address that is not
// http(s) changes nothing.
func (r *Request) LeadsTo(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(u.Host, "; ,'\"") {
		return
	}
	r.out.Header().Set("Content-Security-Policy", strings.Replace(policyHeader, "form-action 'self'", "form-action 'self' "+u.Scheme+"://"+u.Host, 1))
}

// Leave sends the reader on to another site (303). The caller has checked that
// the address is one of those it knows.
func (r *Request) Leave(address string) error {
	r.out.Header().Set("Location", address)
	r.out.WriteHeader(http.StatusSeeOther)
	return nil
}
