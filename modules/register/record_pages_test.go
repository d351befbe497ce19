package register_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// shows checks that a page is whole and says each of some words.
func shows(t *testing.T, page *kerneltest.Page, words ...string) {
	t.Helper()
	said := page.Text()
	if page.Status != 200 || strings.Contains(said, "\u27e6") {
		t.Errorf("%s: %d %.200s", page.Path, page.Status, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("%s does not say %q", page.Path, w)
		}
	}
}

// TestThePageOfALivedRecord: in each language everything that was written about a
// complaint and a custody stands on its page, in words, with its law.
func TestThePageOfALivedRecord(t *testing.T) {
	s := newSite(t)
	l := liveIn(s.house)
	s.CaseLabel = func(context.Context, ident.ID) (string, string) { return "7/KEN-VILLE-BPJ/2026", "/cases/7" }
	desk, opj, seat := s.browser("desk"), s.browser("opj").Under(l.work.String()), s.browser("prosecutor").Under(control.String())
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := desk.Speak(string(lang)).Get(complaints + string(l.complaints[0]))
		shows(t, page, "1/KEN-01/2026", "Xplace", "Xfacts", "Xthing", "Xserial", "Xfile.txt", "Xfix", "7/KEN-VILLE-BPJ/2026", w.T("register.correct.facts"), w.T("register.outcome.pending"),
			w.T("register.role.complainant"), w.T("register.party.unknown"), w.T("register.state.referred"), w.T("register.complaint.told"), w.Number(4200))
		if rtl := page.Dir() == "rtl"; rtl != (lang == text.AR) {
			t.Errorf("%s runs %s", lang, page.Dir())
		}
		shows(t, desk.Get(complaints+string(l.complaints[1])), "2/KEN-01/2026", "114/2026", "Xclosing", w.T("register.state.closed"), w.T("register.origin.anonymous"))
		for _, page := range []*kerneltest.Page{opj.Speak(string(lang)).Get(custodies + string(l.custodies[0])), seat.Speak(string(lang)).Get(seats + string(l.custodies[0]))} {
			shows(t, page, "Xreasons", "Xhealth", "Xvisa", "Xend", "Xdecision", "22/2026", w.T("register.phase.start"), w.T("register.decision.granted"), w.T("register.decision.declined"),
				w.T("register.authority.prosecutor"), w.T("register.custody.state.ended"), w.T("register.ending.release"), w.T("register.custody.overran"), "7/KEN-VILLE-BPJ/2026")
			if acts := page.LinkTo(custodies + string(l.custodies[0]) + "/"); strings.HasSuffix(acts, "/end") || strings.HasSuffix(acts, "/event") {
				t.Errorf("an ended custody offers %s", acts)
			}
		}
		shows(t, opj.Get(custodies+string(l.custodies[1])), "Xrefused", w.T("register.custody.state.refused"))
	}
	for _, subject := range slices.Concat(l.complaints, l.custodies, l.persons) {
		l.erase(subject)
	}
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		shows(t, desk.Speak(string(lang)).Get(complaints+string(l.complaints[0])), w.T("register.erased"), "1/KEN-01/2026")
		shows(t, opj.Speak(string(lang)).Get(custodies+string(l.custodies[0])), w.T("register.erased"))
	}
}

// TestThePanelsOfACase: the complaints it came from and who was held for it, and
// nothing where there is neither.
func TestThePanelsOfACase(t *testing.T) {
	s := newSite(t)
	l := liveIn(s.house)
	opj := s.browser("opj").Under(l.work.String())
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := opj.Speak(string(lang)).Get("/case/" + string(l.work.Ref.ID))
		shows(t, page, w.T("register.panel.complaints"), w.T("register.panel.custodies"), "1/KEN-01/2026", "Y. B.", w.T("register.custody.state.ended"), w.T("register.custody.state.refused"))
		for _, href := range []string{complaints + string(l.complaints[0]), custodies + string(l.custodies[0]), custodies + string(l.custodies[1])} {
			if page.Links()[href] == "" {
				t.Errorf("%s: no link to %s", lang, href)
			}
		}
		if strings.Contains(page.Text(), "Benmoussa") {
			t.Error("the panel names who was held")
		}
	}
	empty := s.newCase("*")
	page := s.browser("opj").Under(empty.String()).Get("/case/" + string(empty.Ref.ID))
	if w := s.k.Texts.In(text.FR); page.Status != 200 || strings.Contains(page.Text(), w.T("register.panel.complaints")) {
		t.Errorf("%d %.200s", page.Status, page.Text())
	}
}

