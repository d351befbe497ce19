package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/sign"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/citizens/logbook"
)

// proofName is the name under which a document carries its proof.
const proofName = "amana-proof.json"

func proofCommand() *cobra.Command {
	c := &cobra.Command{Use: "proof", Short: "Check the proof of a document, offline"}
	var p place
	var trust belief
	check := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a document (PDF), a proof file or a citizen's log (JSON)",
		Long: `Check recomputes the proof that a document carries: the digests of the values
it shows, the commitment, the leaf, the way to the signed root, the signatures.
It needs no network and no access to the service. Of a document it also checks
the signatures with their time stamps, and that the data inside a dossier
(dossier.json) are those that the entry holds the digest of. Of a citizen's log
it checks each line, that none is missing and that none has changed places.

Whom to believe is yours to say: --log-key gives the published verifier key of
the service's log. Without it the key inside the document is used and its
fingerprint printed, for you to compare with the published one. So with --ca and
the authorities of the signatures.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return checkProof(c.OutOrStdout(), p, args[0], trust)
		},
	}
	check.Flags().BoolVar(&p.asJSON, "json", false, "print the result as JSON")
	check.Flags().StringVar(&trust.vkey, "log-key", "", "the published verifier key of the log")
	check.Flags().StringVar(&trust.ca, "ca", "", "PEM `FILE` with the authorities of signatures and time stamps")
	check.Flags().StringVar(&trust.policy, "policy", "", "`FILE` that says which witnesses must have cosigned")
	c.AddCommand(check)
	return c
}

// belief is whom the reader believes; empty: whom the document names.
type belief struct{ vkey, policy, ca string }

// checked is what `amana proof check --json` prints.
type checked struct {
	Valid     bool              `json:"valid"`
	Error     string            `json:"error,omitempty"`
	Origin    string            `json:"origin,omitempty"`
	LogKey    string            `json:"logKey,omitempty"`
	KeyGiven  bool              `json:"keyGiven"` // whether the key was the reader's own, not the document's
	Entry     string            `json:"entry,omitempty"`
	Kind      string            `json:"kind,omitempty"`
	Written   string            `json:"written,omitempty"`
	Index     uint64            `json:"index"`
	TreeSize  uint64            `json:"treeSize"`
	Witnesses []string          `json:"witnesses"`
	Fields    map[string]string `json:"fields,omitempty"`
	Withheld  []string          `json:"withheld,omitempty"`

	Citizen string `json:"citizen,omitempty"` // whose log it is
	Lines   int    `json:"lines,omitempty"`   // of a citizen's log, numbered from 1

	Signatures []signed `json:"signatures,omitempty"` // of a PDF
	CAGiven    bool     `json:"caGiven"`              // whether their authorities were the reader's own
	Profile    string   `json:"profile,omitempty"`    // of the dossier whose data were checked
}

// signed is a signature of a document that holds.
type signed struct {
	Name    string `json:"name"`
	Stamped string `json:"stamped,omitempty"` // when a time stamp authority saw it
}

func checkProof(out io.Writer, p place, file string, trust belief) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := trust.there(); err != nil {
		return err // no fault of the document
	}
	result := examine(raw, trust)
	if p.asJSON {
		if err := printJSON(out, result); err != nil {
			return err
		}
	} else {
		result.print(out)
	}
	if !result.Valid {
		return errFound
	}
	return nil
}

func examine(raw []byte, trust belief) checked {
	c := checked{Witnesses: []string{}, KeyGiven: trust.vkey != "", CAGiven: trust.ca != ""}
	fail := func(err error) checked { c.Error = err.Error(); return c }
	if logbook.Is(raw) {
		return examineLog(raw, trust)
	}
	var twin []byte
	if bytes.HasPrefix(raw, []byte("%PDF-")) {
		var err error
		if c.Signatures, err = signatures(raw, trust.ca); err != nil {
			return fail(err)
		}
		twin, _ = print.Attached(raw, dossier.TwinFile) // other papers have none
		inside, err := print.Attached(raw, proofName)
		if err != nil {
			return fail(fmt.Errorf("this PDF carries no proof: %w", err))
		}
		raw = inside
	}
	proof, err := tlog.ParseProof(raw)
	if err != nil {
		return fail(err)
	}
	vkey := cmp.Or(trust.vkey, proof.LogKey)
	believed, err := trust.log(vkey)
	if err != nil {
		return fail(err)
	}
	r, err := tlog.CheckProof(proof, believed)
	if err != nil {
		return fail(err)
	}
	c.Valid, c.Origin, c.LogKey, c.Entry, c.Kind = true, r.Origin, vkey, r.ID, r.Leaf.Type
	c.Written, c.Index, c.TreeSize, c.Withheld = r.Written.Format(time.RFC3339Nano), r.Index, r.Size, r.Withheld
	for _, w := range r.Witnesses {
		c.Witnesses = append(c.Witnesses, w.Name)
	}
	c.Fields = map[string]string{}
	for path, v := range r.Fields {
		c.Fields[path] = string(v)
	}
	if twin != nil {
		if c.Profile = profileOf(twin, c.Fields); c.Profile == "" {
			c.Valid = false
			return fail(errors.New("the data inside (" + dossier.TwinFile + ") are not those that the entry holds the digest of"))
		}
	}
	return c
}

// there tells whether what the reader believes can be read.
func (b belief) there() error {
	if b.policy != "" {
		if _, err := os.ReadFile(b.policy); err != nil {
			return err
		}
	}
	if b.ca == "" {
		return nil
	}
	_, err := authorities(b.ca)
	return err
}

// authorities reads the certificates that signatures and time stamps must come from.
func authorities(file string) (*x509.CertPool, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return roots, nil
}

// log is whom the reader believes of a log's keys.
func (b belief) log(vkey string) (tlog.Trust, error) {
	t := tlog.Trust{LogVKey: vkey}
	var err error
	if b.policy != "" {
		t.Policy, err = os.ReadFile(b.policy)
	}
	return t, err
}

// examineLog checks a citizen's log that was carried away.
func examineLog(raw []byte, trust belief) checked {
	c := checked{Witnesses: []string{}, KeyGiven: trust.vkey != "", CAGiven: trust.ca != ""}
	believed, err := trust.log(trust.vkey)
	if err != nil {
		c.Error = err.Error()
		return c
	}
	log, err := logbook.Check(raw, believed)
	if err != nil {
		c.Error = err.Error()
		return c
	}
	c.Valid, c.Citizen, c.Lines, c.LogKey = true, log.Citizen, len(log.Lines), log.Key
	c.Origin, c.Written = log.Origin, log.Stated.Format(time.RFC3339Nano)
	return c
}

// signatures checks the signatures of a document: all must hold, and the last
// one must cover it to its end.
func signatures(pdf []byte, ca string) ([]signed, error) {
	roots := sign.Enclosed(pdf)
	if ca != "" {
		var err error
		if roots, err = authorities(ca); err != nil {
			return nil, err
		}
	}
	found, err := sign.Verify(pdf, roots, time.Now())
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || !found[len(found)-1].Whole {
		return nil, errors.New("no signature covers this document to its end")
	}
	var out []signed
	for _, s := range found {
		if s.Err != nil {
			return nil, fmt.Errorf("the signature of %q does not hold: %w", s.Name, s.Err)
		}
		one := signed{Name: s.Name}
		if !s.Stamped.IsZero() {
			one.Stamped = s.Stamped.UTC().Format(time.RFC3339)
		}
		out = append(out, one)
	}
	return out, nil
}

// profileOf gives the redaction profile for which an entry holds the digest of
// a dossier's data, "" if it holds none.
func profileOf(twin []byte, fields map[string]string) string {
	var held []struct{ Profile, SHA256 string }
	if err := json.Unmarshal([]byte(fields["Twins"]), &held); err != nil {
		return ""
	}
	sum := sha256.Sum256(twin)
	for _, h := range held {
		if h.SHA256 == hex.EncodeToString(sum[:]) {
			return h.Profile
		}
	}
	return ""
}

func (c checked) printLog(out io.Writer) {
	fmt.Fprintf(out, "VALID: the log of citizen %s, whole: %d lines, none missing, as of %s in the log %s\n", c.Citizen, c.Lines, c.Written, c.Origin)
	fmt.Fprintf(out, "signed by the key %s\n", c.LogKey)
	if !c.KeyGiven {
		fmt.Fprintln(out, "This key came with the file: compare it with the one the service publishes, or give that one with --log-key.")
	}
}

func (c checked) print(out io.Writer) {
	if !c.Valid {
		fmt.Fprintf(out, "NOT VALID: %s\n", c.Error)
		return
	}
	if c.Citizen != "" {
		c.printLog(out)
		return
	}
	fmt.Fprintf(out, "VALID: entry %s (%s), written %s, leaf %d of %d in the log %s\n", c.Entry, c.Kind, c.Written, c.Index, c.TreeSize, c.Origin)
	fmt.Fprintf(out, "signed by the key %s\n", c.LogKey)
	if !c.KeyGiven {
		fmt.Fprintln(out, "This key came with the document: compare it with the one the service publishes, or give that one with --log-key.")
	}
	if len(c.Witnesses) > 0 {
		fmt.Fprintf(out, "cosigned by %s\n", strings.Join(c.Witnesses, ", "))
	}
	for _, s := range c.Signatures {
		fmt.Fprintf(out, "document signed by %s", s.Name)
		if s.Stamped != "" {
			fmt.Fprintf(out, ", time stamp of %s", s.Stamped)
		}
		fmt.Fprintln(out)
	}
	if len(c.Signatures) > 0 && !c.CAGiven {
		fmt.Fprintln(out, "The certificates came with the document: give the authorities you believe with --ca.")
	}
	if c.Profile != "" {
		fmt.Fprintf(out, "the data inside are those of the entry, profile %s\n", c.Profile)
	}
	for _, path := range sortedKeys(c.Fields) {
		fmt.Fprintf(out, "  %s = %s\n", path, c.Fields[path])
	}
	if len(c.Withheld) > 0 {
		fmt.Fprintf(out, "withheld: %d fields\n", len(c.Withheld))
	}
}
