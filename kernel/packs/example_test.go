package packs_test

import (
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

// A person is arrested for a burglary, the evening before clocks change.
func Example() {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		fmt.Println(err)
		return
	}
	arrest := time.Date(2026, time.March, 21, 20, 0, 0, 0, time.UTC)
	offence, _ := pack.Offence("burglary", arrest)
	custody, _ := pack.Custody(offence.Custody, arrest)
	office, _ := pack.Prosecutor("CASA-01", offence.Class, arrest)

	fmt.Println(offence.Names.In("en"), offence.ICCS, offence.Class)
	fmt.Println("to", office.Names.In("en"))
	fmt.Println("from", pack.Local(arrest).Format("02/01 15:04 MST"))
	fmt.Println("until", pack.Local(custody.Deadline(arrest, 0)).Format("02/01 15:04 MST"))
	fmt.Println("at most", custody.Longest())
	// Output:
	// burglary of a dwelling 0501 crime
	// to Prosecution office, Casablanca court of appeal
	// from 21/03 20:00 UTC+00:00
	// until 23/03 21:00 UTC+01:00
	// at most 72h0m0s
}

// What the hand-off gate asks: which elements have no piece yet.
func ExamplePack_Elements() {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	elements, _ := pack.Elements("drug-trafficking", at)
	have := packs.Hearing // only a statement so far
	for _, e := range elements {
		fmt.Println(e.Names.EN, e.ShownBy(have))
	}
	// Output:
	// nature and weight of the drug false
	// sale, transport, export or offer true
}

func ExampleNumbering_Format() {
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	complaint, _ := pack.Numbering("complaint", "police-district", at)
	seal, _ := pack.Numbering("seal", "police-district", at)
	fmt.Println(complaint.Format(1234, "CASA-01", "", pack.Day(at)))
	fmt.Println(seal.Format(7, "CASA-01", "", pack.Day(at)))
	// Output:
	// 1234/CASA-01/2026
	// CASA-01-2026-00007
}