// TestTheDeskListsItsComplaints: newest first, by state, in pages of fifty, of the
// reader's own unit; and the act that a state allows first.
func TestTheDeskListsItsComplaints(t *testing.T) {
	s := newSite(t)
	g := s.grant("desk", "register.complaint.record", res0)
	for range 51 {
		_ = must(s.RecordComplaint(ctx, g, s.theft()))
	}
	waiting, closing := s.put(register.Verifying), s.put(register.Proposed)
	desk := s.browser("desk")
	first := desk.Get("/register")
	shows(t, first, closing.Number)
	if strings.Contains(first.Text(), " 3/KEN-01/2026") {
		t.Error("the first page holds the oldest")
	}
	next := first.LinkTo("/register?")
	for href := range first.Links() {
		if strings.HasPrefix(href, "/register?after=") || strings.Contains(href, "&after=") {
			next = href
		}
	}
	if page := desk.Get(next); !strings.Contains(page.Text(), "1/KEN-01/2026") || page.Links()[complaints+string(closing.ID)] != "" {
		t.Errorf("%s does not hold the oldest: %.300s", next, page.Text())
	}
	for state, id := range map[register.State]ident.ID{register.Verifying: waiting.ID, register.Proposed: closing.ID} {
		links := desk.Get("/register?state=" + string(state)).Links()
		if links[complaints+string(id)] == "" || links[complaints+string(waiting.ID)] != "" && id != waiting.ID {
			t.Errorf("%s: %v", state, links)
		}
	}
	if page := s.browser("other").Get("/register"); page.LinkTo(complaints+string(closing.ID)) != "" {
		t.Error("another unit lists them")
	}
	s.clock.Advance(16 * 24 * time.Hour)
	desk = s.browser("desk") // the session ended long ago
	for _, lang := range text.Langs() {
		shows(t, desk.Speak(string(lang)).Get("/"), s.k.Texts.In(lang).T("register.act.tell"))
	}
}

// TestWhatEachStateOffers: the page offers the acts of the state and of the reader,
// and says why the one that the law withholds is not there.
func TestWhatEachStateOffers(t *testing.T) {
	s := newSite(t)
	for state, want := range map[register.State]map[string][]string{
		register.Verifying: {"desk": {"verify", "attach", "correct", "close"}},
		register.Recorded:  {"desk": {"tell", "attach", "correct", "transfer", "close"}},
		register.Moving:    {"desk": {"tell", "attach", "correct"}},
		register.Proposed:  {"desk": {"tell", "attach", "correct"}, "night": {"decide", "tell", "attach", "correct"}},
		register.Referred:  {"desk": {"tell", "attach", "correct"}},
		register.Closed:    {"desk": {"tell", "attach", "correct"}},
	} {
		t.Run(string(state), func(t *testing.T) {
			c := s.with(t).put(state)
			for who, verbs := range want {
				page := s.browser(who).Get(complaints + string(c.ID))
				var got []string
				for _, verb := range []string{"verify", "decide", "tell", "attach", "correct", "transfer", "close"} {
					if page.Links()[complaints+string(c.ID)+"/"+verb] != "" {
						got = append(got, verb)
					}
				}
				if !slices.Equal(got, verbs) {
					t.Errorf("%s is offered %q, want %q", who, got, verbs)
				}
				withheld := s.k.Texts.In(text.FR).T("register.fault.not-verified", "law", "CPP 40")
				if strings.Contains(page.Text(), withheld) != (state == register.Verifying) {
					t.Errorf("%s: the reason that the law withholds it: %.300s", who, page.Text())
				}
			}
		})
	}
}

// TestTheFormOfAComplaintBlamesItsFields: what cannot be read is said at its
// field, in the reader's language, together, with everything else kept.
func TestTheFormOfAComplaintBlamesItsFields(t *testing.T) {
	s := newSite(t)
	desk := s.browser("desk")
	const path = "/register/complaints"
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		form := desk.Speak(string(lang)).Get(path + "/new").Fields(path)
		form = with(form, url.Values{"at": {"soon"}, "facts_on": {"31/31/2026"}, "facts": {"Un inconnu."}, "place": {"Ici"}, "offence": {"theft-simple"}, "complainant.family": {"Essaadi"},
			"things.0.kind": {"phone"}, "things.0.description": {"Noir"}, "things.0.value": {"beaucoup"}})
		var page *kerneltest.Page
		if got := s.during(func() { page = desk.Post(path, form) }); len(got) > 0 || page.Status != 422 {
			t.Fatalf("%d %q", page.Status, got)
		}
		errs := page.Errors()
		for field, key := range map[string]string{"at": "form.unreadable", "facts_on": "form.unreadable", "things.0.value": "form.not-a-number"} {
			if !strings.Contains(errs[field], w.T(key)) {
				t.Errorf("%s, %s: %q", lang, field, errs[field])
			}
		}
		if kept := page.Fields(path); kept.Get("things.0.value") != "beaucoup" || kept.Get("facts_on") != "31/31/2026" || kept.Get("complainant.family") != "Essaadi" || kept.Get("submission") != form.Get("submission") {
			t.Errorf("%s: kept %v", lang, kept)
		}
	}
}

