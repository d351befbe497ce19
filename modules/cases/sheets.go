package cases

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// The forms of a case: its opening, its content, who works on it.

func caseHref(id ident.ID) string { return "/cases/" + string(id) }

// of reads the case of an address with the parts that its page needs.
func (s *Service) of(r *web.Request, parts ...part) (*enquiry.File, error) {
	return s.read(r.Context(), s.k.Reader, r.Resource.Ref.ID, parts...)
}

// on begins a sheet about the case of an address.
func (s *Service) on(r *web.Request, verb string, parts ...part) (*enquiry.File, web.Sheet, error) {
	f, err := s.of(r, parts...)
	if err != nil {
		return nil, web.Sheet{}, err
	}
	x := web.Sheet{Verb: verb, About: r.T("cases.purpose", "number", f.Number), Back: caseHref(f.ID), Values: url.Values{"version": {strconv.FormatInt(f.Version, 10)}}}
	x.Fields = func(ui.Form) []templ.Component { return nil }
	return f, x, nil
}

// frameFields are the questions about facts and legal frame, of every case.
func (s *Service) frameFields(r *web.Request, f ui.Form) []templ.Component {
	out := []templ.Component{f.Radios(ui.Field{Name: "regime", Label: r.T("cases.form.regime"), Law: "CPP 24"}, s.regimeOptions(r))}
	for _, x := range s.k.Pack.Regimes(r.Now()) {
		fields := s.packFields(r, f, s.regimeFields(x), nil)
		if courts := s.courtOptions(r); s.directed(x.Code, r.Now()) && len(courts) > 0 {
			fields = append([]templ.Component{f.Select(ui.Field{Name: "court", Label: r.T("cases.form.court"), Help: r.T("cases.help.court"), Law: "CPP 189", Optional: true}, courts)}, fields...)
		}
		if len(fields) > 0 {
			out = append(out, section(x.Names.In(string(r.Words.Lang())), fields...))
		}
	}
	return append(out,
		f.Time(ui.Field{Name: "from", Label: r.T("cases.form.from")}), f.Time(ui.Field{Name: "to", Label: r.T("cases.form.to"), Optional: true}),
		f.Text(ui.Field{Name: "place", Label: r.T("cases.form.place"), Optional: true}), f.Area(ui.Field{Name: "facts", Label: r.T("cases.form.facts"), Rows: 8}))
}

// section groups fields under a heading.
func section(title string, fields ...templ.Component) templ.Component {
	return around(ui.Section(title), fields...)
}

// frameValues reads the fields of the chosen legal frame.
func (s *Service) frameValues(a web.Answers) map[string]string {
	frame, err := s.k.Pack.Regime(a.Get("regime"), a.Request.Now())
	if err != nil {
		return nil
	}
	return s.fieldsOf(a, s.regimeFields(frame))
}

// openSheet opens a case that comes from no complaint.
func (s *Service) openSheet(r *web.Request) (web.Sheet, error) {
	x := web.Sheet{Verb: "open", Draft: "cases-open-", Back: "/cases"}
	x.Fields = func(f ui.Form) []templ.Component {
		return append([]templ.Component{f.Radios(ui.Field{Name: "origin", Label: r.T("cases.form.origin")}, web.Options(r, "cases.origin", enquiry.Origins()))}, s.frameFields(r, f)...)
	}
	x.Do = func(a web.Answers) (string, error) { return s.openTyped(a, r.Grant, "") }
	return x, nil
}

// takeOverSheet opens a case from the complaint of the address, whose facts,
// place, persons and offences are taken over. The route asks whether this
// complaint may be; whether a case may be opened is asked here.
func (s *Service) takeOverSheet(r *web.Request) (web.Sheet, error) {
	id := r.Resource.Ref.ID
	x := web.Sheet{Verb: "open", Draft: "cases-open-" + string(id), Back: "/cases"}
	g, err := r.Ask("cases.case.open", policy.Resource{Unit: r.Actor.Unit})
	if err != nil {
		return x, err
	}
	c, err := s.parts.Complaints.Complaint(r.Context(), id)
	if err != nil {
		return x, err
	}
	x.About = r.T("cases.from-complaint", "number", c.Number)
	x.Fields = func(f ui.Form) []templ.Component {
		all := s.frameFields(r, f)
		return all[:len(all)-4] // when, where and what happened is the complaint's
	}
	x.Do = func(a web.Answers) (string, error) { return s.openTyped(a, g, id) }
	return x, nil
}

