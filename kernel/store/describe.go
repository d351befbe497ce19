package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Column is a column of a table as both engines describe it.
type Column struct {
	Name    string
	Type    string // text, bigint, boolean, bytea
	NotNull bool
	Key     int // place in the primary key, from 1; 0 if not in it
}

// Table is a table as both engines describe it.
type Table struct {
	Name    string
	Columns []Column
}

// Key lists the primary key's columns in order.
func (t Table) Key() []string {
	keyed := slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return c.Key == 0 })
	slices.SortFunc(keyed, func(a, b Column) int { return a.Key - b.Key })
	names := make([]string, len(keyed))
	for i, c := range keyed {
		names[i] = c.Name
	}
	return names
}

// Tables lists every table but the engine's and the migrations' own, by name.
func (db *DB) Tables(ctx context.Context) ([]Table, error) {
	text := `select m.name, p.name, lower(p.type), p."notnull", p.pk from sqlite_master m join pragma_table_xinfo(m.name) p
		where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'goose_%' order by m.name, p.cid`
	if db.Engine == Postgres {
		text = `select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull,
			coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
			from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			left join pg_index i on i.indrelid = c.oid and i.indisprimary
			where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace and c.relname not like 'goose_%'
			order by c.relname collate "C", a.attnum`
	}
	var all []Table
	err := db.Reader().Each(ctx, text, nil, func(scan Scan) error {
		var name string
		var c Column
		if err := scan(&name, &c.Name, &c.Type, &c.NotNull, &c.Key); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, Table{Name: name})
		}
		t := &all[len(all)-1]
		t.Columns = append(t.Columns, c)
		return nil
	})
	return all, err
}

// Schema describes every object of the database as name and definition, in
// one form for both engines: tables with their columns, indexes with theirs,
// and whatever else is there (triggers, views, functions), which none of our
// migrations makes.
func (db *DB) Schema(ctx context.Context) (map[string]string, error) {
	tables, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, t := range tables {
		var b strings.Builder
		for _, c := range t.Columns {
			fmt.Fprintf(&b, "%s %s %t %d; ", c.Name, c.Type, c.NotNull || c.Key > 0, c.Key)
		}
		out["table "+t.Name] = b.String()
	}
	text := `select m.type || ' ' || m.name, case when m.type = 'index' then m.tbl_name || ' ' || il."unique" || ' ' ||
			(select group_concat(name, ',') from (select name from pragma_index_info(m.name) order by seqno))
			|| case when instr(lower(m.sql), ' where ') > 0 then substr(m.sql, instr(lower(m.sql), ' where ')) else '' end else m.sql end
		from sqlite_master m left join pragma_index_list(m.tbl_name) il on il.name = m.name
		where m.type <> 'table' and m.sql is not null and m.tbl_name not like 'goose_%'`
	if db.Engine == Postgres {
		text = schemaPostgres
	}
	err = db.Reader().Each(ctx, text, nil, func(scan Scan) error {
		var name, def string
		if err := scan(&name, &def); err != nil {
			return err
		}
		if columns, predicate, partial := strings.Cut(def, " where "); partial && strings.HasPrefix(name, "index ") {
			def = columns + " where " + plain(predicate)
		}
		out[name] = def
		return nil
	})
	return out, err
}

// cast is what PostgreSQL writes behind a literal that it has typed.
var cast = regexp.MustCompile(`::[a-z ]+`)

// plain is the predicate of a partial index as both engines mean it:
// PostgreSQL prints its own parse of it, with parentheses and casts, SQLite
// the text it was given.
func plain(predicate string) string {
	predicate = cast.ReplaceAllString(predicate, "")
	predicate = strings.NewReplacer("(", " ", ")", " ").Replace(predicate)
	return strings.ToLower(strings.Join(strings.Fields(predicate), " "))
}

const schemaPostgres = `
	select 'index ' || ic.relname, tc.relname || ' ' || i.indisunique::int || ' ' ||
		(select string_agg(a.attname, ',' order by k.n) from unnest(i.indkey::int2[]) with ordinality k(att, n)
			join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.att)
		|| coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid), '')
	from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_class tc on tc.oid = i.indrelid
	where tc.relnamespace = current_schema()::regnamespace and tc.relname not like 'goose_%'
		and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
	union all
	select 'trigger ' || t.tgname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
	where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal
	union all
	select 'rule ' || r.rulename, c.relname from pg_rewrite r join pg_class c on c.oid = r.ev_class
	where c.relnamespace = current_schema()::regnamespace and c.relkind <> 'v'
	union all
	select 'view ' || c.relname, pg_get_viewdef(c.oid) from pg_class c
	where c.relnamespace = current_schema()::regnamespace and c.relkind in ('v', 'm')
	union all
	select 'function ' || p.proname, p.prosrc from pg_proc p where p.pronamespace = current_schema()::regnamespace`

// Difference is a row that two databases do not have alike.
type Difference struct {
	Table  string
	Key    string // the primary key's values
	Column string // "" where the whole row is on one side only
	Here   string // as found
	There  string // as it should be
}

// Compare walks one table of two databases side by side, in the order of its
// primary key, and reports each difference until report gives false. It
// gives the number of rows here.
func Compare(ctx context.Context, here, there Reader, t Table, report func(Difference) bool) (int64, error) {
	a, err := openRows(ctx, here, t)
	if err != nil {
		return 0, err
	}
	defer a.close()
	b, err := openRows(ctx, there, t)
	if err != nil {
		return 0, err
	}
	defer b.close()
	var n int64
	more := true
	for a.row != nil || b.row != nil {
		switch order := order(a, b); {
		case order < 0:
			more = report(Difference{Table: t.Name, Key: a.key, Here: a.text()})
			n++
			a.next()
		case order > 0:
			more = report(Difference{Table: t.Name, Key: b.key, There: b.text()})
			b.next()
		default:
			for i, c := range t.Columns {
				if a.row[i] != b.row[i] && more {
					more = report(Difference{t.Name, a.key, c.Name, show(a.row[i]), show(b.row[i])})
				}
			}
			n++
			a.next()
			b.next()
		}
		if !more {
			return n, nil
		}
		if a.err != nil || b.err != nil {
			break
		}
	}
	if a.err != nil {
		return n, a.err
	}
	return n, b.err
}

func order(a, b *rowWalk) int {
	switch {
	case a.row == nil:
		return 1
	case b.row == nil:
		return -1
	}
	for i := range a.keyVals {
		if c := compareValues(a.keyVals[i], b.keyVals[i]); c != 0 {
			return c
		}
	}
	return 0
}
