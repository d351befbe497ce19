package plates

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"strings"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/fault"
)

// Limits of a whole picture that a camera sends.
const (
	maxScene       = 24 << 20   // bytes
	maxScenePixels = 40_000_000 // width times height
)

// cropMargin is how much of its own size is shown round a plate.
const cropMargin = 0.6

// Scene is a whole picture of a camera, to be read here.
type Scene struct {
	Device string    // the camera's own name of it, which makes it idempotent
	At     time.Time // by the camera's clock
	Sent   time.Time
	Image  io.Reader // JPEG, PNG or WebP
}

// TakePicture reads the plates of a picture and takes them as a batch; the
// picture itself is let go, but for what is cut out round a hit or a sample.
// Faults: Invalid plates.fault.picture, TooLarge plates.fault.picture-size, and
// those of TakeBatch. Law: L09-08 3
func (s *Service) TakePicture(ctx context.Context, camera Camera, in Scene) (Taken, error) {
	picture, err := plate.Decode(in.Image, plate.Limits{Bytes: maxScene, Pixels: maxScenePixels})
	if err != nil {
		return Taken{}, pictureFault(err)
	}
	reads, err := s.reader.Picture(ctx, picture)
	if err != nil {
		return Taken{}, err
	}
	sub := Submission{Device: in.Device, Sent: in.Sent, Model: plate.Version()}
	for _, r := range reads {
		seen, err := seenOf(picture, r)
		if err != nil {
			return Taken{}, err
		}
		seen.At = in.At
		sub.Reads = append(sub.Reads, seen)
	}
	if len(sub.Reads) == 0 {
		return Taken{}, s.heard(ctx, camera.ID, time.Time{}, s.k.Clock.Now().Sub(in.Sent))
	}
	return s.TakeBatch(ctx, camera, sub)
}

// pictureFault says what is wrong with a picture.
func pictureFault(err error) error {
	switch {
	case errors.Is(err, plate.ErrTooLarge):
		return fault.Wrap(err, fault.TooLarge, "plates.fault.picture-size", "max", maxScene/1_000_000)
	case errors.Is(err, plate.ErrFormat), errors.Is(err, plate.ErrDamaged):
		return fault.Wrap(err, fault.Invalid, "plates.fault.picture")
	}
	return err
}

// seenOf makes a read of what the engine found, with the part of the picture
// that shows it.
func seenOf(p *plate.Picture, r plate.Read) (Seen, error) {
	best := r.Plate()
	out := Seen{Plate: best.Text(), Country: countryOf(best), Kind: string(best.Kind), Score: min(max(r.Score, 0), 1)}
	for _, c := range r.Candidates[1:min(len(r.Candidates), maxOthers+1)] {
		out.Others = append(out.Others, Alternative{c.Plate.Text(), min(max(c.P*r.Found, 0), 1)})
	}
	var err error
	out.Image, err = cut(p.Image(), r.Box)
	return out, err
}

// countryOf is the country of a plate as reads keep it.
func countryOf(p plate.Plate) string {
	if c := strings.ToLower(p.Country); c != "ma" {
		return c
	}
	return ""
}

// cut gives the part of a picture round a box as a JPEG.
func cut(m image.Image, box [4]float64) ([]byte, error) {
	w, h := (box[2]-box[0])*cropMargin, (box[3]-box[1])*cropMargin*2
	part := image.Rect(int(box[0]-w), int(box[1]-h), int(box[2]+w), int(box[3]+h)).Intersect(m.Bounds())
	if part.Empty() {
		return nil, nil
	}
	out := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	draw.Draw(out, out.Bounds(), m, part.Min, draw.Src)
	var b bytes.Buffer
	err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}