// openTyped opens a case as its form says.
func (s *Service) openTyped(a web.Answers, g policy.Grant, complaint ident.ID) (string, error) {
	o := Opening{Submission: a.ID("submission"), Origin: enquiry.Origin(a.Get("origin")), Complaint: complaint, Regime: a.Get("regime"), Court: a.ID("court"), Values: s.frameValues(a),
		Facts: a.Get("facts"), Place: a.Get("place"), From: a.Time("from"), To: a.Time("to")}
	if len(*a.Wrong) > 0 {
		return "", *a.Wrong
	}
	c, err := s.Open(a.Request.Context(), g, o)
	return workHref(c.ID), err
}

// workHref leads to a case by way of choosing it as the purpose.
func workHref(id ident.ID) string {
	return ui.PathPurpose + "?purpose=" + url.QueryEscape("case/"+string(id)) + "&return=" + url.QueryEscape(caseHref(id))
}

func (s *Service) amendSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "amend", theValues)
	if err != nil {
		return x, err
	}
	x.Draft = "shared-case-" + string(c.ID)
	x.Values.Set("regime", c.Regime)
	x.Values.Set("court", string(c.Court))
	x.Values.Set("facts", c.Facts)
	x.Values.Set("place", c.Place)
	x.Values.Set("from", r.Words.DateTimeNumeric(c.From))
	if !c.To.IsZero() {
		x.Values.Set("to", r.Words.DateTimeNumeric(c.To))
	}
	s.stored(r, c.Values, x.Values)
	x.Fields = func(f ui.Form) []templ.Component { return s.frameFields(r, f) }
	x.Do = func(a web.Answers) (string, error) {
		m := Amendment{Version: a.Version(), Regime: a.Get("regime"), Court: a.ID("court"), Values: s.frameValues(a), Facts: a.Get("facts"), Place: a.Get("place"), From: a.Time("from"), To: a.Time("to")}
		if len(*a.Wrong) > 0 {
			return "", *a.Wrong
		}
		return x.Back, s.Amend(r.Context(), r.Grant, c.ID, m)
	}
	return x, nil
}

func (s *Service) partySheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "party")
	x.Fields = func(f ui.Form) []templ.Component {
		var chosen ui.Person
		if id := (web.Answers{Values: f.Values}).ID("person"); id != "" {
			chosen = ui.Person{Ref: "person/" + string(id), Name: s.person(r, id)}
		}
		return []templ.Component{
			f.PersonPicker(ui.Field{Name: "person", Label: r.T("cases.form.person"), Help: r.T("cases.help.person")}, s.parts.PickPerson, chosen),
			f.Radios(ui.Field{Name: "role", Label: r.T("cases.form.role")}, web.Options(r, "cases.role", enquiry.Roles())),
			f.Text(ui.Field{Name: "address", Label: r.T("cases.form.address"), Help: r.T("cases.help.withheld"), Optional: true}),
			f.Text(ui.Field{Name: "phone", Label: r.T("cases.form.phone"), Optional: true, LTR: true, Narrow: true}),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.AddParty(r.Context(), r.Grant, c.ID, NewParty{Person: a.ID("person"), Role: enquiry.Role(a.Get("role")), Address: a.Get("address"), Phone: a.Get("phone")})
	}
	return x, err
}

func (s *Service) qualifySheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "qualify", theParties)
	if err != nil {
		return x, err
	}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{
			f.Select(ui.Field{Name: "code", Label: r.T("cases.form.offence"), Help: r.T("cases.help.offence"), Law: "CP 111"}, s.offenceOptions(r, c.From)),
			f.Select(ui.Field{Name: "suspect", Label: r.T("cases.form.suspect"), Help: r.T("cases.help.suspect"), Optional: true}, s.partyOptions(r, c, enquiry.Suspect)),
			f.Radios(ui.Field{Name: "part", Label: r.T("cases.form.part"), Optional: true}, web.Options(r, "cases.part", enquiry.Parts())),
			f.Check(ui.Field{Name: "attempted", Label: r.T("cases.form.attempted"), Law: "CP 114", Optional: true}),
			f.Area(ui.Field{Name: "aggravating", Label: r.T("cases.form.aggravating"), Optional: true}),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Qualify(r.Context(), r.Grant, c.ID, Qualification{Code: a.Get("code"), Suspect: a.ID("suspect"), Attempted: a.Get("attempted") == "yes",
			Part: enquiry.Part(a.Get("part")), Aggravating: a.Get("aggravating")})
	}
	return x, nil
}

