package trust

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

func (h *house) state(id ident.ID, want State) Institution {
	h.t.Helper()
	i, err := h.Institution(h.t.Context(), id)
	h.must(err)
	if i.State != want {
		h.t.Errorf("%s, want %s", i.State, want)
	}
	return i
}

// TestTwoPersonsApprove: nobody alone, by policy, by service and by the table.
func TestTwoPersonsApprove(t *testing.T) {
	h := newHouse(t)
	key := newKey(t)
	id, code := h.apply(stated("bank.example", keySet(t, key, "k")), false)
	h.state(id, Applied)
	if found, err := h.ByDoor(t.Context(), strings.ToLower(code)); err != nil || found.ID != id {
		t.Errorf("the code does not open the space: %v", err)
	}
	if err := h.ApproveInstitution(t.Context(), h.grantOf(h.second, actionApprove, id), id, 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved unexamined: %v", err)
	}
	g := h.grantOf(h.second, actionApprove, id) // before it was examined, so that the policy lets it pass
	if err := h.ExamineInstitution(t.Context(), h.grantOf(h.second, actionExamine, id), id, 1, " "); !fault.Is(err, fault.Invalid) {
		t.Errorf("examined without a finding: %v", err)
	}
	h.must(h.ExamineInstitution(t.Context(), h.grantOf(h.second, actionExamine, id), id, 1, "in order"))
	if err := h.ApproveInstitution(t.Context(), g, id, 1); !fault.Is(err, fault.Refused) {
		t.Errorf("one person did both: %v", err)
	}
	i, err := h.Institution(t.Context(), id)
	h.must(err)
	if _, err := h.may(h.second, actionApprove, i.Resource(h.unit)); !fault.Is(err, fault.Refused) {
		t.Errorf("the policy lets one person do both: %v", err)
	}
	_, err = h.k.Journal.Do(t.Context(), h.grantOf(h.first, actionApprove, id), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(InstitutionApproved{ID: id, N: 1, By: h.second, Until: h.clock.Now().AddDate(1, 0, 0)})
		return nil
	})
	if err == nil {
		t.Error("the table lets one person do both")
	}
	if a := (&bank{h: h, id: id, key: key, kid: "k", redirect: "https://bank.example/back", proof: key, http: http.DefaultClient}); a.post(provider.PathPush, a.request("")).code() != "invalid_client" {
		t.Error("it may ask before it is approved")
	}
	h.must(h.ApproveInstitution(t.Context(), h.grantOf(h.first, actionApprove, id), id, 1))
	i = h.state(id, Active)
	if i.Until.Sub(h.clock.Now().AddDate(1, 0, 0)).Abs() > time.Second || i.Current.ExaminedBy != h.second || i.Current.DecidedBy != h.first {
		t.Errorf("%+v", i)
	}
	h.sound()
}

// TestNobodyDecidesOnWhatTheyEntered for an institution.
func TestNobodyDecidesOnWhatTheyEntered(t *testing.T) {
	h := newHouse(t)
	enter, err := h.may(h.first, actionEnter, policy.Resource{Unit: h.unit})
	h.must(err)
	id, _, err := h.ApplyInstitution(t.Context(), enter, Application{Registration: stated("bank.example", keySet(t, newKey(t), "k")), By: h.first})
	h.must(err)
	i, err := h.Institution(t.Context(), id)
	h.must(err)
	for _, action := range []string{actionExamine, actionApprove, actionRefuse} {
		if _, err := h.may(h.first, action, i.Resource(h.unit)); !fault.Is(err, fault.Refused) {
			t.Errorf("%s: %v", action, err)
		}
	}
	lie := i.Resource(h.unit)
	lie.Attrs["applied"] = ""
	g, err := h.may(h.first, actionExamine, lie)
	h.must(err)
	if err := h.ExamineInstitution(t.Context(), g, id, 1, "mine"); !fault.Is(err, fault.Refused) {
		t.Errorf("the service lets them: %v", err)
	}
	h.must(h.RefuseInstitution(t.Context(), h.grantOf(h.second, actionRefuse, id), id, 1, "no ground"))
	h.state(id, Refused)
	h.sound()
}

