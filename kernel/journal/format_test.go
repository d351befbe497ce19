package journal

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

type hexed []byte

func (h *hexed) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(string(t))
	return err
}

func published(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := os.ReadFile("../../docs/format/vectors/" + name)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPublishedFormats holds the journal against docs/format.
func TestPublishedFormats(t *testing.T) {
	var entry struct {
		OpenSecret, BoxSecret hexed
		Fields                []struct {
			Path, Value  string
			Sealed       bool
			Salt, Digest hexed
		}
		Commitment hexed
	}
	published(t, "entry.json", &entry)
	digests := map[string]Salt{}
	for _, f := range entry.Fields {
		secret := entry.OpenSecret
		if f.Sealed {
			secret = entry.BoxSecret
		}
		digests[f.Path] = FieldDigest(FieldSalt(secret, f.Path), f.Path, []byte(f.Value))
		if string(digests[f.Path]) != string(f.Digest) {
			t.Errorf("%s: another digest", f.Path)
		}
	}
	if c := Commitment(digests); string(c[:]) != string(entry.Commitment) {
		t.Error("another commitment")
	}
	var links []struct {
		Previous, Commitment, Chain hexed
		Seq                         int64
	}
	published(t, "chain.json", &links)
	for _, l := range links {
		if c := Chain(Hash(l.Previous), l.Seq, Hash(l.Commitment)); string(c[:]) != string(l.Chain) {
			t.Errorf("another chain at %d", l.Seq)
		}
	}
	var batches []struct {
		Commitments []hexed
		Root        hexed
	}
	published(t, "access-batch.json", &batches)
	for _, b := range batches {
		list := make([]Hash, len(b.Commitments))
		for i, c := range b.Commitments {
			list[i] = Hash(c)
		}
		if r := BatchRoot(list); string(r[:]) != string(b.Root) {
			t.Errorf("another root of %d", len(list))
		}
	}
}
