package sign

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// Options say what a signature states beside who made it.
type Options struct {
	At       time.Time // the time stated, checked against the certificates
	Reason   string
	Location string
	Stamper  Stamper // nil for a signature without a time stamp
}

// room is how many bytes a signature may take in the file.
const room = 16 << 10

// PDF signs a document of print.Render, or one that is signed already, by
// appending to it. Faults: print.sign.expired, print.sign.not-yet,
// print.pdf.malformed, print.sign.time-unavailable.
func PDF(ctx context.Context, document []byte, s Signer, o Options) ([]byte, error) {
	if err := inForce(s, o.At); err != nil {
		return nil, err
	}
	return appendField(document, signatureValue(s, o), func(digest []byte) ([]byte, error) {
		var stamp func([]byte) ([]byte, error)
		if o.Stamper != nil {
			stamp = func(digest []byte) ([]byte, error) { return o.Stamper.Stamp(ctx, digest) }
		}
		return seal(message{kind: oidData, digest: digest}, s, stamp)
	})
}

// Stamp appends a document time stamp (ETSI EN 319 142-1, 5.4.3; subfilter
// ETSI.RFC3161) to a document that is signed already, for the case that no
// authority answered when it was: it covers the file with its signatures, and
// from then on says that they were there. Faults: print.pdf.malformed,
// print.sign.time-unavailable.
func Stamp(ctx context.Context, document []byte, s Stamper) ([]byte, error) {
	return appendField(document, stampValue(), func(digest []byte) ([]byte, error) { return s.Stamp(ctx, digest) })
}

// appendField appends one signature field with its value, whose hole takes what
// fill makes of the digest of all the rest.
func appendField(document []byte, value string, fill func(digest []byte) ([]byte, error)) ([]byte, error) {
	out, hole, err := prepare(document, value)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "print.pdf.malformed")
	}
	digest := sha256.New()
	digest.Write(out[:hole])
	digest.Write(out[hole+2*room+2:])
	der, err := fill(digest.Sum(nil))
	if err != nil {
		return nil, err
	}
	if len(der) > room {
		return nil, fmt.Errorf("sign: a signature of %d bytes, %d are reserved", len(der), room)
	}
	copy(out[hole+1:], fmt.Sprintf("%X", der))
	return out, nil
}

// inForce refuses certificates that are not valid at the time stated.
func inForce(s Signer, at time.Time) error {
	if len(s.Chain()) == 0 {
		return fault.New(fault.Unavailable, "print.sign.expired", "name", "")
	}
	for _, c := range s.Chain() {
		if at.After(c.NotAfter) {
			return fault.New(fault.Unavailable, "print.sign.expired", "name", c.Subject.CommonName, "until", c.NotAfter.UTC().Format(time.DateOnly))
		}
		if at.Before(c.NotBefore) {
			return fault.New(fault.Unavailable, "print.sign.not-yet", "name", c.Subject.CommonName, "from", c.NotBefore.UTC().Format(time.DateOnly))
		}
	}
	return nil
}

// Widths of the byte range, written when the rest of the file is known.
const (
	contentsKey = "/Contents <"
	rangeKey    = "/ByteRange [0 "
	rangeForm   = "%010d %010d %010d]"
)

// prepare appends a signature field with an empty hole for the signature, and
// gives where the hole begins: at its opening bracket.
func prepare(document []byte, value string) ([]byte, int, error) {
	r, err := pdf.Open(document)
	if err != nil {
		return nil, 0, err
	}
	u, err := pdf.NewUpdate(r)
	if err != nil {
		return nil, 0, err
	}
	ref, at := u.Add(value)
	if err := addField(r, u, ref); err != nil {
		return nil, 0, err
	}
	out := u.Finish()
	hole := at + strings.Index(value, contentsKey) + len(contentsKey) - 1
	after := hole + 2*room + 2
	ranges := at + strings.Index(value, rangeKey) + len(rangeKey)
	copy(out[ranges:], fmt.Sprintf(rangeForm, hole, after, len(out)-after))
	return out, hole, nil
}

func signatureValue(s Signer, o Options) string {
	var b strings.Builder
	b.WriteString("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached " + empty())
	fmt.Fprintf(&b, "/M (%s) /Name %s", pdf.Date(o.At), pdf.Text(s.Chain()[0].Subject.CommonName))
	if o.Reason != "" {
		b.WriteString(" /Reason " + pdf.Text(o.Reason))
	}
	if o.Location != "" {
		b.WriteString(" /Location " + pdf.Text(o.Location))
	}
	b.WriteString(">>")
	return b.String()
}

// subStamp is the subfilter of a document time stamp.
const subStamp = "ETSI.RFC3161"

func stampValue() string {
	return "<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /" + subStamp + " " + empty() + ">>"
}

// empty is the byte range and the hole, before they are filled.
func empty() string {
	return rangeKey + fmt.Sprintf(rangeForm, 0, 0, 0) + " " + contentsKey + strings.Repeat("0", 2*room) + "> "
}

// addField hangs an invisible signature field on the first page and lists it
// in the form (ISO 32000-1, 12.7.4.5).
func addField(r *pdf.Reader, u *pdf.Update, value pdf.Ref) error {
	rootRef, ok := r.Trailer["Root"].(pdf.Ref)
	root, err := r.Dict(rootRef)
	if err != nil || !ok {
		return pdf.ErrMalformed
	}
	pageRef, page, err := firstPage(r, root)
	if err != nil {
		return err
	}
	form, _ := root["AcroForm"].(pdf.Dict)
	fields, _ := form["Fields"].(pdf.Array)
	field, _ := u.Add(fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T %s /V %s /F 132 /Rect [0 0 0 0] /P %s>>",
		pdf.Text(fmt.Sprintf("Signature%d", len(fields)+1)), value, pageRef))
	annots, _ := page["Annots"].(pdf.Array)
	page["Annots"] = append(append(pdf.Array{}, annots...), field)
	root["AcroForm"] = pdf.Dict{"Fields": append(append(pdf.Array{}, fields...), field), "SigFlags": pdf.Number("3")}
	u.Put(pageRef, pdf.Format(page))
	u.Put(rootRef, pdf.Format(root))
	return nil
}

func firstPage(r *pdf.Reader, root pdf.Dict) (pdf.Ref, pdf.Dict, error) {
	tree, err := r.Dict(root["Pages"])
	if err != nil {
		return 0, nil, err
	}
	kids, _ := tree["Kids"].(pdf.Array)
	if len(kids) == 0 {
		return 0, nil, pdf.ErrMalformed
	}
	ref, ok := kids[0].(pdf.Ref)
	page, err := r.Dict(ref)
	if err != nil || !ok || page["Type"] != pdf.NameValue("Page") {
		return 0, nil, pdf.ErrMalformed
	}
	return ref, page, nil
}
