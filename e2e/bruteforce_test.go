package e2e

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	bigendian "encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The strongest attacker within reach of what remains after an erasure: they have
// the whole data folder and the key file, know every number that a card of the
// demonstration can have, and try on each of them whatever could have been kept
// for looking a number up: plain digests, and keyed ones under every secret of the
// key file and what derives from it.

// cardPrefixes are those of the demonstration's cards; numbers follow from
// 10,000 to 899,999 (cmd/amana/demodata).
var cardPrefixes = strings.Fields("A AB AD AE B BE BH BJ BK C CD D EE F FA G GK H HH I J JB K KB L LA M N P Q R S T TA U V W WA X Z ZT")

// heads is a set of the first eight bytes of everything that stands anywhere in
// some files, at any offset: a bit array in front of the sorted values.
type heads struct {
	bits []uint64
	all  []uint64
}

const headBits = 30

func slot(head uint64) uint64 { return head * 0x9E3779B97F4A7C15 >> (64 - headBits) }

// headsOf reads every byte of a folder but the key file's.
func headsOf(t testing.TB, data string) *heads {
	t.Helper()
	h := &heads{bits: make([]uint64, 1<<headBits/64)}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(filepath.Base(path), "amana.key") {
			return err
		}
		raw, err := os.ReadFile(path)
		h.add(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(h.all)
	return h
}

func (h *heads) add(raw []byte) {
	for i := 0; i+8 <= len(raw); i++ {
		head := bigendian.BigEndian.Uint64(raw[i:])
		if head == 0 {
			continue // most of an empty page
		}
		s := slot(head)
		h.bits[s/64] |= 1 << (s % 64)
		h.all = append(h.all, head)
	}
}

// holds reports whether a value's first words of eight bytes stand anywhere. Two
// of a digest do not by chance, nor do four of its hexadecimal digits, of which
// one alone is in many an id.
func (h *heads) holds(value []byte, words int) bool {
	for i := range words {
		if !h.word(bigendian.BigEndian.Uint64(value[8*i:])) {
			return false
		}
	}
	return true
}

func (h *heads) word(head uint64) bool {
	if s := slot(head); h.bits[s/64]&(1<<(s%64)) == 0 {
		return false
	}
	_, found := slices.BinarySearch(h.all, head)
	return found
}

// guess is one way to derive a value from a number.
type guess struct {
	name string
	make func() hash.Hash
	form func(number string) string
}

// guesses lists the ways: every common digest, and HMAC-SHA256 under every
// secret, of the number as it is, in small letters and as JSON.
func guesses(secrets map[string][]byte) []guess {
	plain := func(s string) string { return s }
	forms := map[string]func(string) string{"": plain, " as JSON": func(s string) string { return `"` + s + `"` }}
	out := []guess{
		{"MD5", md5.New, plain}, {"SHA-1", sha1.New, plain}, {"SHA-512", sha512.New, plain},
		{"SHA-256 of small letters", sha256.New, strings.ToLower},
	}
	for name, form := range forms {
		out = append(out, guess{"SHA-256" + name, sha256.New, form})
		for of, secret := range secrets {
			out = append(out, guess{"HMAC-SHA256 under " + of + name, func() hash.Hash { return hmac.New(sha256.New, secret) }, form})
		}
	}
	return out
}

// secretsOf gives every secret of a key file, with what derives from it.
func secretsOf(t testing.TB, path string) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	var file struct{ Master, LogSigner []byte }
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{"the master key": file.Master, "the log's key": file.LogSigner}
	for _, use := range []string{"blobs", "drafts", "modules"} {
		key, err := hkdf.Key(sha256.New, file.Master, nil, "amana "+use, 32)
		if err != nil {
			t.Fatal(err)
		}
		out["the key of "+use] = key
	}
	return out
}

// findNumbers tries every number in every way and gives what it found, a
// prefix for each processor at a time.
func findNumbers(h *heads, prefixes []string, all []guess) (found []string) {
	var mu sync.Mutex
	var busy sync.WaitGroup
	next := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			for prefix := range next {
				some := tryPrefix(h, prefix, all)
				mu.Lock()
				found = append(found, some...)
				mu.Unlock()
			}
		})
	}
	for _, prefix := range prefixes {
		next <- prefix
	}
	close(next)
	busy.Wait()
	return found
}

func tryPrefix(h *heads, prefix string, all []guess) (found []string) {
	sums := make([]hash.Hash, len(all))
	for i, g := range all {
		sums[i] = g.make()
	}
	var buffer, text [128]byte
	for n := 10_000; n < 900_000; n++ {
		number := prefix + strconv.Itoa(n)
		for i, g := range all {
			sums[i].Reset()
			_, _ = io.WriteString(sums[i], g.form(number)) // a hash takes all
			sum := sums[i].Sum(buffer[:0])
			n := hex.Encode(text[:], sum)
			if h.holds(sum, 2) || h.holds(text[:n], 4) {
				found = append(found, g.name+" of "+number)
			}
		}
	}
	return found
}