// TestAChangeIsApprovedAgain: until then the version in force holds.
func TestAChangeIsApprovedAgain(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	r := stated("bank.example", keySet(t, b.key, b.kid))
	r.Ceiling = append(r.Ceiling, "national_id")
	g, err := h.Service.grant()
	h.must(err)
	_, code, err := h.ApplyInstitution(t.Context(), g, Application{Registration: r, Of: b.id})
	h.must(err)
	if code != "" {
		t.Error("a change gives a second code")
	}
	wants := `{"userinfo":{"national_id":null}}`
	if a := b.post(provider.PathPush, b.request(wants)); a.code() != "invalid_request" {
		t.Errorf("a change holds before it is approved: %s", a.raw)
	}
	h.approve(b.id)
	if a := b.post(provider.PathPush, b.request(wants)); a.status != http.StatusCreated {
		t.Errorf("an approved change does not hold: %s", a.raw)
	}
	moved := stated("other.example", r.Keys)
	if _, _, err := h.ApplyInstitution(t.Context(), g, Application{Registration: moved, Of: b.id}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a registration moves to another host: %v", err)
	}
	if _, _, err := h.ApplyInstitution(t.Context(), g, Application{Registration: r}); !fault.Is(err, fault.Invalid) {
		t.Errorf("two institutions of one host: %v", err)
	}
	h.sound()
}

