package storetest

import (
	"database/sql"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/store"
)

// reusable are PostgreSQL databases that tests of this process shaped, used and
// left empty, by what they are shaped for.
var reusable = struct {
	sync.Mutex
	free map[string][]string
}{free: map[string][]string{}}

// Again opens an empty database for a test whose package shapes the same modules
// in all of its tests; see AgainAt.
func Again(t testing.TB) *store.DB {
	t.Helper()
	return OpenAt(t, AgainAt(t, ""))
}

// AgainAt gives the address of an empty database that an earlier test of this
// process may have shaped for the same modules, which shape names: on PostgreSQL
// making, shaping and dropping one costs more than most tests do in it.
func AgainAt(t testing.TB, shape string) string {
	t.Helper()
	if os.Getenv(Variable) == "" {
		return SQLite(t)
	}
	reusable.Lock()
	defer reusable.Unlock()
	address := ""
	if free := reusable.free[shape]; len(free) > 0 {
		address, reusable.free[shape] = free[len(free)-1], free[:len(free)-1]
	} else {
		address = create(t)
	}
	t.Cleanup(func() {
		if t.Failed() || !emptied(address) {
			drop(t, address)
			return
		}
		reusable.Lock()
		defer reusable.Unlock()
		reusable.free[shape] = append(reusable.free[shape], address)
	})
	return address
}

// emptied takes everything out of a database but the marks of its migrations,
// and reports whether it is then as they left it.
func emptied(address string) bool {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return false
	}
	defer func() { _ = db.Close() }() // dropped next if it is not sound
	for range 50 {                    // sessions that were closed a moment ago take theirs to go
		if _, err = db.Exec(empty); err == nil || !strings.Contains(err.Error(), "in use") {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return err == nil
}

// empty fails where somebody is in the database, and where a table, index or
// trigger is younger than the last migration.
const empty = `do $$
declare
	t record;
	age_of int;
	last int := 2147483647;
begin
	if exists (select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()) then
		raise exception 'in use';
	end if;
	for t in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
		if t.relname like 'goose\_%' then
			execute format('select min(age(xmin)) from %I', t.relname) into age_of;
			last := least(last, age_of);
		else
			execute format('delete from %I', t.relname);
		end if;
	end loop;
	if exists (select 1 from pg_class c where c.relnamespace = 'public'::regnamespace and age(c.xmin) < last)
		or exists (select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and age(a.xmin) < last)
		or exists (select 1 from pg_trigger g where not g.tgisinternal and age(g.xmin) < last) then
		raise exception 'shaped since';
	end if;
end $$`
