package cases

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Gate looks at a file as it is now.
func (s *Service) Gate(ctx context.Context, f *enquiry.File) (enquiry.Gate, enquiry.Unit) {
	office, err := s.Office(ctx, f)
	known := func(person ident.ID) bool {
		who, err := s.parts.People.Identity(ctx, person)
		return err == nil && (who.NameAR != "" || who.Name != "")
	}
	return enquiry.Judge(s.k.Pack, f, known, err == nil, s.k.Clock.Now()), office
}

// Dossier gives a dossier with what was issued of it.
func (s *Service) Dossier(ctx context.Context, id ident.ID) (enquiry.Dossier, error) {
	return readDossier(ctx, s.k.Reader, id)
}

// errNumberTaken says that another dossier took the number meanwhile.
var errNumberTaken = errors.New("cases: the number was taken")

// HandOver sends an approved file to the prosecution: the gate must be open,
// and the structured twin is made before the decision, whose entry holds its
// digests. Submission names the form; the dossier takes it as its id.
// Law: CPP 23; CPP 40; CPP 49
func (s *Service) HandOver(ctx context.Context, g policy.Grant, id, submission ident.ID) (enquiry.Dossier, error) {
	if err := given(g, caseRef(id)); err != nil {
		return enquiry.Dossier{}, err
	}
	if _, err := ident.Parse(string(submission)); err != nil { // the form's own; without it nothing names the dossier
		return enquiry.Dossier{}, fault.Wrap(err, fault.Invalid, "fault.invalid")
	}
	for range 8 {
		if done, err := s.Dossier(ctx, submission); err == nil {
			if done.Case != id {
				return enquiry.Dossier{}, orNotFound(nil)
			}
			return done, nil
		}
		err := s.handOver(ctx, g, id, submission)
		if err == nil {
			return s.Dossier(ctx, submission)
		}
		if !errors.Is(err, errNumberTaken) {
			return enquiry.Dossier{}, err
		}
	}
	return enquiry.Dossier{}, fault.New(fault.TooMany, "fault.too-many")
}

func (s *Service) handOver(ctx context.Context, g policy.Grant, id, submission ident.ID) error {
	f, err := s.File(ctx, id)
	if err != nil {
		return err
	}
	if f.State != enquiry.Approved {
		return refuse("cases.refused.state", "state", stateKey(f.State))
	}
	gate, office := s.Gate(ctx, f)
	if !gate.Open() {
		return refuse("cases.refused.gate", "n", len(gate.Missing()))
	}
	unit, err := s.parts.Directory.Service(ctx, f.Unit)
	if err != nil {
		return err
	}
	now := s.k.Clock.Now()
	number, _, _, err := s.number(ctx, s.k.Reader, "cases_dossiers", enquiry.KindDossier, unit, now)
	if err != nil {
		return err
	}
	entry := s.k.Journal.NewID()
	whole, err := s.maker().Twin(ctx, f, dossier.Sending{Entry: entry, Dossier: submission, Number: number, Office: office, Unit: unit, Sender: actor(g), Sent: now, Gate: gate})
	if err != nil {
		return err
	}
	raw, digests, err := digestsOf(whole)
	if err != nil {
		return err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := readCase(ctx, r, id)
		switch {
		case err != nil:
			return err
		case c.Version != f.Version:
			return fault.New(fault.Conflict, "fault.conflict")
		}
		again, series, n, err := s.number(ctx, r, "cases_dossiers", enquiry.KindDossier, unit, now)
		if err != nil {
			return err
		}
		if again != number {
			return errNumberTaken
		}
		d.AddOnce(entry, now, DossierHandedOver{Dossier: submission, Case: id, Round: f.Round + 1, Number: number, Series: series, N: n, Unit: f.Unit, Office: office.ID,
			Gate: gate.Lines, Twins: digests, Twin: sealText(string(raw)), By: actor(g)})
		return nil
	})
	return err
}

// digestsOf gives the twin in JSON, and its digest in each profile.
func digestsOf(t *dossier.Twin) (whole []byte, digests []TwinDigest, err error) {
	if whole, err = json.Marshal(t); err != nil {
		return nil, nil, err
	}
	for _, profile := range dossier.Profiles() {
		raw, err := dossier.Profiled(whole, profile)
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(raw)
		digests = append(digests, TwinDigest{profile, hex.EncodeToString(sum[:])})
	}
	return whole, digests, nil
}

// maker makes twins with what the module and its neighbours know.
func (s *Service) maker() dossier.Maker {
	return dossier.Maker{Pack: s.k.Pack, Unit: s.parts.Directory.Service, Officer: s.parts.Directory.Name, Person: s.parts.People.Identity, Digest: s.digest}
}

