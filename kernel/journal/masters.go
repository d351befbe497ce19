package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/amana-platform/amana/kernel/ident"
)

// masters are the master key and, while a change of it is not finished, the
// one before. Everything is sealed under the first; what is not re-wrapped yet
// still opens under the second.
type masters struct{ now, before *master }

// master is one master key with what derives from it here.
type master struct {
	*key
	mac   []byte // the key of the cursors' MACs
	print string
}

func newMasters(now, before []byte) (m masters, err error) {
	if m.now, err = newMaster(now); err != nil || before == nil {
		return m, err
	}
	m.before, err = newMaster(before)
	return m, err
}

func newMaster(raw []byte) (*master, error) {
	k, err := newKey(raw)
	return &master{k, macOf(raw, "amana-cursor/v1"), MasterPrint(raw)}, err
}

func macOf(raw []byte, use string) []byte {
	m := hmac.New(sha256.New, raw)
	m.Write([]byte(use))
	return m.Sum(nil)
}

// MasterPrint names a master key without telling anything of it: 16 hexadecimal
// digits of HMAC-SHA256(master, "amana-master/v1").
func MasterPrint(raw []byte) string { return hex.EncodeToString(macOf(raw, "amana-master/v1")[:8]) }

func (m masters) seal(nonce, plain []byte, boundTo ident.ID) []byte {
	return m.now.seal(nonce, plain, boundTo)
}

func (m masters) open(sealed []byte, boundTo ident.ID) ([]byte, error) {
	raw, err := m.now.open(sealed, boundTo)
	if err != nil && m.before != nil {
		if raw, failed := m.before.open(sealed, boundTo); failed == nil {
			return raw, nil
		}
	}
	return raw, err
}

// cursorMAC authenticates where a follower stands.
func (m *master) cursorMAC(follower string, seq int64) []byte {
	h := hmac.New(sha256.New, m.mac)
	fmt.Fprintf(h, "%s %d", follower, seq)
	return h.Sum(nil)
}

// trusts reports whether a cursor stands where the program put it.
func (m masters) trusts(mac []byte, follower string, seq int64) bool {
	return hmac.Equal(mac, m.now.cursorMAC(follower, seq)) || m.before != nil && hmac.Equal(mac, m.before.cursorMAC(follower, seq))
}