// TestAChosenPersonIsShown: a person picked from the index stands in the form by
// name; an id of nobody shows nobody and is refused when sent.
func TestAChosenPersonIsShown(t *testing.T) {
	s := newSite(t)
	known := must(s.Complaint(ctx, s.record().ID)).Persons(register.Complainant)[0]
	desk := s.browser("desk")
	const path = "/register/complaints"
	form := with(desk.Get(path+"/new").Fields(path), url.Values{"complainant": {"person/" + string(known)}, "facts_on": {"21/11/2026"}, "place": {"Ici"}, "facts": {"Vol."}, "offence": {"theft-simple"}})
	page := desk.Post(path, with(form, url.Values{"facts": {""}}))
	if page.Status != 422 || !strings.Contains(page.Text(), "Essaadi") || page.Errors()["facts"] == "" {
		t.Errorf("%d %v", page.Status, page.Errors())
	}
	page = desk.Post(path, with(form, url.Values{"complainant": {"person/" + string(s.ids.New())}}))
	if w := s.k.Texts.In(text.FR); page.Status != 422 || !strings.Contains(page.Errors()["complainant.q"], w.T("register.fault.no-person")) {
		t.Errorf("%d %v", page.Status, page.Errors())
	}
	s.leaves(func() error { desk.Post(path, form); return nil }, "complaint-recorded", "line-written")
}

// TestAnAttachmentAtThePages: shown to who may read, small where it is a picture,
// given up before it is attached; what is not there, or is no picture, is said so.
func TestAnAttachmentAtThePages(t *testing.T) {
	s := newSite(t)
	c := s.record()
	desk := s.browser("desk")
	picture := image.NewGray(image.Rect(0, 0, 40, 30))
	picture.SetGray(3, 3, color.Gray{Y: 200})
	var raw bytes.Buffer
	s.must(png.Encode(&raw, picture))
	info := must(s.k.Blobs.Put(ctx, blobs.Offer{Subject: string(c.ID), Name: "vue.png", MIME: "image/png"}, &raw, blobs.Limits{}))
	s.must(s.AttachFiles(ctx, s.may("desk", toAttach, c.ID), c.ID, []blobs.Info{info}))
	href := complaints + string(c.ID) + "/files/" + string(info.Address)
	if page := desk.Get(complaints + string(c.ID)); page.LinkTo(href) != href || !bytes.Contains(page.Body, []byte(href+"?preview")) {
		t.Error("the page does not show the picture")
	}
	if page := desk.Get(href); page.Status != 200 || !bytes.HasPrefix(page.Body, []byte("\x89PNG")) {
		t.Errorf("whole: %d", page.Status)
	}
	if page := desk.Get(href + "?preview"); page.Status != 200 || page.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("small: %d %s", page.Status, page.Header.Get("Content-Type"))
	}
	if page := desk.Get(complaints + string(c.ID) + "/files/" + strings.Repeat("0", 64)); page.Status != 404 {
		t.Errorf("a file that is not there: %d", page.Status)
	}
	if page := s.browser("other").Get(href); page.Status != 403 {
		t.Errorf("another unit: %d", page.Status)
	}
	other := s.record()
	if page := desk.Get(complaints + string(other.ID) + "/files/" + string(info.Address)); page.Status != 404 {
		t.Errorf("under another complaint: %d", page.Status)
	}
}

