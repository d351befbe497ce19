package plates

import (
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Picture is a stored picture of a read; Of is the key it ends with: the
// camera's day, or the hit.
type Picture struct {
	Of      ident.ID
	N       int64 // of the read in its batch
	Address string
	Size    int64
	MIME    string
	Width   int
	Height  int
	Name    journal.Sealed `seal:"Of"`
	Wrapped []byte
	Digest  []byte
}

func pictureOf(n int64, i blobs.Info) Picture {
	return Picture{Of: ident.ID(i.Subject), N: n, Address: string(i.Address), Size: i.Size, MIME: i.MIME, Width: i.Width, Height: i.Height,
		Name: journal.Seal(i.Name), Wrapped: i.Key, Digest: i.Digest}
}

// HourCount is how many plates were read in an hour of the day.
type HourCount struct{ Hour, Reads int64 }

// BatchTaken says that a camera handed over what it read on one day: how much,
// under which Merkle root, when. The reads themselves are sealed under the key
// of the camera's day, and go with it.
type BatchTaken struct {
	Batch    ident.ID
	Camera   ident.ID
	Day      ident.ID // the key
	Date     string
	Device   string // the camera's own name of the batch
	Root     string
	Reads    int64
	Late     int64 // left out, because their term had ended
	Model    string
	Offset   int64 // of the camera's clock, microseconds
	Ends     time.Time
	Hours    []HourCount
	Body     journal.Sealed `seal:"Day"`
	Pictures []Picture
}

// Apply unpacks the batch. Once the day's key is destroyed there is nothing
// to unpack, and Erase has removed what was: replay comes to the same rows.
func (e BatchTaken) Apply(w *store.Writer, m journal.Meta) error {
	if err := addBatch(w, e, m); err != nil {
		return err
	}
	for _, h := range e.Hours {
		_, err := w.Exec(`insert into plates_counts (camera, day, hour, reads) values ($1, $2, $3, $4)
			on conflict (camera, day, hour) do update set reads = plates_counts.reads + excluded.reads`, string(e.Camera), e.Date, h.Hour, h.Reads)
		if err != nil {
			return err
		}
	}
	if e.Body.Erased() {
		return nil
	}
	items, err := unpack(e.Body.Text())
	if err != nil {
		return err
	}
	if err := addReads(w, e, items); err != nil {
		return err
	}
	return addPictures(w, e.Batch, e.Pictures)
}

// About names the camera.
func (e BatchTaken) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera)} }

// ReadsSearched says who looked for past reads, why, on whose authority,
// where and when, and how many they were shown.
type ReadsSearched struct {
	Search    ident.ID
	By        ident.ID
	Unit      ident.ID
	Case      ident.ID
	Authority string
	Purpose   string
	Pattern   journal.Sealed `seal:"Search"`
	From      time.Time
	To        time.Time
	Camera    ident.ID // "" for all
	Found     int64
}

// Apply notes the search.
func (e ReadsSearched) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into plates_searches (id, searched_by, unit, case_id, authority, purpose, pattern, from_at, to_at, camera, found, searched_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(e.Search), string(e.By), string(e.Unit), string(e.Case), e.Authority, e.Purpose, e.Pattern, store.Micros(e.From), store.Micros(e.To), string(e.Camera), e.Found, store.Micros(m.Happened))
}

// About names the case.
func (e ReadsSearched) About() []ident.Ref {
	return append([]ident.Ref{{Kind: "plate-search", ID: e.Search}}, caseRefs(e.Case)...)
}

// Drawn is one read or confirmed hit to be keyed again. Subject is the key
// that its plate ends with.
type Drawn struct {
	Sample  ident.ID
	Subject ident.ID
	Camera  ident.ID
	Hour    int64
	Batch   ident.ID
	N       int64
	Hit     ident.ID // "" for a read
	Decider ident.ID // who confirmed the hit, and may not key it
	Country string
	Letter  string
	Plate   journal.Sealed `seal:"Subject"`
}

// SamplesDrawn says what is keyed again in a week.
type SamplesDrawn struct {
	Week    string // ISO 8601: "2026-W48"
	Samples []Drawn
}

// Apply adds the samples.
func (e SamplesDrawn) Apply(w *store.Writer, _ journal.Meta) error {
	for _, d := range e.Samples {
		source := "read"
		if d.Hit != "" {
			source = "hit"
		}
		err := w.One(`insert into plates_samples (id, week, camera, hour, subject, source, batch, n, hit, decider, country, plate, letter, state, first_by, first_typed, second_by, second_typed, keyed_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', '', null, '', null, 0)`,
			string(d.Sample), e.Week, string(d.Camera), d.Hour, string(d.Subject), source, string(d.Batch), d.N, string(d.Hit), string(d.Decider), d.Country, d.Plate, d.Letter)
		if err != nil {
			return err
		}
	}
	return nil
}

// About names the cameras.
func (e SamplesDrawn) About() []ident.Ref {
	var out []ident.Ref
	seen := map[ident.ID]bool{}
	for _, d := range e.Samples {
		if !seen[d.Camera] {
			out, seen[d.Camera] = append(out, cameraRef(d.Camera)), true
		}
	}
	return out
}

// SampleKeyed says that a person keyed a sample without seeing what the
// machine had read. Second is whether somebody had keyed it otherwise than
// the machine before.
type SampleKeyed struct {
	Sample  ident.ID
	Camera  ident.ID
	Subject ident.ID
	By      ident.ID
	Second  bool
	State   SampleState    // after it
	Typed   journal.Sealed `seal:"Subject"`
}

// Apply notes what was keyed; nobody keys a sample twice.
func (e SampleKeyed) Apply(w *store.Writer, m journal.Meta) error {
	text := "update plates_samples set first_by = $1, first_typed = $2, state = $3, keyed_at = $4 where id = $5 and state = 'open'"
	if e.Second {
		text = "update plates_samples set second_by = $1, second_typed = $2, state = $3, keyed_at = $4 where id = $5 and state = 'second'"
	}
	return w.One(text, string(e.By), e.Typed, string(e.State), store.Micros(m.Happened), string(e.Sample))
}

// About names the sample and the camera.
func (e SampleKeyed) About() []ident.Ref {
	return []ident.Ref{{Kind: KindSample, ID: e.Sample}, cameraRef(e.Camera)}
}

// address is where the picture lies in the store.
func address(p Picture) blobs.Address { return blobs.Address(p.Address) }