// linkSheet says that a piece shows an element. The element is chosen on the
// case's page, so that only pieces that can show it are offered.
func (s *Service) linkSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "link", theOffences, thePVs, thePieces, theExhibits)
	if err != nil {
		return x, err
	}
	offence, code, _ := strings.Cut(r.FormValue("element"), ".")
	i := slices.IndexFunc(c.Offences, func(o enquiry.Offence) bool { return string(o.ID) == offence })
	if i < 0 {
		return x, orNotFound(nil)
	}
	o := c.Offences[i]
	x.Values.Set("element", r.FormValue("element"))
	x.About = s.offenceName(r, o) + " · " + s.terms().Element(string(r.Words.Lang()), code)
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Hidden("element"), f.Radios(ui.Field{Name: "piece", Label: r.T("cases.form.piece"), Law: "CPP 286"}, s.pieceOptions(r, c, o, code))}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Link(r.Context(), r.Grant, c.ID, o.ID, code, refOf(a, "piece"))
	}
	return x, nil
}

// pieceOptions lists the pieces of a file that can show an element.
func (s *Service) pieceOptions(r *web.Request, f *enquiry.File, o enquiry.Offence, code string) []ui.Option {
	elements, _ := s.k.Pack.Elements(o.Code, o.LawAt)
	var out []ui.Option
	add := func(ref ident.Ref, label string) {
		kind := f.Evidence(ref)
		for _, e := range elements {
			if e.Code == code && kind != "" && e.ShownBy(kind) {
				out = append(out, ui.Option{Value: ref.String(), Label: label, Help: r.T("cases.evidence." + string(kind))})
			}
		}
	}
	for _, p := range f.PVs {
		add(pvRef(p.ID), s.pvName(r, p))
	}
	for _, p := range f.Pieces {
		add(pieceRef(p.ID), cmp.Or(p.Title, r.T("cases.erased")))
	}
	for _, e := range f.Exhibits {
		add(ident.Ref{Kind: "exhibit", ID: e.ID}, e.Number+" "+e.Description)
	}
	return out
}

func (s *Service) offenceName(r *web.Request, o enquiry.Offence) string {
	law, err := s.k.Pack.Offence(o.Code, o.LawAt)
	if err != nil {
		return o.Code
	}
	return law.Names.In(string(r.Words.Lang()))
}

func (s *Service) pvName(r *web.Request, p enquiry.PV) string {
	name := p.Form
	if t, err := s.k.Pack.Template(p.Form, p.Made); err == nil {
		name = t.Names.In(string(r.Words.Lang()))
	}
	if p.Number != "" {
		name += " " + p.Number
	}
	if p.Person != "" {
		name += " · " + s.person(r, p.Person)
	}
	return name
}

func (s *Service) pieceSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "piece")
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{
			f.Radios(ui.Field{Name: "kind", Label: r.T("cases.form.kind")}, web.Options(r, "cases.evidence", pieceKinds())),
			f.Text(ui.Field{Name: "title", Label: r.T("cases.form.title")}),
			f.Attach(ui.Field{Name: "file", Label: r.T("cases.form.file"), Optional: true}, "image/*,application/pdf", false),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		p := NewPiece{ID: a.ID("submission"), Kind: a.Get("kind"), Title: a.Get("title")}
		if err := s.putFile(r, &p); err != nil {
			return "", err
		}
		_, err := s.FilePiece(r.Context(), r.Grant, c.ID, p)
		return x.Back, err
	}
	return x, err
}

// putFile stores the file of a posted form, under the key of the piece.
func (s *Service) putFile(r *web.Request, p *NewPiece) error {
	file, head, err := r.FormFile("file.file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "faults.malformed-form")
	}
	defer file.Close()
	info, err := s.k.Blobs.Put(r.Context(), blobs.Offer{Subject: string(p.ID), Name: head.Filename}, file, blobs.Limits{})
	if err != nil {
		return err
	}
	kept, err := json.Marshal(info)
	p.Info = string(kept)
	return err
}

func (s *Service) assignSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "assign")
	if err != nil {
		return x, err
	}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Select(ui.Field{Name: "officer", Label: r.T("cases.form.officer")}, s.officerOptions(r, c.Unit))}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Assign(r.Context(), r.Grant, c.ID, a.ID("officer"))
	}
	return x, nil
}

func (s *Service) officerOptions(r *web.Request, unit ident.ID) []ui.Option {
	all, err := s.parts.Directory.Investigators(r.Context(), string(r.Words.Lang()), unit)
	var out []ui.Option
	for _, o := range all {
		if err == nil {
			out = append(out, ui.Option{Value: string(o.ID), Label: cmp.Or(o.Name, r.T("cases.erased"))})
		}
	}
	return out
}

