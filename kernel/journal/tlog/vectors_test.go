package tlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/amana-platform/amana/kernel/clock"
)

var update = flag.Bool("update", false, "write docs/format/vectors anew")

const vectorDir = "../../../docs/format/vectors"

// vectorFile compares a published file with what the code gives today, or
// writes it.
func vectorFile(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(vectorDir, name)
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, content, 0o644))
		return
	}
	have, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(have, content) {
		t.Errorf("%s is not what the code gives; a published format has changed (or run go test -update)", path)
	}
}

func vectorJSON(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	must(t, e.Encode(v))
	vectorFile(t, name, b.Bytes())
}

type object = map[string]any

func TestLeafVectors(t *testing.T) {
	batch := Leaf{Type: AccessBatch, Minute: 0, Source: testHome + "/main", Seq: 1 << 62}
	var good []object
	for _, l := range []Leaf{testLeaf(1), testLeaf(42), batch} {
		good = append(good, object{"type": l.Type, "minute": l.Minute, "source": l.Source, "seq": l.Seq,
			"commitment": hex.EncodeToString(l.Commitment[:]), "text": string(l.Marshal()), "hash": hexOf(l.Hash())})
	}
	text := string(testLeaf(42).Marshal())
	bad := []object{}
	for _, b := range badLeaves(text) {
		bad = append(bad, object{"why": b[0], "text": b[1]})
	}
	vectorJSON(t, "leaf.json", object{"valid": good, "invalid": bad})
}

func badLeaves(text string) [][2]string {
	edit := func(old, new string) string { return strings.Replace(text, old, new, 1) }
	return [][2]string{
		{"empty", ""}, {"no last newline", strings.TrimSuffix(text, "\n")}, {"an extra line", text + "\n"},
		{"another version", edit("/v1", "/v2")}, {"capitals in the type", edit("register", "Register")},
		{"a leading zero", edit("\n42\n", "\n042\n")}, {"a sign", edit("\n42\n", "\n+42\n")}, {"seq zero", edit("\n42\n", "\n0\n")},
		{"negative minute", edit("\n29", "\n-29")}, {"no source", edit(testHome, "")}, {"a space", edit("018f", "018 ")},
		{"commitment too short", text[:len(text)-2] + "\n"}, {"commitment in capitals", text[:len(text)-65] + strings.ToUpper(text[len(text)-65:])},
		{"carriage returns", strings.ReplaceAll(text, "\n", "\r\n")}, {"a type with two dots", edit("register.", "register..")}, {"a type that ends in a dot", edit("recorded", "recorded.")}, {"a slash in the type", edit("register.", "register/")},
	}
}

// madeUp is an entry for the vectors: five open fields, two sealed ones.
type madeUp struct {
	openSecret, boxSecret []byte
	open, sealed          map[string]string
}

func entryForVectors(home string, seq int64, written time.Time) madeUp {
	secret := func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }
	return madeUp{
		openSecret: secret("open"), boxSecret: secret("box"),
		open: map[string]string{
			"entry.id": `"018f3c1e-1234-7abc-8def-000000000042"`, "entry.home": fmt.Sprintf("%q", home), "entry.seq": fmt.Sprint(seq),
			"entry.kind": `"register.complaint-recorded"`, "entry.version": "1", "entry.actor": `"018f3c1e-0000-7000-8000-0000000000aa"`,
			"entry.unit": `"018f3c1e-0000-7000-8000-0000000000bb"`, "entry.action": `"register.record"`, "entry.purpose": `"task/018f3c1e-0000-7000-8000-0000000000cc"`,
			"entry.happened": fmt.Sprint(written.Add(-time.Hour).UnixMicro()), "entry.written": fmt.Sprint(written.UnixMicro()),
			"Number": `"2026/000042"`, "Offence": `"theft"`, "Parties[#]": "1",
		},
		sealed: map[string]string{"Parties[0].Name": `"Synthetic Person"`, "Facts": "\"A bicycle, <blue> & \u062f\u0631\u0627\u062c\u0629\""},
	}
}

func (m madeUp) digests() map[string][32]byte {
	out := map[string][32]byte{}
	for path, v := range m.open {
		out[path] = FieldDigest(FieldSalt(m.openSecret, path), path, v)
	}
	for path, v := range m.sealed {
		out[path] = FieldDigest(FieldSalt(m.boxSecret, path), path, v)
	}
	return out
}

