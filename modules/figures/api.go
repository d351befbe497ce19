package figures

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// file is what is published, as a program reads it. A count of what people did
// is rounded down to a multiple of Step, and null between zero and Step.
type file struct {
	Format       string            `json:"format"` // "amana-figures/v1"
	Counted      time.Time         `json:"counted"`
	Step         int64             `json:"step"`
	Status       string            `json:"status"` // "well", "alarm"
	Alarms       []string          `json:"alarms"`
	Log          fileLog           `json:"log"`
	Availability *float64          `json:"availability"` // of the days shown, 0 to 1; null if not known yet
	Days         []fileDay         `json:"days"`
	SignIns      *int64            `json:"sign_ins"`
	Declined     *int64            `json:"declined"`
	Agreements   *int64            `json:"agreements"`
	Above        int64             `json:"requests_above_ceiling"` // all, at every time
	Delays       map[string]int64  `json:"delays"`
	Contests     map[string]int64  `json:"contests"`
	Recoveries   int64             `json:"recoveries"`
	Institutions []fileInstitution `json:"institutions"`
}

type fileLog struct {
	Leaves  uint64 `json:"leaves"`
	Covered uint64 `json:"covered"`
	Waits   int64  `json:"oldest_unsigned_seconds"`
}

type fileDay struct {
	Date    string `json:"date"`
	SignIns *int64 `json:"sign_ins"`
	Above   int64  `json:"requests_above_ceiling"`
}

type fileInstitution struct {
	ID      string            `json:"id"`
	Name    map[string]string `json:"name"`
	Purpose map[string]string `json:"purpose"`
	State   string            `json:"state"`
	Ceiling []string          `json:"ceiling"`
	Until   time.Time         `json:"until"`
	SignIns *int64            `json:"sign_ins"`
	Above   int64             `json:"requests_above_ceiling"`
}

// rounded is a count as it may be published, nil where it may not.
func rounded(n, step int64) *int64 {
	if shown, known := text.Rounded(n, step); known {
		return &shown
	}
	return nil
}

func tongues(of [3]string) map[string]string {
	return map[string]string{"ar": of[0], "fr": of[1], "en": of[2]}
}

// published is a report with the counts of what people did rounded.
func published(r Report, step int64, local func(time.Time) time.Time) file {
	all := total(r.Days)
	f := file{Format: "amana-figures/v1", Counted: r.Counted.UTC().Truncate(time.Second), Step: step, Status: "well", Alarms: []string{},
		Log: fileLog{r.Service.Leaves, r.Service.Covered, int64(r.Service.Waits.Seconds())}, Days: []fileDay{}, Institutions: []fileInstitution{},
		SignIns: rounded(all.SignIns, step), Declined: rounded(all.Declined, step), Agreements: rounded(r.Agreed, step), Recoveries: r.Citizens.Recovered,
		Delays:   map[string]int64{"held": r.Citizens.Held, "released": r.Citizens.Released, "orders": r.Citizens.Orders, "ordered": r.Citizens.Ordered, "awaiting": r.Citizens.Awaiting},
		Contests: map[string]int64{"opened": r.Citizens.Contests, "upheld": r.Citizens.Upheld, "waiting": r.Citizens.Waiting, "late": r.Citizens.Late}}
	for _, a := range r.Service.Alarms {
		f.Status = "alarm"
		f.Alarms = append(f.Alarms, strings.TrimPrefix(a.Key, "alarms."))
	}
	if !r.Service.Watched.IsZero() {
		f.Availability = &r.Service.Available
	}
	for _, d := range r.Days {
		f.Days = append(f.Days, fileDay{local(d.Date).Format(time.DateOnly), rounded(d.SignIns, step), d.Above})
	}
	for _, i := range r.Institutions {
		f.Above += i.Above
		f.Institutions = append(f.Institutions, fileInstitution{string(i.ID), tongues(i.Name), tongues(i.Purpose), i.State, append([]string{}, i.Ceiling...), i.Until, rounded(i.Released, step), i.Above})
	}
	return f
}

func (s *Service) statusFile(r *web.Request) error {
	report, err := s.Report(r.Context())
	if err != nil {
		return err
	}
	step, err := s.step()
	if err != nil {
		return err
	}
	return send(r, published(report, step, r.Words.Local))
}

func (s *Service) regulatorFile(r *web.Request) error {
	report, err := s.Report(r.Context())
	if err != nil {
		return err
	}
	return send(r, report)
}

func send(r *web.Request, v any) error {
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return r.Send("application/json", "", raw)
}