// TestAnUploadIsGivenUp: what was sent and is not wanted is dropped by its sender
// and by nobody else, and a form that still names it is told so.
func TestAnUploadIsGivenUp(t *testing.T) {
	s := newSite(t)
	desk, night := s.as(units.Role(s.who["desk"])), s.as(units.Role(s.who["night"]))
	send := func(by *visitor, method, path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return by.do(r)
	}
	begin := "/register/files/" + string(s.ids.New())
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte("note.txt")) + ",filetype " + base64.StdEncoding.EncodeToString([]byte("text/plain"))
	at := send(desk, "POST", begin, "Upload-Length", "5", "Upload-Metadata", meta).Header().Get("Location")
	if !strings.HasPrefix(at, begin+"/") {
		t.Fatalf("the upload is at %q", at)
	}
	for _, tc := range []struct {
		name    string
		by      *visitor
		method  string
		path    string
		headers []string
		status  int
	}{
		{"no length", desk, "POST", begin, []string{"Upload-Metadata", meta}, 422},
		{"broken words", desk, "POST", begin, []string{"Upload-Length", "5", "Upload-Metadata", "filename ???"}, 422},
		{"no offset", desk, "PATCH", at, nil, 422},
		{"another drops it", night, "DELETE", at, nil, 404},
		{"the sender drops it", desk, "DELETE", at, nil, 204},
		{"it is gone", desk, "HEAD", at, nil, 404},
	} {
		if got := send(tc.by, tc.method, tc.path, tc.headers...); got.Code != tc.status {
			t.Errorf("%s: %d, want %d", tc.name, got.Code, tc.status)
		}
	}
	path := complaints + string(s.record().ID) + "/attach"
	s.refusedPage(t, func() int {
		return desk.post(path, url.Values{"files": {at[strings.LastIndex(at, "/")+1:]}}).Code
	}, http.StatusUnprocessableEntity)
}

// TestTheJudgeAtTheSeat: in each language the judge of the court finds the custody
// under letters rogatory that they were asked to extend, with who asks, no visa to
// put on it, and extends it; the prosecution, who controls it, is offered the visa
// and no decision.
// Law: CPP 66; CPP 191
func TestTheJudgeAtTheSeat(t *testing.T) {
	s := newSite(t)
	in := s.arrested("theft-simple")
	in.Special = "rogatory"
	c, p := s.hold(in)
	at := seats + string(c.ID)
	judge, seat := s.browser("judge").Under(control.String()), s.browser("prosecutor").Under(control.String())
	if page := judge.Get("/prosecution/custody"); page.Status != 200 || page.LinkTo(at) != "" || judge.Get(at).Status != http.StatusForbidden {
		t.Errorf("before they are asked: %d, led to %q", page.Status, page.LinkTo(at))
	}
	s.must(s.AskExtension(ctx, s.held("opj", "register.extension.ask", c.ID, p), c.ID, "T\u00e9moins."))
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		if page := judge.Speak(string(lang)).Get("/prosecution/custody"); page.LinkTo(at) == "" {
			t.Errorf("%s: the judge does not find it", lang)
		}
		shows(t, judge.Get("/"), c.Number, w.T("register.act.extension"))
		page := judge.Get(at)
		shows(t, page, w.T("register.custody.asked-of"), s.units.UnitName(ctx, string(lang), s.unit["TPI-KEN"]))
		if page.LinkTo(at+"/extension") == "" || page.LinkTo(at+"/visa") != "" || judge.Get(at+"/extension").Status != 200 {
			t.Errorf("%s: the judge is offered %v", lang, page.Links())
		}
		if page := seat.Speak(string(lang)).Get(at); page.LinkTo(at+"/extension") != "" || page.LinkTo(at+"/visa") == "" {
			t.Errorf("%s: the prosecution is offered %v", lang, page.Links())
		}
	}
	s.leaves(func() error {
		judge.Post(at+"/extension", url.Values{"agree": {"yes"}, "act": {"22/2026"}, "ground": {"ensure-presence"}, "words": {"Vu."}})
		return nil
	}, "extension-decided")
	shows(t, judge.Get(at), "22/2026")
}