// digest gives the SHA-256 of a stored file, "" where no files are kept.
func (s *Service) digest(ctx context.Context, stored string) (string, error) {
	if s.k.Blobs == nil {
		return "", nil
	}
	var info blobs.Info
	if err := json.Unmarshal([]byte(stored), &info); err != nil {
		return "", err
	}
	return s.k.Blobs.Digest(ctx, info)
}

// TwinOf gives the structured twin of a dossier in a profile: the very bytes
// that its PDF holds and whose digest the entry holds.
func (s *Service) TwinOf(ctx context.Context, d enquiry.Dossier, profile string) ([]byte, error) {
	if !slices.Contains(dossier.Profiles(), profile) || d.Twin == "" {
		return nil, orNotFound(nil)
	}
	raw, err := dossier.Profiled([]byte(d.Twin), profile)
	if err != nil {
		return nil, err
	}
	e, err := s.k.Journal.Find(ctx, d.Entry)
	if err != nil {
		return nil, err
	}
	sent, ok := e.Entry.(DossierHandedOver)
	if !ok {
		return nil, fmt.Errorf("cases: entry %s is no hand-over", d.Entry)
	}
	sum := sha256.Sum256(raw)
	if !slices.Contains(sent.Twins, TwinDigest{profile, hex.EncodeToString(sum[:])}) {
		return nil, fmt.Errorf("cases: the twin of dossier %s is not the one of its entry", d.ID)
	}
	return raw, nil
}

// IssueDossier makes the signed PDF of a dossier in a profile and a language,
// with its twin and its proof inside, and stores it. One that exists is given
// as it is.
func (s *Service) IssueDossier(ctx context.Context, g policy.Grant, id ident.ID, profile, lang string) (enquiry.Issue, error) {
	d, err := s.dossierFor(ctx, g, id)
	if err != nil {
		return enquiry.Issue{}, err
	}
	if x, ok := d.Issue(profile, lang); ok {
		return x, nil
	}
	raw, err := s.TwinOf(ctx, d, profile)
	if err != nil {
		return enquiry.Issue{}, err
	}
	pdf, err := s.dossierPDF(ctx, d, raw, lang)
	if err != nil {
		return enquiry.Issue{}, err
	}
	return s.keepIssue(ctx, g, d, profile, lang, pdf)
}

// dossierFor gives a dossier to who may act on it or on its case.
func (s *Service) dossierFor(ctx context.Context, g policy.Grant, id ident.ID) (enquiry.Dossier, error) {
	d, err := s.Dossier(ctx, id)
	if err == nil {
		err = given(g, dossierRef(id), caseRef(d.Case))
	}
	return d, err
}

// keepIssue stores a PDF of a dossier and says that it was issued.
func (s *Service) keepIssue(ctx context.Context, g policy.Grant, d enquiry.Dossier, profile, lang string, pdf []byte) (enquiry.Issue, error) {
	name := "dossier-" + strings.Map(safe, d.Number) + "-" + profile + "-" + lang + ".pdf"
	info, err := s.k.Blobs.Put(ctx, blobs.Offer{Subject: string(d.ID), Name: name, MIME: "application/pdf"}, bytes.NewReader(pdf), blobs.Limits{})
	if err != nil {
		return enquiry.Issue{}, err
	}
	kept, err := json.Marshal(info)
	if err != nil {
		return enquiry.Issue{}, err
	}
	sum := sha256.Sum256(pdf)
	issue := enquiry.Issue{ID: s.k.Journal.NewID(), Profile: profile, Lang: lang, Info: string(kept)}
	_, err = s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, dr *journal.Draft) error {
		issue.At = dr.Now
		dr.Add(DossierIssued{Issue: issue.ID, Dossier: d.ID, Case: d.Case, Profile: profile, Lang: lang, Info: sealText(string(kept))})
		dr.Add(journal.Proof{Record: dossierRef(d.ID), Entry: d.Entry, Document: hex.EncodeToString(sum[:]), Kind: "dossier"})
		return nil
	})
	return issue, err
}

