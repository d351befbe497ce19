package plates

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
)

// sentBatch is a batch as a device sends it, in JSON. Times are RFC 3339 by
// the device's clock; a device that was cut off keeps its batches and sends
// them later under the same names.
type sentBatch struct {
	Batch string    `json:"batch"` // the device's own name of it: sent again, it changes nothing
	Sent  time.Time `json:"sent"`  // the device's clock at this moment
	Model string    `json:"model"` // what read the plates, with its version
	Reads sentReads `json:"reads"`
}

type sentRead struct {
	At      time.Time  `json:"at"`
	Plate   string     `json:"plate"` // "12345-A-6": serial, letter, code; or letters and digits
	Country string     `json:"country,omitempty"`
	Kind    string     `json:"kind,omitempty"`
	Score   float64    `json:"score"` // 0 to 1
	Others  sentOthers `json:"candidates,omitempty"`
	Image   []byte     `json:"image,omitempty"` // JPEG, PNG or WebP, base64
}

type sentOther struct {
	Text string  `json:"text"`
	P    float64 `json:"p"`
}

// sentReads and sentOthers stop reading at the limit: a small body can hold
// millions of empty things.
type (
	sentReads  []sentRead
	sentOthers []sentOther
)

// UnmarshalJSON reads at most one read more than a batch may hold.
func (l *sentReads) UnmarshalJSON(raw []byte) error {
	return someOf(raw, maxReads+1, (*[]sentRead)(l))
}

// UnmarshalJSON reads at most one reading more than a read may have.
func (l *sentOthers) UnmarshalJSON(raw []byte) error {
	return someOf(raw, maxOthers+1, (*[]sentOther)(l))
}

// someOf reads the first elements of a JSON array.
func someOf[T any](raw []byte, most int, into *[]T) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	open, err := d.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('[') {
		return errors.New("plates: not a list")
	}
	for d.More() && len(*into) < most {
		var x T
		if err := d.Decode(&x); err != nil {
			return err
		}
		*into = append(*into, x)
	}
	return nil
}

// answered is the answer to a batch. Now lets a device set its clock.
type answered struct {
	Stored    int       `json:"stored"`
	Late      int       `json:"late"`
	Proposals int       `json:"proposals"`
	Again     bool      `json:"again"`
	Now       time.Time `json:"now"`
}

// deviceOf finds the camera whose key a request shows.
func (s *Service) deviceOf(r *web.Request) (Camera, error) {
	r.Header.Set("Accept", "application/json") // a program asks: what is wrong is told as one
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return Camera{}, fault.New(fault.SignIn, "plates.fault.device")
	}
	return s.Device(r.Context(), key)
}

// takePicture takes a picture of a device that shows its key, and reads it:
// the body is the picture; its name and times stand in the address.
func (s *Service) takePicture(r *web.Request) error {
	camera, err := s.deviceOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	var wrong fault.List
	moment := func(name string) time.Time {
		t, err := time.Parse(time.RFC3339Nano, q.Get(name))
		if err != nil {
			wrong.Add(name, "form.unreadable")
		}
		return t
	}
	in := Scene{Device: q.Get("batch"), At: moment("at"), Sent: moment("sent"), Image: r.Body}
	if in.Device == "" {
		wrong.Add("batch", "form.required")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	out, err := s.TakePicture(r.Context(), camera, in)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fault.Wrap(err, fault.TooLarge, "faults.body-too-large")
	}
	if err != nil {
		return err
	}
	return answer(r, out)
}

// takeBatch takes a batch of a device that shows its key.
func (s *Service) takeBatch(r *web.Request) error {
	camera, err := s.deviceOf(r)
	if err != nil {
		return err
	}
	in, err := decodeBatch(r.Body)
	if err != nil {
		return err
	}
	out, err := s.TakeBatch(r.Context(), camera, in)
	if err != nil {
		return err
	}
	return answer(r, out)
}

// answer tells a device what came of it.
func answer(r *web.Request, out Taken) error {
	raw, err := json.Marshal(answered{Stored: out.Stored, Late: out.Late, Proposals: out.Proposals, Again: out.Again, Now: r.Now().UTC()})
	if err != nil {
		return err
	}
	return r.Send("application/json", "", raw)
}

// decodeBatch reads one JSON document, with no field nobody knows and nothing
// behind it.
func decodeBatch(body io.Reader) (Submission, error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	var sent sentBatch
	err := d.Decode(&sent)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("plates: something follows the batch")
		}
	}
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return Submission{}, fault.Wrap(err, fault.TooLarge, "faults.body-too-large")
		}
		return Submission{}, fault.Wrap(err, fault.Invalid, "plates.fault.json")
	}
	out := Submission{Device: sent.Batch, Sent: sent.Sent, Model: sent.Model}
	for _, x := range sent.Reads {
		seen := Seen{At: x.At, Plate: x.Plate, Country: x.Country, Kind: x.Kind, Score: x.Score, Image: x.Image}
		for _, o := range x.Others {
			seen.Others = append(seen.Others, Alternative{o.Text, o.P})
		}
		out.Reads = append(out.Reads, seen)
	}
	return out, nil
}
