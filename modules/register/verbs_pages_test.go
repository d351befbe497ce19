package register_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// smallForm is a page that asks what one verb needs.
type smallForm struct {
	name  string
	who   string
	verb  string                                                           // its words stand under register.act.<verb>
	make  func(s *site) (path string, purpose policy.Purpose, id ident.ID) // the record it is about
	wrong url.Values
	keys  map[string]string // field → what is wrong
	right url.Values
	back  string // where it goes on to, with the id after it
	kinds []string
}

// onComplaint puts a complaint into a state and gives the path of a verb on it.
func onComplaint(state register.State, verb string) func(*site) (string, policy.Purpose, ident.ID) {
	return func(s *site) (string, policy.Purpose, ident.ID) {
		c := s.put(state)
		return "/register/complaints/" + string(c.ID) + "/" + verb, policy.Purpose{}, c.ID
	}
}

// onCustody opens a custody and gives the path of a verb on it.
func onCustody(base, verb string, seat bool) func(*site) (string, policy.Purpose, ident.ID) {
	return func(s *site) (string, policy.Purpose, ident.ID) {
		c, p := s.hold(s.arrested("theft-simple"))
		if seat {
			p = control
		}
		return base + string(c.ID) + "/" + verb, p, c.ID
	}
}

const (
	complaints = "/register/complaints/"
	custodies  = "/custody/"
	seats      = "/prosecution/custody/"
)

var deskForms = []smallForm{
	{"correct", "desk", "correct", onComplaint(register.Recorded, "correct"), url.Values{"field": {"soul"}}, map[string]string{"field": "form.choose", "words": "form.required"},
		url.Values{"field": {"place"}, "words": {"Devant la poste."}}, complaints, []string{"complaint-corrected"}},
	{"attach", "desk", "attach", onComplaint(register.Recorded, "attach"), url.Values{}, map[string]string{"files.file": "form.required"}, nil, complaints, nil},
	{"verify", "desk", "verify", onComplaint(register.Verifying, "verify"), url.Values{"serious": {"yes"}}, map[string]string{"act": "form.required", "words": "form.required"},
		url.Values{"serious": {"yes"}, "act": {"114/2026"}, "words": {"Pr\u00e9cis."}}, complaints, []string{"complaint-verified"}},
	{"verify neither", "desk", "verify", onComplaint(register.Verifying, "verify"), url.Values{"words": {"x"}}, map[string]string{"serious": "form.choose"},
		url.Values{"serious": {"no"}, "words": {"Vague."}}, complaints, []string{"complaint-verified"}},
	{"close", "desk", "close", onComplaint(register.Recorded, "close"), url.Values{}, map[string]string{"reason": "form.required"},
		url.Values{"reason": {"Sans suite."}}, complaints, []string{"closing-proposed"}},
	{"decide", "night", "decide", onComplaint(register.Proposed, "decide"), url.Values{"words": {"x"}}, map[string]string{"agree": "form.choose"},
		url.Values{"agree": {"yes"}}, complaints, []string{"complaint-closed"}},
	{"decline", "night", "decide", onComplaint(register.Proposed, "decide"), url.Values{"agree": {"no"}}, map[string]string{"words": "form.required"},
		url.Values{"agree": {"no"}, "words": {"Non."}}, complaints, []string{"closing-declined"}},
	{"transfer", "desk", "transfer", onComplaint(register.Recorded, "transfer"), url.Values{"to": {"nowhere"}}, map[string]string{"to": "form.choose", "words": "form.required"}, nil, complaints, nil},
	{"tell", "desk", "tell", onComplaint(register.Recorded, "tell"), url.Values{}, map[string]string{"outcome": "form.choose", "channel": "form.choose", "at": "form.required"},
		url.Values{"outcome": {"pending"}, "channel": {"phone"}, "at": {"T"}}, complaints, []string{"outcome-told"}},
	{"tell at no time", "desk", "tell", onComplaint(register.Recorded, "tell"), url.Values{"outcome": {"pending"}, "channel": {"phone"}, "at": {"soon"}}, map[string]string{"at": "form.unreadable"}, nil, complaints, nil},
}

