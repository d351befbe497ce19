package mdoc

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// What is read from outside is bounded.
const (
	MaxSize = 1 << 20 // bytes of a response; a portrait is the largest thing in it
	maxDeep = 16
)

// The tags of ISO/IEC 18013-5 (RFC 8949, 3.4): a date and time as text, and
// CBOR inside a byte string, whose exact bytes are what is digested.
const (
	tagTime    = 0
	tagEncoded = 24
)

// codec writes the one deterministic form and reads what others write, if it
// says nothing twice.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newCodec() (codec, error) {
	enc, err := cbor.EncOptions{Sort: cbor.SortCanonical, TagsMd: cbor.TagsAllowed}.EncMode()
	if err != nil {
		return codec{}, err
	}
	dec, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: maxDeep, MaxArrayElements: 4096, MaxMapPairs: 4096,
		UTF8: cbor.UTF8RejectInvalid, FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode()
	return codec{enc, dec}, err
}

// wrap puts the encoding of a value into a tagged byte string.
func (c codec) wrap(v any) (cbor.RawMessage, error) {
	inner, err := c.enc.Marshal(v)
	if err != nil {
		return nil, err
	}
	return c.enc.Marshal(cbor.Tag{Number: tagEncoded, Content: inner})
}

// unwrap reads the value inside a tagged byte string.
func (c codec) unwrap(raw []byte, v any) error {
	var tag cbor.RawTag
	if err := c.dec.Unmarshal(raw, &tag); err != nil {
		return err
	}
	if tag.Number != tagEncoded {
		return fmt.Errorf("tag %d where 24 stands", tag.Number)
	}
	var inner []byte
	if err := c.dec.Unmarshal(tag.Content, &inner); err != nil {
		return err
	}
	return c.dec.Unmarshal(inner, v)
}

// instant is a tdate: RFC 3339 text in UTC, whole seconds, tag 0.
type instant time.Time

// MarshalCBOR writes the tag and the text.
func (t instant) MarshalCBOR() ([]byte, error) {
	return cbor.Marshal(cbor.Tag{Number: tagTime, Content: time.Time(t).UTC().Format(time.RFC3339)})
}

// UnmarshalCBOR reads what MarshalCBOR writes; other offsets than UTC too.
func (t *instant) UnmarshalCBOR(raw []byte) error {
	var tag cbor.RawTag
	if err := cbor.Unmarshal(raw, &tag); err != nil {
		return err
	}
	if tag.Number != tagTime {
		return fmt.Errorf("tag %d where a time stands", tag.Number)
	}
	var text string
	if err := cbor.Unmarshal(tag.Content, &text); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, text)
	*t = instant(at)
	return err
}

// Date is a full-date (RFC 8943): a day without a time, tag 1004.
type Date string

// MarshalCBOR writes "2026-11-28" under its tag.
func (d Date) MarshalCBOR() ([]byte, error) {
	if _, err := time.Parse(time.DateOnly, string(d)); err != nil {
		return nil, fmt.Errorf("mdoc: %w", err)
	}
	return cbor.Marshal(cbor.Tag{Number: 1004, Content: string(d)})
}
