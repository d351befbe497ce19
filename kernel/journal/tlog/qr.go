package tlog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
)

// QR is the proof that fits on paper. It names the log and the entry, and
// carries the secret of the entry's open fields: with the public tiles, the
// open values printed beside it and the digests of the sealed fields, the
// holder can recompute the leaf; without the paper nobody can try values
// against it. It opens nothing that is sealed.
type QR struct {
	Origin [4]byte // OriginHash of the log's origin
	Entry  ident.ID
	Secret [32]byte // of the open fields; see FieldSalt
}

// OriginHash gives the short name of a log: the first four bytes of SHA-256.
func OriginHash(origin string) [4]byte {
	h := sha256.Sum256([]byte(origin))
	return [4]byte(h[:4])
}

// String gives the text of the code:
//
//	AMANA1.<origin hash, 8 hex>.<entry id, 32 hex>.<secret, 43 of base64url>
func (q QR) String() string {
	return fmt.Sprintf("AMANA1.%x.%s.%s", q.Origin, strings.ReplaceAll(string(q.Entry), "-", ""), base64.RawURLEncoding.EncodeToString(q.Secret[:]))
}

// ParseQR reads the text of a code. It accepts exactly what String writes.
func ParseQR(text string) (QR, error) {
	var q QR
	bad := fmt.Errorf("tlog: not an AMANA1 code: %.20q", text)
	f := strings.Split(text, ".")
	if len(text) > 100 || len(f) != 4 || f[0] != "AMANA1" || len(f[1]) != 8 || len(f[2]) != 32 || len(f[3]) != 43 {
		return q, bad
	}
	if _, err := hex.Decode(q.Origin[:], []byte(f[1])); err != nil {
		return QR{}, bad
	}
	id, err := ident.Parse(f[2][:8] + "-" + f[2][8:12] + "-" + f[2][12:16] + "-" + f[2][16:20] + "-" + f[2][20:])
	if err != nil {
		return QR{}, bad
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(f[3])
	if err != nil || len(secret) != 32 {
		return QR{}, bad
	}
	q.Entry, q.Secret = id, [32]byte(secret)
	if q.String() != text {
		return QR{}, bad
	}
	return q, nil
}

// Commitment recomputes an entry's commitment from the code, its open values
// by path (JSON texts, header included) and the digests of its sealed fields.
func (q QR) Commitment(open map[string]string, sealed map[string][32]byte) [32]byte {
	digests := make(map[string][32]byte, len(open)+len(sealed))
	for path, d := range sealed {
		digests[path] = d
	}
	for path, value := range open {
		digests[path] = FieldDigest(FieldSalt(q.Secret[:], path), path, value)
	}
	return EntryCommitment(digests)
}