var custodyForms = []smallForm{
	{"event", "opj", "event", onCustody(custodies, "event", false), url.Values{"kind": {"rights"}, "at": {"never"}}, map[string]string{"at": "form.unreadable"},
		url.Values{"kind": {"rights"}, "at": {"-2"}, "language": {"arabe"}, "remarks": {"Signe."}}, custodies, []string{"event-noted"}},
	{"event of another kind", "opj", "event", onCustody(custodies, "event", false), url.Values{"kind": {"release"}, "at": {"-2"}}, map[string]string{"kind": "form.choose"}, nil, custodies, nil},
	{"ask", "opj", "ask-extension", onCustody(custodies, "extension", false), url.Values{}, map[string]string{"words": "form.required"},
		url.Values{"words": {"T\u00e9moins."}}, custodies, []string{"extension-asked"}},
	{"end", "opj", "end", onCustody(custodies, "end", false), url.Values{"how": {"escape"}, "at": {"T"}}, map[string]string{"how": "form.choose", "words": "form.required"},
		url.Values{"how": {"release"}, "at": {"T"}, "words": {"Aucune charge."}}, custodies, []string{"custody-ended", "line-written"}},
	{"end at no time", "opj", "end", onCustody(custodies, "end", false), url.Values{"how": {"release"}, "at": {"x"}, "words": {"x"}}, map[string]string{"at": "form.unreadable"}, nil, custodies, nil},
	{"decide", "prosecutor", "extension", onCustody(seats, "extension", true), url.Values{"words": {"Vu."}}, map[string]string{"agree": "form.choose"},
		url.Values{"agree": {"no"}, "words": {"Insuffisant."}}, seats, []string{"extension-decided"}},
	{"grant", "prosecutor", "extension", onCustody(seats, "extension", true), url.Values{"agree": {"yes"}}, map[string]string{"act": "form.required", "words": "form.required"},
		url.Values{"agree": {"yes"}, "act": {"22/2026"}, "ground": {"ensure-presence"}, "words": {"Vu."}}, seats, []string{"extension-decided"}},
	{"visa", "prosecutor", "visa", onCustody(seats, "visa", true), url.Values{"remarks": {"a\x00"}}, map[string]string{"remarks": "text.control-character"},
		url.Values{"remarks": {"Vu."}}, seats, []string{"event-noted"}},
}

// TestEachSmallForm: in each language it has its heading; sent wrong, it comes
// back under 422 with what is wrong at each field and what was typed; sent right,
// it goes back to its record and leaves its entries.
func TestEachSmallForm(t *testing.T) {
	s := newSite(t)
	for _, f := range append(deskForms, custodyForms...) {
		client := s.browser(f.who)
		t.Run(f.name, func(t *testing.T) {
			h := s.with(t)
			path, purpose, id := f.make(&site{house: h})
			if !purpose.IsZero() {
				client = client.Under(purpose.String())
			}
			for _, lang := range text.Langs() {
				w := s.k.Texts.In(lang)
				page := client.Speak(string(lang)).Get(path)
				if page.Status != 200 || page.Lang() != string(lang) || page.Heading() != w.T("register.act."+f.verb) {
					t.Fatalf("%s: %d %s %q", lang, page.Status, page.Lang(), page.Heading())
				}
				if got := h.during(func() { page = client.Post(path, with(page.Fields(path), f.wrong)) }); len(got) > 0 {
					t.Errorf("%s: a wrong form appended %q", lang, got)
				}
				if page.Status != 422 {
					t.Errorf("%s: %d", lang, page.Status)
				}
				f.blamed(t, w, page, path)
			}
			if f.right == nil {
				return
			}
			var page *kerneltest.Page
			h.leaves(func() error { page = client.Post(path, with(client.Get(path).Fields(path), f.right)); return nil }, f.kinds...)
			if page.Status != 303 || page.Header.Get("Location") != f.back+string(id) {
				t.Errorf("%d to %s", page.Status, page.Header.Get("Location"))
			}
		})
	}
	s.sound()
}

