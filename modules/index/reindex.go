package index

import (
	"slices"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// The idx_ tables, derived from the rows by which persons, vehicles and
// things are recorded.

// Kinds of numbers in idx_index_person_numbers and idx_index_serials.
const (
	numberCNIE     = "cnie"
	numberPassport = "passport"
	numberPhone    = "phone"
	numberVIN      = "vin"
	numberSerial   = "serial"
	numberIMEI     = "imei"
)

// reindexPerson derives the search keys of a person from the person's row.
func reindexPerson(w *store.Writer, id ident.ID) error {
	for _, statement := range []string{
		"delete from idx_index_person_keys where person = $1",
		"delete from idx_index_person_pairs where person = $1",
		"delete from idx_index_person_numbers where person = $1",
	} {
		if _, err := w.Exec(statement, string(id)); err != nil {
			return err
		}
	}
	return indexPerson(w, id)
}

// indexPerson derives the search keys of a person who has none yet.
func indexPerson(w *store.Writer, id ident.ID) error {
	all, err := gather(w, "select "+personColumns+" from index_persons where id = $1", id, scanPerson)
	if err != nil || len(all) == 0 || all[0].Erased {
		return err
	}
	return insertKeys(w, all[0])
}

func insertKeys(w *store.Writer, p Person) error {
	compared, id := p.compared(), string(p.ID)
	year := compared.Birth.Year
	keys := append(compared.Keys(), names.Key(p.Nickname)...)
	var rows [][]any
	for _, k := range distinct(keys) {
		rows = append(rows, []any{k, year, id})
	}
	if err := insertAll(w, "insert into idx_index_person_keys (key, year, person) values ($1, $2, $3)", rows); err != nil {
		return err
	}
	rows = rows[:0]
	for _, k := range distinct(compared.Pairs()) {
		rows = append(rows, []any{k, year, id})
	}
	if err := insertAll(w, "insert into idx_index_person_pairs (pair, year, person) values ($1, $2, $3)", rows); err != nil {
		return err
	}
	rows = rows[:0]
	for _, n := range numbersOf(p) {
		rows = append(rows, []any{n.kind, n.value, id})
	}
	return insertAll(w, "insert into idx_index_person_numbers (kind, value, person) values ($1, $2, $3)", rows)
}

// number is a number by which a person is found.
type number struct{ kind, value string }

// numbersOf lists the numbers of a person in the form in which they compare.
func numbersOf(p Person) []number {
	var out []number
	if p.CNIE != "" {
		out = append(out, number{numberCNIE, keyCNIE(p.CNIE)})
	}
	if p.Passport != "" {
		out = append(out, number{numberPassport, p.Passport})
	}
	for _, phone := range distinct(p.Phones) {
		out = append(out, number{numberPhone, phone})
	}
	return out
}

// reindexVehicle derives the search keys of a vehicle from its row.
func reindexVehicle(w *store.Writer, id ident.ID) error {
	if _, err := w.Exec("delete from idx_index_plates where vehicle = $1", string(id)); err != nil {
		return err
	}
	if _, err := w.Exec("delete from idx_index_serials where record = $1", string(id)); err != nil {
		return err
	}
	all, err := gather(w, "select "+vehicleColumns+" from index_vehicles where id = $1", id, scanVehicle)
	if err != nil || len(all) == 0 {
		return err
	}
	v := all[0]
	if !v.Plate.IsZero() {
		err = insertAll(w, "insert into idx_index_plates (serial, letter, code, country, vehicle) values ($1, $2, $3, $4, $5)",
			[][]any{{v.Plate.Serial, v.Plate.Letter, v.Plate.Code, v.Plate.Country, string(id)}})
	}
	if err == nil && v.VIN != "" {
		err = insertAll(w, insertSerial, [][]any{{v.VIN, numberVIN, string(id)}})
	}
	return err
}

const insertSerial = "insert into idx_index_serials (value, kind, record) values ($1, $2, $3)"

// gather reads the rows of a query before anything is written: PostgreSQL
// takes no statement on a connection whose rows are still being read.
func gather[T any](w *store.Writer, query string, id ident.ID, read func(store.Scan) (T, error)) ([]T, error) {
	var all []T
	err := w.Each(query, []any{string(id)}, func(scan store.Scan) error {
		row, err := read(scan)
		all = append(all, row)
		return err
	})
	return all, err
}

// reindexThing derives the search keys of a thing from its row.
func reindexThing(w *store.Writer, id ident.ID) error {
	all, err := gather(w, "select "+thingColumns+" from index_things where id = $1", id, scanThing)
	if err != nil || len(all) == 0 {
		return err
	}
	if _, err := w.Exec("delete from idx_index_serials where record = $1", string(id)); err != nil {
		return err
	}
	var rows [][]any
	if t := all[0]; t.Serial != "" {
		rows = append(rows, []any{squeeze(t.Serial), numberSerial, string(id)})
	}
	if t := all[0]; t.IMEI != "" {
		rows = append(rows, []any{t.IMEI, numberIMEI, string(id)})
	}
	return insertAll(w, insertSerial, rows)
}

// insertAll inserts rows one by one: a statement of several rows costs SQLite
// a journal of its own, whose price grows with the transaction.
func insertAll(w *store.Writer, statement string, rows [][]any) error {
	for _, row := range rows {
		if err := w.Do(statement, row...); err != nil {
			return err
		}
	}
	return nil
}

// distinct gives the texts that are not empty, ascending, each once.
func distinct(all []string) []string {
	out := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" })
	slices.Sort(out)
	return slices.Compact(out)
}
