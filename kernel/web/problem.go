package web

import (
	"encoding/json"
	"net/url"
	"reflect"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func escape(s string) string { return url.QueryEscape(s) }

func funcPC(f any) uintptr { return reflect.ValueOf(f).Pointer() }

// problemPage is a refusal that says who may allow it, or a failure that says
// what to do.
func (s *Server) problemPage(r *Request, err error, f *fault.Error, reference string) templ.Component {
	if f.Kind == fault.Refused {
		refusal := ui.Refusal{Why: r.Words.Fault(f), Glass: s.glass(r)}
		if _, _, err := s.asked(r.Pattern); err == nil && r.Session != nil {
			refusal.Act = r.Pattern
		}
		if who, ok := f.Args["who"].(string); ok && who != "" {
			refusal.Who = []string{r.T("who." + who)}
		}
		return refusal.Show(r.Words, r.View(""))
	}
	retry := ""
	if r.Method == "GET" && f.Kind != fault.NotFound && f.Kind != fault.Invalid { // trying again would say the same
		retry = r.URL.RequestURI()
	}
	return ui.Problem{Fault: err, Reference: reference, Retry: retry}.Show(r.Words)
}

// problem is RFC 9457, with the stable code of the fault.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      string         `json:"code"`
	Reference string         `json:"reference,omitempty"`
	Fields    []problemField `json:"fields,omitempty"`
}

type problemField struct {
	Field string `json:"field"`
	Code  string `json:"code"`
	Says  string `json:"says"`
}

func (s *Server) problemDocument(r *Request, err error, reference string) {
	f := fault.Of(err)
	p := problem{Type: "about:blank", Title: r.Words.Fault(f), Status: f.Kind.Status(), Code: f.Key, Reference: reference}
	for _, one := range fault.All(err) {
		if one.Field != "" {
			p.Fields = append(p.Fields, problemField{one.Field, one.Key, r.Words.Fault(one)})
		}
	}
	r.out.Header().Set("Content-Type", "application/problem+json")
	r.out.WriteHeader(p.Status)
	if e := json.NewEncoder(r.out).Encode(p); e != nil {
		s.Log.ErrorContext(r.Context(), "no document for a problem", "err", e)
	}
}