// blamed checks that exactly the fields of the table are named, each with its words.
func (f smallForm) blamed(t *testing.T, w *text.Words, page *kerneltest.Page, path string) {
	t.Helper()
	errs := page.Errors()
	for field, key := range f.keys {
		if !strings.Contains(errs[field], w.T(key)) {
			t.Errorf("at %s %q, want %q", field, errs[field], w.T(key))
		}
	}
	if len(errs) != len(f.keys) {
		t.Errorf("blamed %v", errs)
	}
	for _, name := range []string{"words", "at"} {
		if kept := page.Fields(path).Get(name); kept != f.wrong.Get(name) {
			t.Errorf("%s %q is not kept: %q", name, f.wrong.Get(name), kept)
		}
	}
}

// with fills a form in.
func with(form, typed url.Values) url.Values {
	out := url.Values{}
	for name, values := range form {
		out[name] = values
	}
	for name, values := range typed {
		out[name] = values
	}
	return out
}

// TestAFormOnAnOldPageComesBack: what somebody else changed meanwhile is said in
// the reader's words under 409, with what was typed; the form of the page as it is
// goes through.
func TestAFormOnAnOldPageComesBack(t *testing.T) {
	s := newSite(t)
	c := s.record()
	desk := s.browser("desk")
	path := complaints + string(c.ID) + "/close"
	page := desk.Get(path + "?version=1")
	form := with(page.Fields(path), url.Values{"reason": {"Sans suite."}})
	if form.Get("version") != "1" {
		t.Fatalf("the form holds %v", form)
	}
	s.must(s.CorrectComplaint(ctx, s.may("night", toCorrect, c.ID), c.ID, "place", "Devant la poste."))
	for _, lang := range text.Langs() {
		got := s.during(func() { page = desk.Speak(string(lang)).Post(path, form) })
		if page.Status != 409 || len(got) > 0 || !strings.Contains(page.Text(), s.k.Texts.In(lang).T("fault.conflict")) || page.Fields(path).Get("reason") != "Sans suite." {
			t.Errorf("%s: %d %q %.300s", lang, page.Status, got, page.Text())
		}
	}
	form.Set("version", "2")
	s.leaves(func() error { page = desk.Post(path, form); return nil }, "closing-proposed")
}

// TestATransferByForm: offered from the page of the complaint to a unit of the
// list, answered from the tasks of the other unit, in its own words.
func TestATransferByForm(t *testing.T) {
	s := newSite(t)
	c := s.record()
	desk, other := s.browser("desk"), s.browser("other")
	path := complaints + string(c.ID) + "/transfer"
	page := desk.Get(path)
	if options := page.Options("to"); len(options) < 2 {
		t.Fatalf("units %q", options)
	}
	form := with(page.Fields(path), url.Values{"to": {string(s.unit["KEN-02"])}, "words": {"Faits commis chez vous."}})
	s.leaves(func() error { desk.Post(path, form); return nil }, "transfer-offered")
	at := other.Get("/").LinkTo("/register/transfers/")
	if at == "" {
		t.Fatal("the other unit has no task")
	}
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page = other.Speak(string(lang)).Get(at)
		if page.Status != 200 || page.Heading() != w.T("register.act.answer") || !strings.Contains(page.Text(), w.T("register.accept.yes")) {
			t.Errorf("%s: %d %q", lang, page.Status, page.Heading())
		}
		page = other.Post(at, url.Values{"agree": {""}})
		if page.Status != 422 || !strings.Contains(page.Errors()["agree"], w.T("form.choose")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
		if page = other.Post(at, url.Values{"agree": {"no"}}); !strings.Contains(page.Errors()["words"], w.T("form.required")) {
			t.Errorf("%s: %v", lang, page.Errors())
		}
	}
	s.leaves(func() error { page = other.Post(at, url.Values{"agree": {"yes"}}); return nil }, "transfer-answered", "line-written")
	if page.Status != 303 || page.Header.Get("Location") != "/register" {
		t.Errorf("%d to %s", page.Status, page.Header.Get("Location"))
	}
	if page = other.Post(at, url.Values{"agree": {"yes"}}); page.Status != 409 {
		t.Errorf("answered twice: %d", page.Status)
	}
	if page = desk.Get(complaints + string(c.ID)); page.Status != 403 {
		t.Errorf("the former unit still reads: %d", page.Status)
	}
}