// TestEveryNumberIsTried erases people and then tries every number on what is
// left, with all of the service's secrets in hand. The finder is first shown to
// find: a careless digest that is planted is found.
func TestEveryNumberIsTried(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	ids := standing(t, db)
	p := known(t, db, ids[0])
	documents := telling(t, db, []person{p})
	kept := column(t, db, "select wrapped from journal_keys where subject = ?", p.id)
	db.Close()
	must(t, append([]string{"erase", "--data", data, "--ground", "L09-08-3", "--authority", "order 7/2026", p.id}, documents...)...)
	if where := holds(t, data, kept); where != "" || len(kept) != 1 {
		t.Fatalf("the wrapped key of the erased person is still in %q", where)
	}
	prefixes := cardPrefixes
	if os.Getenv("AMANA_NUMBERS") != "all" { // all of them take minutes: make soak
		prefixes = []string{strings.TrimRight(p.cnie, "0123456789")}
	}
	secrets := secretsOf(t, filepath.Join(data, "amana.key"))
	all := guesses(secrets)
	h := headsOf(t, data)
	if found := findNumbers(h, prefixes, all); len(found) > 0 {
		t.Errorf("%d numbers are found, the first by %s", len(found), found[0])
	}
	db = hand(t, data, "amana.db")
	salted := saltedBy(t, db, p.cnie)
	for from, digest := range salted {
		if h.holds(digest, 2) {
			t.Errorf("the number is found by %s", from)
		}
	}
	for table, columns := range tables(t, db) {
		if !strings.HasPrefix(table, "idx_index") {
			continue
		}
		for _, c := range columns {
			if n := one[int](t, db, fmt.Sprintf("select count(*) from %s where cast(%s as text) = ?", table, c), p.id); n > 0 {
				t.Errorf("%d search keys in %s still lead to the erased person", n, table)
			}
		}
	}
	mac := hmac.New(sha256.New, secrets["the master key"])
	mac.Write([]byte(p.cnie))
	plain := sha256.Sum256([]byte(p.cnie))
	h.add(append([]byte("careless"), mac.Sum(nil)...))
	h.add([]byte(hex.EncodeToString(plain[:])))
	slices.Sort(h.all)
	if found := findNumbers(h, []string{strings.TrimRight(p.cnie, "0123456789")}, all); len(found) != 2 {
		t.Errorf("two careless digests were planted, and %v found", found)
	}
	for from, digest := range salted {
		h.add(digest)
		slices.Sort(h.all)
		if !h.holds(digest, 2) {
			t.Errorf("a digest planted %s is not found", from)
		}
		break
	}
	if len(salted) < 10_000 {
		t.Errorf("only %d open salts were tried", len(salted))
	}
}

// saltedBy derives what could have been kept of a number under the open salts of
// the entries: the digest of a field at each of an entry's paths, and keyed
// digests of the number itself. What an attacker would find by trying all numbers
// is there exactly if it is there for the true one.
func saltedBy(t testing.TB, db *sql.DB, number string) map[string][]byte {
	t.Helper()
	keyed := func(key []byte, words string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(words))
		return m.Sum(nil)
	}
	out := map[string][]byte{}
	for i, raw := range column(t, db, "select cast(body as text) from journal_entries order by seq") {
		var body map[string]any
		if err := json.Unmarshal([]byte(raw), &body); err != nil {
			t.Fatal(err)
		}
		salt, err := base64.StdEncoding.DecodeString(body["salt"].(string))
		if err != nil || len(salt) != 32 {
			t.Fatalf("entry %d: a salt of %d bytes, %v", i+1, len(salt), err)
		}
		out[fmt.Sprintf("the salt of entry %d", i+1)] = keyed(salt, number)
		for path := range pathsIn(body) {
			of := keyed(salt, path)
			out[fmt.Sprintf("the salt of %s in entry %d", path, i+1)] = keyed(of, path+"\x00"+`"`+number+`"`)
			out[fmt.Sprintf("the bare salt of %s in entry %d", path, i+1)] = keyed(of, number)
		}
	}
	return out
}

// pathsIn gathers every name that stands in a body: those of fields among them.
func pathsIn(v any) map[string]bool {
	out := map[string]bool{}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			out[name] = true
			maps.Copy(out, pathsIn(inner))
		}
	case []any:
		for _, inner := range v {
			maps.Copy(out, pathsIn(inner))
		}
	}
	return out
}