// TestTheBoardSaysWhatMatters: juveniles, requests, bells and what is due or late
// stand beside the clock in each language; the seat shows its own office's.
func TestTheBoardSaysWhatMatters(t *testing.T) {
	s := newSite(t)
	in := s.arrested("theft-simple")
	in.New.Birth = "2011"
	c, p := s.hold(in)
	s.must(s.AskExtension(ctx, s.held("opj", "register.extension.ask", c.ID, p), c.ID, "T\u00e9moins."))
	s.clock.Advance(43 * time.Hour)
	chief, seat, away := s.browser("chief"), s.browser("prosecutor").Under(control.String()), s.browser("elsewhere").Under(control.String())
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		for _, page := range []*kerneltest.Page{chief.Speak(string(lang)).Get("/custody"), seat.Speak(string(lang)).Get("/prosecution/custody")} {
			shows(t, page, "Y. B.", w.T("register.custody.juvenile"), w.T("register.custody.asked"), w.T("register.custody.bells", "n", 1, "of", 3))
		}
		shows(t, chief.Get(custodies+string(c.ID)), w.T("register.custody.is-late"), w.T("register.custody.juvenile-says"))
		shows(t, seat.Get("/"), c.Number, w.T("register.act.extension"), w.T("register.task.deadline"))
		if page := away.Speak(string(lang)).Get("/prosecution/custody"); page.Status != 200 || strings.Contains(page.Text(), "Y. B.") || !strings.Contains(page.Text(), w.T("register.list.none")) {
			t.Errorf("another office: %d %.300s", page.Status, page.Text())
		}
	}
	s.clock.Advance(6 * time.Hour)
	kinds := s.during(func() { shows(t, chief.Get("/custody"), s.k.Texts.In(text.EN).T("register.custody.overran")) })
	if !slices.Equal(kinds, []string{"custody-overran", "line-written"}) {
		t.Errorf("who looks at the board past the deadline leaves %q", kinds)
	}
	if page := s.browser("opj").Under(p.String()).Get("/custody"); page.LinkTo("/custody/new") == "" {
		t.Errorf("an officer who works on a case may open a page: %v", page.Links())
	}
	if page := chief.Get("/custody"); page.LinkTo("/custody/new") != "" {
		t.Error("without a case none is offered")
	}
}

// TestACustodyIsRefusedByForm: the form that opens a page declines one too, with
// its reason, and comes back in words where the law allows no custody.
func TestACustodyIsRefusedByForm(t *testing.T) {
	s := newSite(t)
	p := s.newCase("*")
	opj := s.browser("opj").Under(p.String())
	typed := url.Values{"person.family": {"Benmoussa"}, "person.given": {"Yassine"}, "arrest": {"-10"}, "arrival": {"-5"}, "offence": {"noise"}, "grounds": {"ensure-presence"}, "cell": {"2"}, "reasons": {"Bruit."}}
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		form := with(opj.Speak(string(lang)).Get("/custody/new").Fields("/custody"), typed)
		var page *kerneltest.Page
		if got := s.during(func() { page = opj.Post("/custody", form) }); len(got) > 0 || page.Status != 403 || !strings.Contains(page.Text(), w.T("register.fault.no-custody", "law", "CPP 66")) || page.Fields("/custody").Get("reasons") != "Bruit." {
			t.Errorf("%s: %d %q %.200s", lang, page.Status, got, page.Text())
		}
		page = opj.Post("/custody", with(form, url.Values{"arrest": {"x"}}))
		if page.Status != 422 || !strings.Contains(page.Errors()["arrest"], w.T("form.unreadable")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
		page = opj.Post("/custody", with(form, url.Values{"why": {"tired"}}))
		if page.Status != 422 || !strings.Contains(page.Errors()["why"], w.T("form.choose")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
	}
	form := with(opj.Get("/custody/new").Fields("/custody"), with(typed, url.Values{"why": {"unlawful"}}))
	s.leaves(func() error { opj.Post("/custody", form); return nil }, "index.person-recorded", "custody-declined", "line-written")
}

// TestEachEndingInWords: the page and the printed sheet of a custody that ended, or was
// refused, say how in each language and show no bare key.
func TestEachEndingInWords(t *testing.T) {
	s := newSite(t)
	p := s.newCase("*")
	open := s.grant("opj", "register.custody.open", res0, p)
	ended := map[string]ident.ID{}
	for _, how := range register.Endings() {
		c := must(s.OpenCustody(ctx, open, s.arrested("theft-simple")))
		s.end(c, p, how, s.clock.Now())
		ended[how] = c.ID
	}
	for _, why := range register.Refusals() {
		ended[why] = must(s.RefuseCustody(ctx, open, s.arrested("theft-simple"), why)).ID
	}
	opj := s.browser("opj").Under(p.String())
	for how, id := range ended {
		for _, lang := range text.Langs() {
			shows(t, opj.Speak(string(lang)).Get(custodies+string(id)), s.k.Texts.In(lang).T("register.ending."+how))
			if page := opj.Get(custodies + string(id) + "/sheet"); page.Status != 200 || !bytes.HasPrefix(page.Body, []byte("%PDF")) {
				t.Errorf("%s: the sheet: %d", how, page.Status)
			}
		}
	}
}