// TestSuspensionAndExpiry close the door and end what was granted, at once.
func TestSuspensionAndExpiry(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	access, _ := b.tokens(b.agree(cookie, ""))
	code := b.agree(cookie, "")
	redemption := b.redemption(code)
	h.must(h.SuspendInstitution(t.Context(), h.grantOf(h.second, actionSuspend, b.id), b.id, "it sells what it is told"))
	if a := b.info(access); a.status != http.StatusUnauthorized && a.status != http.StatusInternalServerError {
		t.Errorf("its token stands: %d", a.status)
	}
	if a := b.redeem(redemption); a.code() != "invalid_client" {
		t.Errorf("its code stands: %s", a.raw)
	}
	h.must(h.ResumeInstitution(t.Context(), h.grantOf(h.first, actionResume, b.id), b.id, "it has stopped"))
	b.push(b.request(""))
	if a := b.info(access); a.status != http.StatusUnauthorized {
		t.Errorf("what was granted before comes back: %d", a.status)
	}
	i := h.state(b.id, Active)
	h.clock.Set(i.Until.Add(-time.Second))
	if n, err := h.Expire(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	h.clock.Set(i.Until)
	if a := b.post(provider.PathPush, b.request("")); a.code() != "invalid_client" {
		t.Errorf("it may ask after its year: %s", a.raw)
	}
	if n, err := h.Expire(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
	h.state(b.id, Expired)
	h.sound()
}

// TestWhatARegistrationMayNotSay lists the mistakes, each with its field.
func TestWhatARegistrationMayNotSay(t *testing.T) {
	keys := keySet(t, newKey(t), "k")
	private := strings.Replace(keys, `"kty"`, `"d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","kty"`, 1)
	for name, c := range map[string]struct {
		field string
		spoil func(*Registration)
	}{
		"no name":          {"name_ar", func(r *Registration) { r.Name[0] = "" }},
		"no purpose":       {"purpose_fr", func(r *Registration) { r.Purpose[1] = "x" }},
		"no ground":        {"basis", func(r *Registration) { r.Basis = " " }},
		"no term":          {"retention", func(r *Registration) { r.Retention = "" }},
		"no contact":       {"contact", func(r *Registration) { r.Contact = "" }},
		"level 0":          {"level", func(r *Registration) { r.Level = 0 }},
		"level 4":          {"level", func(r *Registration) { r.Level = 4 }},
		"made up":          {"ceiling", func(r *Registration) { r.Ceiling = []string{"religion"} }},
		"no keys":          {"keys", func(r *Registration) { r.Keys = "{}" }},
		"a private key":    {"keys", func(r *Registration) { r.Keys = private }},
		"a symmetric key":  {"keys", func(r *Registration) { r.Keys = `{"keys":[{"kty":"oct","k":"AAAA","kid":"k"}]}` }},
		"no address":       {"redirects", func(r *Registration) { r.Redirects = nil }},
		"http":             {"redirects", func(r *Registration) { r.Redirects = []string{"http://bank.example/back"} }},
		"localhost":        {"redirects", func(r *Registration) { r.Redirects = []string{"https://localhost/back"} }},
		"an IP address":    {"redirects", func(r *Registration) { r.Redirects = []string{"https://10.0.0.1/back"} }},
		"a fragment":       {"redirects", func(r *Registration) { r.Redirects = []string{"https://bank.example/back#x"} }},
		"a star":           {"redirects", func(r *Registration) { r.Redirects = []string{"https://*.bank.example/back"} }},
		"two hosts":        {"redirects", func(r *Registration) { r.Redirects = append(r.Redirects, "https://else.example/back") }},
		"a script":         {"redirects", func(r *Registration) { r.Redirects = []string{"javascript:alert(1)"} }},
		"logout elsewhere": {"post_logouts", func(r *Registration) { r.PostLogouts = []string{"ftp://bank.example"} }},
		"notices to http":  {"backchannel", func(r *Registration) { r.Backchannel = "http://bank.example/ended" }},
	} {
		r := stated("bank.example", keys)
		c.spoil(&r)
		found := false
		for _, f := range fault.All(r.check(false)) {
			found = found || f.Field == c.field
		}
		if !found {
			t.Errorf("%s: %v", name, r.check(false))
		}
	}
	if err := stated("bank.example", keys).check(false); err != nil {
		t.Error(err)
	}
	r := stated("bank.example", keys)
	r.Redirects, r.PostLogouts, r.Backchannel = []string{"http://localhost:7100/back"}, nil, ""
	if err := r.check(true); err != nil {
		t.Errorf("a sandbox on one's own machine: %v", err)
	}
}

// TestTheFormOfAnInstitution: mistakes come back to it, a code is told once, and
// opens the space, where keys are changed.
func TestTheFormOfAnInstitution(t *testing.T) {
	h := newHouse(t)
	b := &bank{h: h, key: newKey(t), kid: "k1", proof: newKey(t), redirect: "https://bank.example/back", http: &http.Client{}}
	r := stated("bank.example", keySet(t, b.key, "k1"))
	form := url.Values{"name_ar": {r.Name[0]}, "name_fr": {r.Name[1]}, "name_en": {r.Name[2]}, "purpose_ar": {r.Purpose[0]}, "purpose_fr": {r.Purpose[1]}, "purpose_en": {r.Purpose[2]},
		"basis": {r.Basis}, "ceiling": r.Ceiling, "level": {"2"}, "retention": {r.Retention}, "contact": {r.Contact}, "redirects": {strings.Join(r.Redirects, "\n")}, "keys": {r.Keys}, "sandbox": {"1"}}
	if a := b.browse(b.url(pathApply), nil, without(form, "basis")); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.raw, "Banque d") {
		t.Errorf("%d", a.status)
	}
	a := b.browse(b.url(pathApply), nil, form)
	all, err := h.Institutions(t.Context(), Active)
	h.must(err)
	if a.status != http.StatusOK || len(all) != 1 || !all[0].Sandbox {
		t.Fatalf("%d %v", a.status, all)
	}
	b.id = all[0].ID
	code := between(a.raw, `>`, `</bdi>`, 26)
	if code == "" {
		t.Fatal("no code is told")
	}
	if a := b.browse(b.url(pathSpace), nil, url.Values{"code": {"WRONG"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.status)
	}
	if a := b.browse(b.url(pathSpace), nil, url.Values{"code": {code}}); a.status != http.StatusOK || !strings.Contains(a.raw, string(b.id)) {
		t.Errorf("%d", a.status)
	}
	b.push(b.request(""))
	next := newKey(t)
	if a := b.browse(b.url(pathSpace)+"/keys", nil, url.Values{"code": {code}, "keys": {keySet(t, next, "k2")}}); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := b.post(provider.PathPush, b.request("")); a.code() != "invalid_client" {
		t.Error("the former key still proves it")
	}
	b.key, b.kid = next, "k2"
	b.push(b.request(""))
	if a := b.browse(b.url(pathDirectory), nil, nil); a.status != http.StatusOK || strings.Contains(a.raw, "Banque d") {
		t.Error("a sandbox stands in the directory")
	}
	h.sound()
}

// between finds a text of n characters between two marks.
func between(s, open, end string, n int) string {
	for {
		at := strings.Index(s, end)
		if at < 0 {
			return ""
		}
		if begin := at - n; begin > 0 && s[begin-1:begin] == open {
			return s[begin:at]
		}
		s = s[at+len(end):]
	}
}

// TestTheDirectoryCounts in public.
func TestTheDirectoryCounts(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, _, cookie := h.citizen(map[string]any{"age_over_18": true})
	b.tokens(b.agree(cookie, ""))
	b.post(provider.PathPush, b.request(`{"userinfo":{"national_id":null}}`))
	for _, lang := range []string{"ar", "fr", "en"} {
		for _, path := range []string{pathDirectory, pathDirectory + "/" + string(b.id)} {
			if a := b.browse(b.url(path)+"?lang="+lang, nil, nil); a.status != http.StatusOK || !strings.Contains(a.raw, ">1<") {
				t.Errorf("%s in %s: %d", path, lang, a.status)
			}
		}
	}
	waits, _ := h.apply(stated("later.example", keySet(t, newKey(t), "k")), false)
	if a := b.browse(b.url(pathDirectory)+"/"+string(waits), nil, nil); a.status != http.StatusNotFound {
		t.Errorf("an application is public: %d", a.status)
	}
}

func TestTexts(t *testing.T) {
	all, err := text.Load(nil, Texts, web.Texts, ui.Texts, policy.Texts, packs.Texts, print.Texts)
	if err != nil {
		t.Fatal(err)
	}
	texttest.Check(t, all, "trust.", ".")
}