func TestEntryVectors(t *testing.T) {
	m := entryForVectors(testHome, 42, vectorTime())
	fields := []object{}
	digests := m.digests()
	for _, path := range sortedKeys(digests) {
		secret, value, sealed := m.openSecret, m.open[path], false
		if v, ok := m.sealed[path]; ok {
			secret, value, sealed = m.boxSecret, v, true
		}
		d := digests[path]
		fields = append(fields, object{"path": path, "value": value, "sealed": sealed, "salt": hex.EncodeToString(FieldSalt(secret, path)), "digest": hex.EncodeToString(d[:])})
	}
	c := EntryCommitment(digests)
	chains := []object{}
	var prev [32]byte
	for seq := int64(1); seq <= 3; seq++ {
		next := chainOf(prev, seq, c)
		chains = append(chains, object{"previous": hex.EncodeToString(prev[:]), "seq": seq, "commitment": hex.EncodeToString(c[:]), "chain": hex.EncodeToString(next[:])})
		prev = next
	}
	vectorJSON(t, "entry.json", object{
		"openSecret": hex.EncodeToString(m.openSecret), "boxSecret": hex.EncodeToString(m.boxSecret),
		"fields": fields, "commitment": hex.EncodeToString(c[:]),
	})
	vectorJSON(t, "chain.json", chains)
}

// chainOf is written from docs/format/entry.md, not from the journal.
func chainOf(prev [32]byte, seq int64, commitment [32]byte) [32]byte {
	n := binary.BigEndian.AppendUint64(nil, uint64(seq))
	return merkleSum([]byte("amana-chain/v1\n"), prev[:], n, commitment[:])
}

func TestBatchVectors(t *testing.T) {
	var out []object
	for _, n := range []int{0, 1, 2, 3, 7, 8, 100} {
		list := []string{}
		stored := map[int64]merkle.Hash{}
		for i := range n {
			c := sha256.Sum256(fmt.Appendf(nil, "access %d", i))
			list = append(list, hex.EncodeToString(c[:]))
			more, err := merkle.StoredHashes(int64(i), c[:], reader(stored))
			must(t, err)
			for k, h := range more {
				stored[merkle.StoredHashIndex(0, int64(i))+int64(k)] = h
			}
		}
		root, err := merkle.TreeHash(int64(n), reader(stored))
		must(t, err)
		out = append(out, object{"commitments": list, "root": hexOf(root)})
	}
	vectorJSON(t, "access-batch.json", out)
}

func TestQRVectors(t *testing.T) {
	m := entryForVectors(testHome, 42, vectorTime())
	q := QR{OriginHash(vectorOrigin), "018f3c1e-1234-7abc-8def-000000000042", [32]byte(m.openSecret)}
	sealed := map[string]string{}
	for path := range m.sealed {
		d := m.digests()[path]
		sealed[path] = hex.EncodeToString(d[:])
	}
	c := EntryCommitment(m.digests())
	vectorJSON(t, "qr.json", object{"origin": vectorOrigin, "entry": q.Entry, "secret": hex.EncodeToString(q.Secret[:]), "text": q.String(),
		"open": m.open, "sealedDigests": sealed, "commitment": hex.EncodeToString(c[:])})
}

const vectorOrigin = "log.amana.example/2026"

func vectorTime() time.Time { return time.Date(2026, 3, 1, 8, 0, 30, 123456000, time.UTC) }

// vectorLog is a small log with keys that everyone knows, and the policy that
// belongs to it.
type vectorLog struct {
	leaves []Leaf
	stored map[int64]merkle.Hash
	signed []byte
	log    SignerKey
	policy string
	entry  madeUp
	index  uint64
}

const (
	vectorSize  = 258
	vectorIndex = 137
)

func makeVectorLog(t *testing.T) vectorLog {
	t.Helper()
	v := vectorLog{log: SignerKey{vectorOrigin, vectorKey(1)}, index: vectorIndex}
	v.entry = entryForVectors(testHome, vectorIndex+1, vectorTime())
	for i := range int64(vectorSize) {
		v.leaves = append(v.leaves, testLeaf(i+1))
	}
	leaf := &v.leaves[vectorIndex]
	leaf.Minute, leaf.Commitment = MinuteOf(vectorTime()), EntryCommitment(v.entry.digests())
	v.rebuild(t)
	return v
}

// rebuild makes the tree of the leaves anew and signs it.
func (v *vectorLog) rebuild(t *testing.T) {
	t.Helper()
	v.stored = map[int64]merkle.Hash{}
	for i, leaf := range v.leaves {
		more, err := merkle.StoredHashes(int64(i), leaf.Marshal(), reader(v.stored))
		must(t, err)
		for k, h := range more {
			v.stored[merkle.StoredHashIndex(0, int64(i))+int64(k)] = h
		}
	}
	v.sign(t)
}

