package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/print"
)

// proofName is the name under which a document carries its proof.
const proofName = "amana-proof.json"

func proofCommand() *cobra.Command {
	c := &cobra.Command{Use: "proof", Short: "Check the proof of a document, offline"}
	var p place
	var vkey, policy string
	check := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a document (PDF) or a proof file (JSON)",
		Long: `Check recomputes the proof that a document carries: the digests of the values
it shows, the commitment, the leaf, the way to the signed root, the signatures.
It needs no network and no access to the service.

Whom to believe is yours to say: --log-key gives the published verifier key of
the service's log. Without it the key inside the document is used and its
fingerprint printed, for you to compare with the published one.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return checkProof(c.OutOrStdout(), p, args[0], vkey, policy)
		},
	}
	check.Flags().BoolVar(&p.asJSON, "json", false, "print the result as JSON")
	check.Flags().StringVar(&vkey, "log-key", "", "the published verifier key of the log")
	check.Flags().StringVar(&policy, "policy", "", "`FILE` that says which witnesses must have cosigned")
	c.AddCommand(check)
	return c
}

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
}

func checkProof(out io.Writer, p place, file, vkey, policyFile string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	result := examine(raw, vkey, policyFile)
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

func examine(raw []byte, vkey, policyFile string) checked {
	c := checked{Witnesses: []string{}, KeyGiven: vkey != ""}
	fail := func(err error) checked { c.Error = err.Error(); return c }
	if bytes.HasPrefix(raw, []byte("%PDF-")) {
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
	if vkey == "" {
		vkey = proof.LogKey
	}
	var policy []byte
	if policyFile != "" {
		if policy, err = os.ReadFile(policyFile); err != nil {
			return fail(err)
		}
	}
	r, err := tlog.CheckProof(proof, tlog.Trust{LogVKey: vkey, Policy: policy})
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
	return c
}

func (c checked) print(out io.Writer) {
	if !c.Valid {
		fmt.Fprintf(out, "NOT VALID: %s\n", c.Error)
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
	for _, path := range sortedKeys(c.Fields) {
		fmt.Fprintf(out, "  %s = %s\n", path, c.Fields[path])
	}
	if len(c.Withheld) > 0 {
		fmt.Fprintf(out, "withheld: %d fields\n", len(c.Withheld))
	}
}
