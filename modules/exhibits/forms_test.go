package exhibits_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/exhibits"
)

var languages = map[string]string{"ar": "rtl", "fr": "ltr", "en": "ltr"}

// form is a form of the module: bad answers with the key said on each field,
// and good ones with the entries they leave.
type form struct {
	who, verb string
	state     exhibits.State // of the exhibit it is about
	offered   bool           // to second, before
	bad       url.Values
	wrong     map[string]string
	good      url.Values
	leaves    string
}

// on makes the values of a form.
func on(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

// TestFormsOfAnExhibit: in three languages each form is shown whole and says
// what is wrong on its field, leaving nothing; then it takes good answers.
func TestFormsOfAnExhibit(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	second := string(s.who["second"])
	for _, f := range []form{
		{"opj", "seal", exhibits.Seized, false, on("at", "25:00"), map[string]string{"at": "date.time-unreadable"}, on("witnesses", "Driss Amrani"), "exhibit-sealed"},
		{"opj", "reseal", exhibits.Opened, false, on("at", "x"), map[string]string{"at": "date.time-unreadable"}, on("condition", "Intact"), "exhibit-resealed"},
		{"opj", "break", exhibits.Closed, false, on("seal", "1"), map[string]string{"presence": "form.choose", "present": "form.required", "reason": "form.required"}, nil, ""},
		{"opj", "store", exhibits.Closed, false, on("kept", "pound"), map[string]string{"shelf": "form.required"}, on("kept", "safe", "shelf", "A1"), "exhibit-stored"},
		{"opj", "photograph", exhibits.Closed, false, on("condition", "x"), map[string]string{"photo.file": "form.required"}, nil, ""},
		{"opj", "correct", exhibits.Stored, false, on("described", "", "category", "treasure", "quantity", "un", "place", "x"), map[string]string{"quantity": "form.unreadable"},
			on("described", "Téléphone gris", "category", "device", "quantity", "2", "measure", "piece", "place", "14, rue des Jardins"), "exhibit-corrected"},
		{"opj", "correct", exhibits.Stored, false, on("described", " ", "category", "treasure", "place", "x", "from.q", "Rachid"), map[string]string{"from.q": "exhibits.fault.no-person"}, nil, ""},
		{"opj", "offer", exhibits.Stored, false, on("destination", "owner", "unit", "KEN-VILLE-BPJ", "listed", "KEN-VILLE-BPJ", "receiver", string(s.who["opj"])),
			map[string]string{"receiver": "exhibits.fault.same-person", "authority": "form.required", "order-number": "form.required", "order-day": "form.required"},
			on("destination", "keeper", "receiver", second), "handover-offered"},
		{"opj", "offer", exhibits.Stored, false, on("destination", "keeper", "unit", "KEN-01", "listed", "KEN-VILLE-BPJ", "receiver", second), map[string]string{"receiver": "exhibits.fault.choose-receiver"}, nil, ""},
		{"opj", "withdraw", exhibits.Closed, true, on("at", "x"), map[string]string{"at": "date.time-unreadable"}, on("reason", "Erreur"), "handover-withdrawn"},
		{"second", "accept", exhibits.Closed, true, on("seal", "1"), map[string]string{"condition": "form.required"}, nil, ""},
		{"chief", "take-over", exhibits.Closed, false, on("seal", "1"), map[string]string{"condition": "form.required", "reason": "form.required"}, nil, ""},
		{"second", "refuse", exhibits.Closed, true, on("reason", " "), map[string]string{"reason": "form.required"}, on("reason", "Scellé rompu"), "handover-refused"},
	} {
		s.run(f.verb, func(t *testing.T) {
			x := s.standing(f.state, c)
			if f.offered {
				s.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
			}
			s.fill(s.desktop(f.who, c), f, "/exhibits/"+string(x.ID)+"/"+f.verb)
		})
	}
	s.sound()
}

// fill fills in a form: badly in each language, then well.
func (s *site) fill(c *kerneltest.Client, f form, path string) {
	s.t.Helper()
	for lang, dir := range languages {
		c.Speak(lang)
		w := s.k.Texts.In(text.Lang(lang))
		p := c.Get(path)
		if p.Status != http.StatusOK || p.Dir() != dir || p.Heading() != w.T("exhibits.act."+f.verb) || strings.Contains(p.Text(), "\u27e6") {
			s.t.Errorf("%s: %d %s %q", lang, p.Status, p.Dir(), p.Heading())
		}
		bad := p.Fields(path)
		maps.Copy(bad, f.bad)
		left, err := s.leaves(func() error {
			p = c.Post(path, bad)
			return nil
		})
		s.must(err)
		got := p.Errors()
		for field, said := range got {
			if key := f.wrong[field]; key != "" && strings.HasSuffix(said, w.T(key, "given", f.bad.Get(field))) { // the name of the field stands before it
				got[field] = key
			}
		}
		if diff := cmp.Diff(f.wrong, got); p.Status != http.StatusUnprocessableEntity || diff != "" || left != "" {
			s.t.Errorf("%s: %d, left %q (-want +got):\n%s", lang, p.Status, left, diff)
		}
	}
	if f.good == nil {
		return
	}
	good := c.Get(path).Fields(path)
	maps.Copy(good, f.good)
	left, err := s.leaves(func() error {
		if p := c.Post(path, good); p.Status != http.StatusSeeOther {
			s.t.Errorf("good answers are met with %d: %v", p.Status, p.Errors())
		}
		return nil
	})
	s.must(err)
	if left != f.leaves {
		s.t.Errorf("it leaves %q, want %q", left, f.leaves)
	}
}

// TestAFormSentTwiceMovesOnce, and one that was shown before another acted is
// told so.
func TestAFormSentTwiceMovesOnce(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	path := "/exhibits/" + string(x.ID) + "/store"
	opj := s.desktop("opj", c)
	first, stale := opj.Get(path).Fields(path), opj.Get(path).Fields(path)
	for _, v := range []url.Values{first, stale} {
		maps.Copy(v, on("kept", "safe", "shelf", "A1"))
	}
	for i, want := range []string{"exhibit-stored", ""} {
		left, err := s.leaves(func() error {
			if p := opj.Post(path, first); p.Status != http.StatusSeeOther {
				t.Errorf("sent for the %d. time: %d", i+1, p.Status)
			}
			return nil
		})
		s.must(err)
		if left != want {
			t.Errorf("sent for the %d. time it left %q", i+1, left)
		}
	}
	left, err := s.leaves(func() error {
		if p := opj.Post(path, stale); p.Status != http.StatusConflict {
			t.Errorf("an older view: %d", p.Status)
		}
		return nil
	})
	s.must(err)
	if left != "" {
		t.Errorf("an older view left %q", left)
	}
}

// TestFormsThatFitNoState: a form of an act that the state does not allow, or
// whose offer is gone, changes nothing, and says why.
func TestFormsThatFitNoState(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	sealed, opened := s.standing(exhibits.Closed, c), s.standing(exhibits.Opened, c)
	for _, tc := range []struct {
		x      exhibits.Exhibit
		verb   string
		status int
		with   url.Values
	}{
		{sealed, "seal", http.StatusForbidden, nil}, {sealed, "reseal", http.StatusForbidden, nil}, {opened, "store", http.StatusForbidden, on("kept", "safe", "shelf", "A1")},
		{opened, "break", http.StatusForbidden, on("presence", "absent", "reason", "x", "seal", "")}, {opened, "offer", http.StatusForbidden, on("destination", "keeper", "receiver", string(s.who["second"]))},
		{sealed, "withdraw", http.StatusConflict, nil},
	} {
		path := "/exhibits/" + string(tc.x.ID) + "/" + tc.verb
		opj := s.desktop("opj", c)
		values := opj.Get(path).Fields(path)
		maps.Copy(values, tc.with)
		left, err := s.leaves(func() error {
			if p := opj.Post(path, values); p.Status != tc.status {
				t.Errorf("%s of what is %s: %d %v", tc.verb, tc.x.State, p.Status, p.Errors())
			}
			return nil
		})
		s.must(err)
		if left != "" {
			t.Errorf("%s of what is %s left %q", tc.verb, tc.x.State, left)
		}
	}
}

// photographed sends a form with a picture.
func (s *site) photographed(c *kerneltest.Client, path string, content []byte, values url.Values) *kerneltest.Page {
	s.t.Helper()
	fields := c.Get(path).Fields(path)
	maps.Copy(fields, values)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name := range fields {
		s.must(m.WriteField(name, fields.Get(name)))
	}
	part, err := m.CreateFormFile("photo.file", "vue.png")
	s.must(err)
	part.Write(content)
	s.must(m.Close())
	return c.Send("POST", path, m.FormDataContentType(), &body)
}

// TestPicturesOfAnExhibit: one that came with an act opens from its own
// exhibit, in a copy made small and without what a camera wrote into it; what is
// no picture is turned down, and another exhibit's is not found.
func TestPicturesOfAnExhibit(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	x, other := s.standing(exhibits.Closed, c), s.standing(exhibits.Closed, c)
	here := "/exhibits/" + string(x.ID)
	opj := s.desktop("opj", c)
	for _, content := range [][]byte{[]byte("MZ\x90\x00 no picture"), []byte("%PDF-1.7\n")} {
		if p := s.photographed(opj, here+"/photograph", content, nil); p.Status != http.StatusUnprocessableEntity || p.Errors()["photo.file"] == "" {
			t.Errorf("what is no picture: %d %v", p.Status, p.Errors())
		}
	}
	if p := s.photographed(opj, here+"/photograph", picture(t, grey), on("condition", "Écran fendu")); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %v", p.Status, p.Errors())
	}
	photos, err := s.Photographs(ctx, x.ID)
	s.must(err)
	if len(photos) != 1 || photos[0].Step != x.Version+1 {
		t.Fatalf("%+v", photos)
	}
	for _, kind := range []string{"/photos/", "/copies/"} {
		if p := opj.Get(here + kind + string(photos[0].Address)); p.Status != http.StatusOK || !strings.HasPrefix(p.Header.Get("Content-Type"), "image/") {
			t.Errorf("%s: %d %s", kind, p.Status, p.Header.Get("Content-Type"))
		}
		for _, path := range []string{"/exhibits/" + string(other.ID) + kind + string(photos[0].Address), here + kind + "0000"} {
			if p := opj.Get(path); p.Status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
	}
	page := opj.Get(here)
	if _, ok := page.Links()[here+"/photos/"+string(photos[0].Address)]; !ok || !strings.Contains(page.Text(), "Écran fendu") {
		t.Errorf("the page does not lead to the picture: %v", page.Links())
	}
}

// TestALifeIsToldInEveryLanguage: the page of a thing names each step of its
// chain, its seals and handovers in the words of the reader.
func TestALifeIsToldInEveryLanguage(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	x := s.standing(exhibits.Stored, c)
	s.must(s.breaks(x.ID, c))
	_, err := s.ResealExhibit(ctx, s.grant("opj", "exhibits.exhibit.reseal", x.ID, c), exhibits.Sealing{Move: s.moveOf(x.ID), Witnesses: "Driss Amrani"})
	s.must(err)
	refused := s.offer(x.ID, c, "opj", "second", exhibits.ToLaboratory)
	s.must(s.RefuseHandover(ctx, s.grant("second", "exhibits.handover.refuse", x.ID, c), exhibits.Answering{Move: s.moveOf(x.ID), Handover: refused, Reason: "Fermé"}))
	pulled := s.offer(x.ID, c, "opj", "second", exhibits.ToCarrier)
	s.must(s.WithdrawHandover(ctx, s.grant("opj", "exhibits.handover.withdraw", x.ID, c), exhibits.Answering{Move: s.moveOf(x.ID), Handover: pulled}))
	s.must(s.accepts(x.ID, s.offer(x.ID, c, "opj", "second", exhibits.ToDestruction), "second"))
	seals, err := s.Seals(ctx, x.ID)
	s.must(err)
	chain, err := s.Chain(ctx, x.ID)
	s.must(err)
	for lang := range languages {
		p := s.desktop("chief", c).Speak(lang).Get("/exhibits/" + string(x.ID))
		w := s.k.Texts.In(text.Lang(lang))
		want := []string{w.T("exhibits.state.destroyed"), seals[0].Number, seals[1].Number, "Rachid B.", "Fermé", "55/2026", w.T("exhibits.presence.person"), w.T("exhibits.destination.laboratory"), w.T("exhibits.destination.destruction")}
		for _, l := range chain {
			want = append(want, w.T("entry."+l.Kind))
		}
		for _, word := range want {
			if !strings.Contains(p.Text(), word) {
				t.Errorf("%s: nothing says %q", lang, word)
			}
		}
		if acts := p.LinkTo("/exhibits/" + string(x.ID) + "/"); p.Status != http.StatusOK || acts != "" && !strings.HasSuffix(acts, "/label") && !strings.Contains(acts, "/label?") {
			t.Errorf("%s: %d, and a thing that is destroyed is offered %s", lang, p.Status, acts)
		}
	}
}

// TestWhatAnExhibitsPageOffers: to its holder what its state allows; to its
// receiver the answer; to others of the unit nothing but to put it right.
func TestWhatAnExhibitsPageOffers(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	offers := func(name string, purpose policy.Purpose, x ident.ID) string {
		var out []string
		links := s.desktop(name, purpose).Get("/exhibits/" + string(x)).Links()
		for _, verb := range []string{"seal", "reseal", "break", "store", "offer", "photograph", "correct", "withdraw", "accept", "refuse"} {
			if _, ok := links["/exhibits/"+string(x)+"/"+verb]; ok {
				out = append(out, verb)
			}
		}
		return strings.Join(out, " ")
	}
	for state, want := range map[exhibits.State]string{
		exhibits.Seized: "seal store offer photograph correct", exhibits.Closed: "break store offer photograph correct", exhibits.Stored: "break store offer photograph correct",
		exhibits.Laboratory: "break offer photograph correct", exhibits.Opened: "reseal photograph correct", exhibits.Deposited: "",
	} {
		x := s.standing(state, c)
		if got := offers("opj", c, x.ID); got != want {
			t.Errorf("%s, its holder: %q, want %q", state, got, want)
		}
		right := ""
		if strings.Contains(want, "correct") {
			right = "correct"
		}
		for name, want := range map[string]string{"chief": right, "agent": ""} {
			if got := offers(name, c, x.ID); got != want {
				t.Errorf("%s, %s: %q, want %q", state, name, got, want)
			}
		}
	}
	x := s.standing(exhibits.Closed, c)
	s.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	for name, want := range map[string]string{"opj": "correct withdraw", "second": "correct accept refuse", "agent": ""} {
		if got := offers(name, c, x.ID); got != want {
			t.Errorf("offered, %s: %q, want %q", name, got, want)
		}
	}
}