func (v *vectorLog) sign(t *testing.T) {
	root, err := merkle.TreeHash(vectorSize, reader(v.stored))
	must(t, err)
	signer, err := v.log.Note()
	must(t, err)
	by := []note.Signer{signer}
	vkey, err := v.log.VKey()
	must(t, err)
	v.policy = "# a made-up policy: two of three witnesses\nlog " + vkey + "\n"
	for i, name := range []string{"commission", "prosecution", "university"} {
		k := SignerKey{name + ".example", vectorKey(byte(10 + i))}
		v.policy += "witness " + name + " " + vkeyOf(t, k) + " https://" + name + ".example/\n"
		c, err := k.cosigner(clock.At(vectorTime().Add(time.Second)))
		must(t, err)
		if i < 2 {
			by = append(by, c)
		}
	}
	v.policy += "group outside 2 commission prosecution university\nquorum outside\n"
	v.signed, err = note.Sign(&note.Note{Text: string(bodyOf(vectorOrigin, vectorSize, root))}, by...)
	must(t, err)
}

func (v vectorLog) vkey(t *testing.T) string {
	k, err := v.log.VKey()
	must(t, err)
	return k
}

// proof withholds the actor, the unit, the purpose, and a sealed name.
func (v vectorLog) proof(t *testing.T) ProofFile {
	t.Helper()
	c, err := openedBy(v.signed, v.vkey(t))
	must(t, err)
	hashes, err := merkle.ProveRecord(vectorSize, vectorIndex, reader(v.stored))
	must(t, err)
	in := Inclusion{Index: vectorIndex, Checkpoint: c, LogVKey: v.vkey(t)}
	for _, h := range hashes {
		in.Hashes = append(in.Hashes, h)
	}
	var shown []Disclosed
	var hidden []Withheld
	for path, d := range v.entry.digests() {
		switch value, open := v.entry.open[path]; {
		case path == "entry.actor" || path == "entry.unit" || path == "entry.purpose" || path == "Parties[0].Name":
			hidden = append(hidden, Withheld{path, bytes.Clone(d[:])})
		case open:
			shown = append(shown, Disclose(v.entry.openSecret, path, value))
		default:
			shown = append(shown, Disclose(v.entry.boxSecret, path, v.entry.sealed[path]))
		}
	}
	return NewProof(v.leaves[vectorIndex], in, shown, hidden)
}

func openedBy(signed []byte, vkey string) (Checkpoint, error) {
	r, err := VerifyNote(signed, vkey, nil)
	return r.Checkpoint, err
}

func TestProofVectors(t *testing.T) {
	v := makeVectorLog(t)
	p := v.proof(t)
	raw, err := p.Marshal()
	must(t, err)
	vectorFile(t, "proof.json", raw)
	vectorFile(t, "policy.txt", []byte(v.policy))
	hashes := make([][32]byte, len(p.Hashes))
	for i, h := range p.Hashes {
		hashes[i] = [32]byte(h)
	}
	vectorFile(t, "leaf.tlog-proof", Inclusion{Index: vectorIndex, Hashes: hashes, Checkpoint: Checkpoint{Note: v.signed}}.Text())
	for name, content := range v.files() {
		vectorFile(t, "log/"+name, content)
	}
	bad := []object{}
	for _, b := range badProofs(t, v) {
		raw, err := b.proof.Marshal()
		must(t, err)
		bad = append(bad, object{"why": b.why, "proof": json.RawMessage(raw)})
	}
	vectorJSON(t, "proof-invalid.json", bad)
}

// files lays the log out as C2SP tlog-tiles.
func (v vectorLog) files() map[string][]byte {
	out := map[string][]byte{"checkpoint": v.signed}
	for n := 0; n*tileWidth < len(v.leaves); n++ {
		part := v.leaves[n*tileWidth : min(len(v.leaves), (n+1)*tileWidth)]
		var bundle []byte
		for _, l := range part {
			text := l.Marshal()
			bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(text))), text...)
		}
		out[layout.EntriesPath(uint64(n), uint8(len(part)%tileWidth))] = bundle
	}
	for _, tile := range merkle.NewTiles(tileHeight, 0, vectorSize) {
		data, err := merkle.ReadTileData(tile, reader(v.stored))
		if err != nil {
			panic(err)
		}
		out[layout.TilePath(uint64(tile.L), uint64(tile.N), uint8(tile.W%tileWidth))] = data
	}
	return out
}

func TestVectorLogIsSound(t *testing.T) {
	if *update {
		t.Skip("being written")
	}
	v := makeVectorLog(t)
	r, err := CheckLog(t.Context(), vectorDir+"/log", v.vkey(t), []byte(v.policy), nil)
	if err != nil || r.Leaves != vectorSize || len(r.Witnesses) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// hexOf is not "%x": a merkle.Hash prints itself in base64.
func hexOf(h merkle.Hash) string { return hex.EncodeToString(h[:]) }