// StampIssue puts a time stamp on a PDF that was issued while no time stamp
// authority answered. The stamped file is a new issue, which stands in the old
// one's place; one that has a stamp is given as it is.
func (s *Service) StampIssue(ctx context.Context, g policy.Grant, id ident.ID, profile, lang string) (enquiry.Issue, error) {
	d, err := s.dossierFor(ctx, g, id)
	if err != nil {
		return enquiry.Issue{}, err
	}
	x, ok := d.Issue(profile, lang)
	if !ok {
		return enquiry.Issue{}, orNotFound(nil)
	}
	pdf, err := s.issued(ctx, x)
	if err != nil || !s.k.Paper.Stamped(pdf).IsZero() {
		return x, err
	}
	if pdf, err = s.k.Paper.Stamp(ctx, pdf); err != nil {
		return enquiry.Issue{}, err
	}
	return s.keepIssue(ctx, g, d, profile, lang, pdf)
}

// issued reads the stored PDF of an issue.
func (s *Service) issued(ctx context.Context, x enquiry.Issue) ([]byte, error) {
	f, _, err := s.OpenIssue(ctx, x)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// safe keeps the characters of a number that a file's name may hold.
func safe(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}

// OpenIssue opens the stored PDF of an issue.
func (s *Service) OpenIssue(ctx context.Context, x enquiry.Issue) (io.ReadSeekCloser, string, error) {
	var info blobs.Info
	if err := json.Unmarshal([]byte(x.Info), &info); err != nil {
		return nil, "", orNotFound(nil)
	}
	f, err := s.k.Blobs.Open(ctx, info)
	return f, info.Name, err
}

// Acknowledge says that the prosecution has a dossier; its number is given
// back to the unit.
func (s *Service) Acknowledge(ctx context.Context, g policy.Grant, id ident.ID) (string, error) {
	number := ""
	err := s.onDossier(ctx, g, id, func(d *journal.Draft, x enquiry.Dossier) error {
		if x.State != "handed-over" {
			return refuse("cases.refused.dossier-state")
		}
		number = "AR-" + x.Number
		d.Add(DossierAcknowledged{Dossier: id, Case: x.Case, Acknowledgement: number, By: actor(g)})
		return nil
	})
	return number, err
}

func (s *Service) onDossier(ctx context.Context, g policy.Grant, id ident.ID, decide func(*journal.Draft, enquiry.Dossier) error) error {
	if err := given(g, dossierRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		x, err := readDossier(ctx, r, id)
		if err != nil {
			return err
		}
		return decide(d, x)
	})
	return err
}

// Decide answers a dossier with a decision of the pack: one that returns it
// opens the case again, any other closes it and gives the complaint its
// outcome. Law: CPP 40; CPP 41
func (s *Service) Decide(ctx context.Context, g policy.Grant, id ident.ID, code string, given map[string]string) error {
	decision, err := s.k.Pack.Decision(code, s.k.Clock.Now())
	var wrong fault.List
	if err != nil {
		wrong.Add("code", "form.choose")
	}
	for _, field := range decision.Fields {
		if strings.TrimSpace(given[field]) == "" {
			wrong.Add("f."+field, "form.required")
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.onDossier(ctx, g, id, func(d *journal.Draft, x enquiry.Dossier) error {
		if x.State != "acknowledged" {
			return refuse("cases.refused.dossier-state")
		}
		if decision.Returns {
			d.Add(DossierReturned{Dossier: id, Case: x.Case, Code: code, Values: valuesOf(id, given), By: actor(g)})
			return nil
		}
		c, err := s.Case(ctx, x.Case)
		if err != nil {
			return err
		}
		d.Add(DossierDecided{Dossier: id, Case: x.Case, Complaint: c.Complaint, Code: code, Values: valuesOf(id, given), By: actor(g)})
		return nil
	})
}

// press sets papers in a language.
func (s *Service) press(lang string) dossier.Press {
	return dossier.NewPress(s.k.Pack, s.k.Texts, lang, s.k.Clock.Now())
}

// dossierPDF sets a dossier from its twin, with twin and proof inside, and
// signs it.
func (s *Service) dossierPDF(ctx context.Context, d enquiry.Dossier, twin []byte, lang string) ([]byte, error) {
	var t dossier.Twin
	if err := json.Unmarshal(twin, &t); err != nil {
		return nil, err
	}
	proof, qr, err := s.k.Paper.Proof(ctx, d.Entry, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	pdf, err := print.Render(s.press(lang).Dossier(&t, twin, qr),
		print.Attachment{Name: dossier.TwinFile, MIME: "application/json", Description: "Structured twin, " + dossier.Format, Relation: "Alternative", Data: twin},
		print.Attachment{Name: dossier.ProofFile, MIME: "application/json", Description: "Proof of the hand-over", Relation: "Supplement", Data: proof})
	if err != nil {
		return nil, err
	}
	return s.k.Paper.Sign(ctx, pdf, s.k.Texts.In(text.Lang(lang)).T("cases.paper.reason"))
}