func (s *Service) unitOptions(r *web.Request, without ident.ID) []ui.Option {
	all, err := s.parts.Directory.Services(r.Context())
	var out []ui.Option
	for _, u := range all {
		if err == nil && u.ID != without {
			out = append(out, ui.Option{Value: string(u.ID), Label: u.Names.In(string(r.Words.Lang()))})
		}
	}
	return out
}

// courtOptions lists the courts whose judges may have given letters.
func (s *Service) courtOptions(r *web.Request) []ui.Option {
	all, err := s.parts.Directory.Courts(r.Context())
	var out []ui.Option
	for _, u := range all {
		if err == nil {
			out = append(out, ui.Option{Value: string(u.ID), Label: u.Names.In(string(r.Words.Lang()))})
		}
	}
	return out
}

// referSheet shares a case with an officer of another unit: the unit first,
// then who serves there.
func (s *Service) referSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "refer")
	if err != nil {
		return x, err
	}
	x.Fields = func(f ui.Form) []templ.Component {
		out := []templ.Component{f.Select(ui.Field{Name: "unit", Label: r.T("cases.form.unit"), Help: r.T("cases.help.unit")}, s.unitOptions(r, c.Unit))}
		if unit := (web.Answers{Values: f.Values}).ID("unit"); unit != "" {
			out = append(out, f.Select(ui.Field{Name: "officer", Label: r.T("cases.form.officer")}, s.officerOptions(r, unit)))
		}
		return append(out, f.Area(ui.Field{Name: "reason", Label: r.T("cases.form.reason")}))
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Refer(r.Context(), r.Grant, c.ID, a.ID("officer"), a.Get("reason"))
	}
	return x, nil
}

func (s *Service) transferSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "transfer")
	if err != nil {
		return x, err
	}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{
			f.Select(ui.Field{Name: "to", Label: r.T("cases.form.unit")}, s.unitOptions(r, c.Unit)), f.Area(ui.Field{Name: "reason", Label: r.T("cases.form.reason")}),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		_, err := s.Propose(r.Context(), r.Grant, c.ID, a.ID("to"), a.Get("reason"))
		return x.Back, err
	}
	return x, nil
}

// decideTransferSheet answers the offer of a case.
func (s *Service) decideTransferSheet(r *web.Request) (web.Sheet, error) {
	t, err := s.Transfer(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, err
	}
	c, err := s.Case(r.Context(), t.Case)
	x := web.Sheet{Verb: "decide-transfer", Back: "/", Values: url.Values{}, About: r.T("cases.purpose", "number", c.Number) + " · " + s.unitName(r, t.FromUnit) + " · " + t.Reason}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{
			f.Radios(ui.Field{Name: "state", Label: r.T("cases.form.decision")}, web.Options(r, "cases.transfer-state", []string{"accepted", "rejected"})),
			f.Select(ui.Field{Name: "officer", Label: r.T("cases.form.officer"), Optional: true}, s.officerOptions(r, t.ToUnit)),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		state := a.Get("state")
		if state == "revoked" {
			return "", &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "state"}
		}
		next := "/"
		if state == "accepted" {
			next = caseHref(t.Case)
		}
		return next, s.DecideTransfer(r.Context(), r.Grant, t.ID, state, a.ID("officer"))
	}
	return x, err
}

func (s *Service) restrictSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "restrict")
	if err != nil {
		return x, err
	}
	x.Values.Set("sensitivity", string(c.Sensitivity))
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Radios(ui.Field{Name: "sensitivity", Label: r.T("cases.form.sensitivity"), Help: r.T("cases.help.sensitivity"), Optional: true},
			append([]ui.Option{{Value: "", Label: r.T("cases.form.not-sensitive")}}, web.Options(r, "cases.sensitivity", enquiry.Sensitivities())...))}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Restrict(r.Context(), r.Grant, c.ID, enquiry.Sensitivity(a.Get("sensitivity")))
	}
	return x, nil
}

func (s *Service) sealSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "seal")
	if err != nil {
		return x, err
	}
	x.Hidden = []string{"shut"} // what the reader was shown, so that a form sent late or twice never does the opposite
	x.Values.Set("shut", "yes")
	if c.Sealed {
		x.Verb = "unseal"
		x.Values.Set("shut", "no")
	}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Text(ui.Field{Name: "order", Label: r.T("cases.form.order"), Help: r.T("cases.help.order")})}
	}
	x.Do = func(a web.Answers) (string, error) {
		if shut := a.Get("shut"); shut != "yes" && shut != "no" {
			return "", fault.New(fault.Conflict, "fault.conflict")
		}
		return x.Back, s.Seal(r.Context(), r.Grant, c.ID, a.Ticked("shut"), a.Get("order"))
	}
	return x, nil
}
