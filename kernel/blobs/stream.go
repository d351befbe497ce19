package blobs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	magic      = "amanabl\x01" // the last byte is the version
	saltSize   = 32
	headerSize = int64(len(magic) + saltSize)
	chunkSize  = 64 << 10
	tagSize    = 16
	sealedSize = chunkSize + tagSize
	keySize    = 32
)

// ErrDamaged is wrapped by every error that means: the stored bytes are not
// the bytes that were filed (altered, cut off, reordered, or of another file).
var ErrDamaged = errors.New("blobs: stored bytes do not match their seal")

// contentKey binds the key to the whole header, so that a changed version or
// salt opens nothing.
func contentKey(dataKey, header []byte) (cipher.AEAD, error) {
	if int64(len(header)) != headerSize || string(header[:len(magic)]) != magic {
		return nil, fmt.Errorf("header: %w", ErrDamaged)
	}
	return derivedAEAD(dataKey, header[len(magic):], "amana blob content"+magic)
}

func derivedAEAD(dataKey, salt []byte, use string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, dataKey, salt, use, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func chunkNonce(number int64, last bool) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[3:11], uint64(number))
	if last {
		nonce[11] = 1
	}
	return nonce
}

// sealer writes the format of the package doc to w. A chunk is held back
// until it is known whether another follows.
type sealer struct {
	w      io.Writer
	aead   cipher.AEAD
	plain  []byte
	sealed []byte
	number int64
}

func newSealer(w io.Writer, dataKey []byte) (*sealer, error) {
	header := make([]byte, headerSize)
	copy(header, magic)
	rand.Read(header[len(magic):]) // never fails: the runtime ends the program first
	aead, err := contentKey(dataKey, header)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(header); err != nil {
		return nil, err
	}
	return &sealer{w: w, aead: aead, plain: make([]byte, 0, chunkSize), sealed: make([]byte, 0, sealedSize)}, nil
}

// Write seals every chunk that p completes, but the last.
func (s *sealer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if len(s.plain) == chunkSize {
			if err := s.flush(false); err != nil {
				return written, err
			}
		}
		n := min(chunkSize-len(s.plain), len(p))
		s.plain = append(s.plain, p[:n]...)
		p = p[n:]
		written += n
	}
	return written, nil
}

// Close seals the last chunk; it does not close what is below.
func (s *sealer) Close() error { return s.flush(true) }

func (s *sealer) flush(last bool) error {
	s.sealed = s.aead.Seal(s.sealed[:0], chunkNonce(s.number, last), s.plain, nil)
	s.plain = s.plain[:0]
	s.number++
	_, err := s.w.Write(s.sealed)
	return err
}

// storedSize gives the size of the stored file for a plaintext of size bytes.
func storedSize(size int64) int64 {
	return headerSize + size + chunks(size)*tagSize
}

func chunks(size int64) int64 { return max(1, (size+chunkSize-1)/chunkSize) }

// plainSize is the inverse of storedSize; sizes that no file can have are damage.
func plainSize(stored int64) (int64, error) {
	body := stored - headerSize
	n := (body + sealedSize - 1) / sealedSize
	size := body - n*tagSize
	if n < 1 || size < 0 || storedSize(size) != stored {
		return 0, fmt.Errorf("%d bytes: %w", stored, ErrDamaged)
	}
	return size, nil
}

// source reads the stored bytes from an offset to their end.
type source func(offset int64) (io.ReadCloser, error)

// unsealer reads a sealed file as an io.ReadSeekCloser, opening only the
// chunks that are asked for.
type unsealer struct {
	from   source
	aead   cipher.AEAD
	size   int64
	pos    int64
	raw    io.ReadCloser // stands before chunk next, or nil
	next   int64
	held   int64 // the chunk in plain; -1 for none
	plain  []byte
	sealed []byte
}

// newUnsealer opens the header and the first chunk, so that a wrong key or a
// foreign file shows before the first byte is handed out.
func newUnsealer(from source, dataKey []byte, size int64) (*unsealer, error) {
	raw, err := from(0)
	if err != nil {
		return nil, err
	}
	u := &unsealer{from: from, size: size, raw: raw, held: -1, sealed: make([]byte, sealedSize)}
	header := make([]byte, headerSize)
	if err := readFull(raw, header); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	if u.aead, err = contentKey(dataKey, header); err == nil {
		err = u.load(0)
	}
	if err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// readFull turns an early end into damage; the size is known beforehand.
func readFull(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("cut off: %w", ErrDamaged)
	}
	return err
}

func (u *unsealer) load(number int64) error {
	if u.held == number {
		return nil
	}
	if err := u.position(number); err != nil {
		return err
	}
	u.held, u.next = -1, -1 // a failed read leaves raw between chunks: position it anew
	last := number == chunks(u.size)-1
	sealed := u.sealed
	if last {
		sealed = sealed[:u.size-number*chunkSize+tagSize]
	}
	if err := readFull(u.raw, sealed); err != nil {
		return err
	}
	plain, err := u.aead.Open(u.plain[:0], chunkNonce(number, last), sealed, nil)
	if err != nil {
		return fmt.Errorf("chunk %d: %w", number, ErrDamaged)
	}
	u.plain, u.held, u.next = plain, number, number+1
	return nil
}

// position makes raw stand before the chunk.
func (u *unsealer) position(number int64) error {
	if u.raw != nil && u.next == number {
		return nil
	}
	if err := u.Close(); err != nil {
		return err
	}
	raw, err := u.from(headerSize + number*sealedSize)
	if err != nil {
		return err
	}
	u.raw, u.next = raw, number
	return nil
}

// Read hands out plaintext of checked chunks only.
func (u *unsealer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if u.pos >= u.size {
		return 0, io.EOF
	}
	if err := u.load(u.pos / chunkSize); err != nil {
		return 0, err
	}
	n := copy(p, u.plain[u.pos%chunkSize:])
	u.pos += int64(n)
	return n, nil
}

// Seek moves without reading; the next Read opens the chunk that holds the place.
func (u *unsealer) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += u.pos
	case io.SeekEnd:
		offset += u.size
	default:
		return 0, fmt.Errorf("blobs: seek from %d", whence)
	}
	if offset < 0 {
		return 0, errors.New("blobs: seek before the beginning")
	}
	u.pos = offset
	return offset, nil
}

// Close lets go of the stored file.
func (u *unsealer) Close() error {
	if u.raw == nil {
		return nil
	}
	raw := u.raw
	u.raw = nil
	return raw.Close()
}

// sealSmall seals a short value (a digest, a name) under a key derived from
// the data key for one use.
func sealSmall(dataKey []byte, use string, plain []byte) ([]byte, error) {
	aead, err := derivedAEAD(dataKey, nil, use)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, nil), nil
}

func openSmall(dataKey []byte, use string, sealed []byte) ([]byte, error) {
	aead, err := derivedAEAD(dataKey, nil, use)
	if err != nil {
		return nil, err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("%s: %w", use, ErrDamaged)
	}
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", use, ErrDamaged)
	}
	return plain, nil
}
