package compose

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

var ctx = context.Background()

// chaos appends random entries of every kind that any module registers. It
// knows none of them: fields are filled by their type and name, with the ids
// and the words that make an Apply find what it looks for at times. What
// an Apply refuses is no part of the journal.
type chaos struct {
	*journal.Journal
	*rand.Rand
	db      *store.DB
	modules []journal.Module
	policy  *policy.Policy
	kinds   []journal.Kind
	words   map[string][]string   // by the name of their type; "" are all short ones
	ids     map[string][]ident.ID // by the name of the field they stood in
	cards   []card                // the ids of each appended entry
	last    map[string][]card     // the same by module
	card    card                  // of the entry that the next one follows
	least   int                   // how long a list is at least: the first entry of a kind has no empty one
	left    map[string]bool       // kinds that nobody appended yet
	most    int                   // of one kind; 0 for as many as come
	had     map[string]int        // of each kind
	refused map[string]error
	fresh   *ident.Source
	clock   *clock.Staged
}

func newChaos(t *testing.T, address string) *chaos {
	t.Helper()
	composed, err := List(&app.Kernel{})
	if err != nil {
		t.Fatal(err)
	}
	c := &chaos{db: storetest.OpenAt(t, address), modules: composed.JournalModules(), words: said(t), ids: map[string][]ident.ID{}, left: map[string]bool{}, had: map[string]int{}, last: map[string][]card{}, refused: map[string]error{},
		clock: clock.NewStaged(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))}
	c.fresh = ident.NewSource(c.clock.Now, nil)
	var names []string
	for _, m := range c.modules {
		for _, k := range m.Kinds {
			c.kinds, names, c.left[k.Name] = append(c.kinds, k), append(names, k.Name), true
		}
	}
	slices.SortFunc(c.kinds, func(a, b journal.Kind) int { return strings.Compare(a.Name, b.Name) })
	c.Journal, err = journal.Open(ctx, journal.Options{DB: c.db, Master: journaltest.Master, Clock: c.clock, Modules: c.modules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	hooks := journaltest.Hooks()
	hooks.Clock = c.clock
	c.policy, err = policy.New([]policy.Module{{
		Name: "chaos", Schema: []byte(`action "chaos.append" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar: []byte(`permit (principal, action == Action::"chaos.append", resource);`),
		Actions: []policy.Action{{Name: "chaos.append", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor,
			Appends: append(names, "journal.erased", "journal.held", "journal.hold-lifted", "journal.proof-issued")}},
	}}, hooks)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// card is the ids and numbers of one entry by the names of its fields: what
// follows it speaks of the same exhibit and the same offer, one version later.
type card struct {
	ids     map[string]ident.ID
	numbers map[string]int64
	every   map[ident.ID]bool
	mixed   map[ident.ID]bool // who shares a field's name with another within the entry
}

// said collects the words that the modules' code compares and stores, so that
// every branch is found: the constants of each type, and short words of any.
func said(t *testing.T) map[string][]string {
	t.Helper()
	out, of := map[string]bool{}, map[string][]string{}
	err := filepath.WalkDir("../../../modules", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if named, ok := n.Type.(*ast.Ident); ok && len(n.Values) == 1 {
					of[named.Name] = append(of[named.Name], word(n.Values[0]))
				}
			case *ast.BasicLit:
				out[word(n)] = true
			}
			return true
		})
		return nil
	})
	if err != nil || len(out) < 100 {
		t.Fatalf("%d words: %v", len(out), err)
	}
	of[""] = slices.Sorted(maps.Keys(out))
	return of
}

// word is a short word that stands in the code, else "".
func word(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil || len(s) > 20 || strings.ContainsAny(s, " ./%\n$,") {
		return ""
	}
	return s
}

// pick draws one of some.
func pick[T any](c *chaos, all []T) T { return all[c.IntN(len(all))] }

// entry draws an entry of a kind. A field of ids takes one that stood in a
// field of that name, or of the kind's noun ("party" of "cases.party-added").
func (c *chaos) entry(k journal.Kind) journal.Entry {
	v := reflect.New(reflect.TypeOf(k.Zero())).Elem()
	if c.least = 0; c.left[k.Name] {
		c.least = 1
	}
	c.fill(v, noun(k.Name), "")
	return v.Interface().(journal.Entry)
}

func noun(kind string) string {
	_, fact, _ := strings.Cut(kind, ".")
	return strings.TrimSuffix(fact[:max(strings.LastIndex(fact, "-"), 0)], "s")
}

// within says whose ID a struct inside an entry holds, where its name is
// another than that of the kind.
func within(v reflect.Value, noun string) string {
	switch v.Type().Name() {
	case "Offer", "Answer":
		return "handover"
	}
	return noun
}

// one says what each of a list is: "remark" of "Remarks".
func one(list string) string { return strings.TrimSuffix(strings.ToLower(list), "s") }

var (
	sealedType = reflect.TypeFor[journal.Sealed]()
	timeType   = reflect.TypeFor[time.Time]()
	idType     = reflect.TypeFor[ident.ID]()
	refType    = reflect.TypeFor[ident.Ref]()
)

func (c *chaos) fill(v reflect.Value, noun, name string) {
	switch {
	case v.Type() == idType:
		v.Set(reflect.ValueOf(c.id(noun, name)))
	case v.Type() == sealedType:
		v.Set(reflect.ValueOf(journal.Seal(c.text(""))))
	case v.Type() == timeType:
		if c.IntN(5) > 0 {
			v.Set(reflect.ValueOf(c.clock.Now().Add(time.Duration(c.IntN(10000)-5000) * time.Minute)))
		}
	case v.Type() == refType:
		kind := pick(c, []string{"case", "pv", "piece", "exhibit", "person", "complaint", "custody", "measure"})
		v.Set(reflect.ValueOf(ident.Ref{Kind: kind, ID: c.id(kind, kind)}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			c.fill(v.Field(i), within(v, noun), v.Type().Field(i).Name)
		}
	case v.Kind() == reflect.Slice:
		n := max(c.least, c.IntN(4))
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			c.fill(v.Index(i), one(name), name)
		}
	case v.Kind() == reflect.String:
		v.SetString(c.text(v.Type().Name()))
	case v.Kind() == reflect.Bool:
		v.SetBool(c.IntN(2) == 0)
	case v.CanInt():
		v.SetInt(c.number(name))
	case v.CanUint():
		v.SetUint(uint64(c.IntN(10)))
	}
}

// text draws a word of a type, a word of the code, something a person wrote,
// or nothing.
func (c *chaos) text(typed string) string {
	if own := c.words[typed]; typed != "" && len(own) > 0 && c.IntN(10) > 0 {
		return pick(c, own)
	}
	switch c.IntN(10) {
	case 0:
		return ""
	case 1, 2, 3, 4, 5:
		return pick(c, c.words[""])
	case 6:
		return pick(c, []string{"1988", "1988-04-02", "12345|A|6", "{}", "[]", `{"size":1}`, "+212600000017"})
	}
	return strings.ToValidUTF8(pick(c, []string{"محمد بن عبد الله", "Él-Idrissi", "شارع النخيل 4", "a\u2066b\u2069", "٠٦٠٠", "x"}), "")
}

// id draws an id for a field: that of the entry which this one follows, one
// that stood in such a field before, a new one, or seldom none.
func (c *chaos) id(noun, name string) ident.ID {
	key := keyOf(noun, name)
	n := c.IntN(100)
	if all := slices.Sorted(maps.Values(c.card.ids)); name == "ID" && len(all) > 0 && n < 20 {
		return pick(c, all)
	}
	if id := c.card.ids[key]; id != "" && n < 70 {
		return id
	}
	known := c.ids[key]
	if len(known) == 0 {
		known = c.ids[noun]
	}
	switch {
	case n == 99:
		return ""
	case n > 74 || len(known) == 0:
		return c.fresh.New()
	}
	return pick(c, known)
}

// aims lists the few kinds whose Apply demands a state that chance seldom
// meets, with who is in it.
var aims = map[string]string{
	"register.complaint-verified":  "select id, '' from register_complaints where state = 'verification'",
	"cases.remark-answered":        "select id, '' from cases_remarks",
	"cases.remark-resolved":        "select id, '' from cases_remarks",
	"exhibits.handover-accepted":   "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.handover-refused":    "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.handover-withdrawn":  "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.exhibit-taken-over":  "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.exhibit-returned":    "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.exhibit-destroyed":   "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.exhibit-deposited":   "select exhibit, id from exhibits_handovers where state = 'pending'",
	"exhibits.seal-broken":         "select exhibit, number from exhibits_seals where opened_at = 0",
	"oversight.alarm-acknowledged": "select of_id, officer from oversight_eyes e join oversight_alarms a on a.id = e.of_id where a.state = 'raised'",
}

// versions lists the kinds whose Apply demands a version of an institution in a
// state.
var versions = map[string]string{"trust.institution-examined": "applied", "trust.institution-approved": "examined", "trust.institution-refused": "examined"}

// aimVersion sets an entry to a version that waits for it.
func (c *chaos) aimVersion(t *testing.T, k journal.Kind, v reflect.Value) {
	t.Helper()
	if versions[k.Name] == "" {
		return
	}
	found := c.rowsOf(t, "select institution, cast(n as text) from trust_versions where state = '"+versions[k.Name]+"'")
	if len(found) == 0 {
		return
	}
	row := pick(c, found)
	n, err := strconv.ParseInt(row[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	v.FieldByName("ID").SetString(row[0])
	v.FieldByName("N").SetInt(n)
}

// aim sets the record of an entry to one that is in the state demanded, and a
// step of an exhibit to its next.
func (c *chaos) aim(t *testing.T, k journal.Kind, e journal.Entry) journal.Entry {
	t.Helper()
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	set := func(path, to string) {
		at := v
		for name := range strings.SplitSeq(path, ".") {
			if at = at.FieldByName(name); !at.IsValid() {
				return
			}
		}
		at.SetString(to)
	}
	if query := aims[k.Name]; query != "" {
		found := c.rowsOf(t, query)
		if len(found) == 0 {
			return e
		}
		row := pick(c, found)
		for _, path := range []string{"Complaint", "Remark", "Step.Exhibit", "Answer.Exhibit", "Opening.Exhibit", "Taking.Exhibit"} {
			set(path, row[0])
		}
		set("Answer.ID", row[1])
		set("Taking.Offer", row[1])
		if k.Module() == "oversight" {
			set("ID", row[0])
			set("By", row[1])
		}
		set("Opening.Seal", row[1])
	}
	c.aimHit(t, k, v)
	c.aimVersion(t, k, v)
	if k.Name == "register.complaint-recorded" {
		set("State", "verification") // of an anonymous report
	}
	if step := v.FieldByName("Step"); step.IsValid() && step.FieldByName("N").IsValid() {
		for _, row := range c.rowsOf(t, "select id, cast(version as text) from exhibits_exhibits where id = '"+step.FieldByName("Exhibit").String()+"'") {
			n, err := strconv.ParseInt(row[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			step.FieldByName("N").SetInt(n + 1)
		}
	}
	return v.Interface().(journal.Entry)
}

// hits lists the kinds whose Apply demands a hit in a state.
var hits = map[string]string{"plates.hit-confirmed": "proposed", "plates.hit-rejected": "proposed", "plates.crew-tasked": "confirmed", "plates.hit-closed": "tasked"}

// aimHit sets an entry to the next step of a hit whose listing is in force.
func (c *chaos) aimHit(t *testing.T, k journal.Kind, v reflect.Value) {
	t.Helper()
	if until := v.FieldByName("Until"); k.Name == "plates.entry-listed" && until.IsValid() {
		until.Set(reflect.ValueOf(c.clock.Now().AddDate(10, 0, 0)))
		v.FieldByName("From").Set(reflect.ValueOf(c.clock.Now().Add(-time.Hour)))
	}
	if hits[k.Name] == "" {
		return
	}
	now := strconv.FormatInt(store.Micros(c.clock.Now()), 10)
	found := c.rowsOf(t, "select h.id, h.entry_id from plates_hits h join plates_entries e on e.id = h.entry_id where h.state = '"+hits[k.Name]+
		"' and e.state = 'active' and e.from_at < "+now+" and e.until_at > "+now)
	if len(found) == 0 {
		return
	}
	row := pick(c, found)
	v.FieldByName("Hit").SetString(row[0])
	if entry := v.FieldByName("Entry"); entry.IsValid() {
		entry.SetString(row[1])
	}
	if ticks := v.FieldByName("Ticks"); ticks.IsValid() {
		for i := range ticks.NumField() {
			ticks.Field(i).SetBool(true)
		}
	}
	for _, at := range c.rowsOf(t, "select id, cast(version as text) from plates_hits where id = '"+row[0]+"'") {
		n, err := strconv.ParseInt(at[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		v.FieldByName("N").SetInt(n + 1)
	}
}

// rowsOf reads two columns of text.
func (c *chaos) rowsOf(t *testing.T, query string) [][2]string {
	t.Helper()
	all, err := store.List(ctx, c.db.Reader(), query, nil, func(scan store.Scan) (row [2]string, err error) {
		err = scan(&row[0], &row[1])
		return row, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// number draws the number of the entry that this one follows, the next, or any.
func (c *chaos) number(name string) int64 {
	n := c.IntN(10)
	if last, ok := c.card.numbers[name]; ok && n < 7 {
		return last + int64(min(n, 1))
	}
	return int64(n)
}

// keyOf names what an id is of: the field, or the noun of the kind.
func keyOf(noun, name string) string {
	if name == "ID" {
		return noun
	}
	return strings.ToLower(name)
}

// keep remembers the ids of an appended entry by the fields they stood in.
func (c *chaos) keep(v reflect.Value, noun, name string, on card) {
	switch {
	case v.Type() == idType:
		if id := v.Interface().(ident.ID); id != "" {
			key := keyOf(noun, name)
			if other, ok := on.ids[key]; ok && other != id {
				on.mixed[id], on.mixed[other] = true, true
			}
			c.ids[key], on.ids[key], on.every[id] = append(c.ids[key], id), id, true
		}
	case v.CanInt():
		on.numbers[name] = v.Int()
	case v.Kind() == reflect.Struct && v.Type() != timeType && v.Type() != sealedType:
		for i := range v.NumField() {
			c.keep(v.Field(i), within(v, noun), v.Type().Field(i).Name, on)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			c.keep(v.Index(i), one(name), name, on)
		}
	}
}

// step appends a few entries of one transaction, kinds that are still missing
// before others; what an Apply refuses leaves nothing behind.
func (c *chaos) step(t *testing.T) {
	c.clock.Set(c.clock.Now().Add(time.Duration(1+c.IntN(900)) * time.Second))
	k := pick(c, c.kinds)
	if missing := slices.Sorted(maps.Keys(c.left)); len(missing) > 0 && c.IntN(2) == 0 {
		name := pick(c, missing)
		k = c.kinds[slices.IndexFunc(c.kinds, func(k journal.Kind) bool { return k.Name == name })]
	}
	if c.card = (card{}); len(c.cards) > 0 {
		c.card = pick(c, c.cards)
		key := pick(c, []string{k.Module(), k.Module() + "." + noun(k.Name)})
		if last := c.last[key]; len(last) > 0 && c.IntN(2) == 0 {
			c.card = last[max(0, len(last)-1-c.IntN(4))]
		}
	}
	if !c.try(t, k) {
		return
	}
	// While something of the module is missing, it may follow right after this,
	// or after what follows this.
	for range 6 {
		next := pick(c, c.kinds)
		if !c.lacks(k.Module()) {
			return
		}
		for next.Module() != k.Module() || !c.left[next.Name] && c.IntN(2) == 0 {
			next = pick(c, c.kinds)
		}
		if c.card = c.cards[len(c.cards)-1]; c.IntN(2) == 0 {
			c.card = pick(c, c.last[k.Module()])
		}
		c.try(t, next)
	}
}

// lacks reports whether a kind of a module was not appended yet.
func (c *chaos) lacks(module string) bool {
	for name := range c.left {
		if strings.HasPrefix(name, module+".") {
			return true
		}
	}
	return false
}

// try appends an entry of a kind, and says whether its Apply took it.
func (c *chaos) try(t *testing.T, k journal.Kind) bool {
	t.Helper()
	if c.most > 0 && c.had[k.Name] >= c.most && !c.lacks(k.Module()) {
		return false
	}
	g, err := c.policy.System("chaos", "chaos.append", "CPP-66")
	if err != nil {
		t.Fatal(err)
	}
	e := c.entry(k)
	if _, stepped := reflect.TypeOf(e).FieldByName("Step"); stepped || c.IntN(3) > 0 {
		e = c.aim(t, k, e)
	}
	if _, err := c.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error { d.Add(e); return nil }); err != nil {
		c.refused[k.Name] = err
		return false
	}
	delete(c.left, k.Name)
	c.had[k.Name]++
	on := card{map[string]ident.ID{}, map[string]int64{}, map[ident.ID]bool{}, map[ident.ID]bool{}}
	c.keep(reflect.ValueOf(e), noun(k.Name), "", on)
	for _, ref := range e.About() {
		c.ids[ref.Kind], on.ids[ref.Kind] = append(c.ids[ref.Kind], ref.ID), ref.ID
	}
	c.cards = append(c.cards, on)
	for _, key := range []string{k.Module(), k.Module() + "." + noun(k.Name)} {
		c.last[key] = append(c.last[key], on)
	}
	return true
}

// own appends what the journal appends of itself: a proof, a hold, a hold that
// ended, and people who were forgotten.
func (c *chaos) own(t *testing.T) {
	t.Helper()
	g, err := c.policy.System("chaos", "chaos.append", "CPP-66")
	if err != nil {
		t.Fatal(err)
	}
	of := func(kind string) ident.Ref { return ident.Ref{Kind: kind, ID: c.ids[kind][0]} }
	_, err = c.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.Proof{Record: of("case"), Entry: c.fresh.New(), Document: "00", Kind: "dossier"})
		return nil
	})
	for _, err := range []error{err, c.Hold(ctx, g, journal.Held{Ref: of("case"), Ground: "order"}), c.Hold(ctx, g, journal.Held{Ref: of("complaint"), Ground: "order"}),
		c.LiftHold(ctx, g, journal.HoldLifted{Ref: of("complaint"), Ground: "order"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// Erasure forgets by the id of a row what is sealed under that id. Entries
	// that chance made may name two records as one; who stood in one entry only,
	// and not beside another of the same name, is forgotten whole.
	forgotten := 0
	for tries := 0; forgotten < 3 && tries < 200; tries++ {
		for _, id := range c.forgettable() { // some have no key: nothing was sealed under it
			if forgotten < 12 && c.Erase(ctx, g, journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08", Authority: "test"}) == nil {
				forgotten++
			}
		}
		for range 20 {
			c.step(t)
		}
	}
	if forgotten == 0 {
		t.Fatal("nobody could be forgotten")
	}
}

// forgettable lists records that may be forgotten whole.
func (c *chaos) forgettable() (out []ident.ID) {
	for _, kind := range []string{"pv", "piece", "measure", "dossier", "line", "remark", "contest"} {
		for _, id := range c.ids[kind] {
			if c.alone(id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// alone reports whether an id stood in one entry, and there beside no other
// of its name.
func (c *chaos) alone(id ident.ID) bool {
	n := 0
	for _, on := range c.cards {
		if on.every[id] {
			n++
		}
		if on.mixed[id] {
			return false
		}
	}
	return n == 1
}

// elsewhere are tables that no entry of a module fills: working state, what
// followers and the lane of accesses write, what a closing, an expiry, a printed
// checkpoint and the hourly counts leave, and what a batch of plate reads holds
// in its sealed body. Their own tests fill and replay them (kernel/journal,
// modules/plates).
func elsewhere(name string) bool {
	for _, prefix := range []string{"tmp_", "goose_", "access_", "idx_access_", "journal_cursors", "journal_closings", "journal_pages", "journal_counts", "journal_controls", "journal_expired", "journal_logs", "plates_reads"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// grow makes a random journal in a database: every kind of every module, every
// table with rows.
func grow(t *testing.T, address string) *chaos {
	t.Helper()
	c := newChaos(t, address)
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64().Draw(r, "seed")
		c.Rand = rand.New(rand.NewPCG(seed, seed))
		for range 20 {
			c.step(t)
		}
		for tries := 0; len(c.left) > 0 && tries < 150; tries++ {
			c.step(t)
		}
	})
	for tries := 0; len(c.left) > 0 && tries < 200_000; tries++ {
		c.step(t) // the same source of chance goes on
	}
	for _, kind := range slices.Sorted(maps.Keys(c.left)) {
		t.Errorf("%s was never appended: %v", kind, c.refused[kind])
	}
	if t.Failed() {
		return c
	}
	for range 3000 { // enough that some records stand in one entry only
		c.step(t)
	}
	c.own(t)
	for tries := 0; len(c.bare(t)) > 0 && tries < 100; tries++ { // a kind that came may have said nothing of its tables
		for range 100 {
			c.step(t)
		}
	}
	for _, name := range c.bare(t) {
		t.Errorf("%s stayed empty", name)
	}
	return c
}

// bare lists the tables without a row that entries of modules fill.
func (c *chaos) bare(t *testing.T) []string {
	var out []string
	for name, n := range c.rows(t) {
		if n == 0 && !elsewhere(name) {
			out = append(out, name)
		}
	}
	return out
}

func (c *chaos) rows(t *testing.T) map[string]int {
	t.Helper()
	tables, err := c.db.Tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, table := range tables {
		n := 0
		if err := c.db.Reader().Row(ctx, "select count(*) from "+table.Name, nil, &n); err != nil {
			t.Fatal(err)
		}
		out[table.Name] = n
	}
	return out
}

// into replays a journal into an empty database, compares every table, and
// opens the journal that is there now.
func (c *chaos) into(t *testing.T, address string) *chaos {
	t.Helper()
	to := storetest.OpenAt(t, address)
	if err := journal.Shape(ctx, to, c.modules); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Replay(ctx, to, to, nil); err != nil {
		t.Fatal(err)
	}
	c.same(t, to)
	j, err := journal.Open(ctx, journal.Options{DB: to, Master: journaltest.Master, Clock: c.clock, Modules: c.modules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return &chaos{Journal: j, db: to, modules: c.modules, clock: c.clock}
}

// same compares every table that entries fill.
func (c *chaos) same(t *testing.T, other *store.DB) {
	t.Helper()
	tables, err := c.db.Tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	compared := int64(0)
	for _, table := range tables {
		if elsewhere(table.Name) {
			continue
		}
		n, err := store.Compare(ctx, c.db.Reader(), other.Reader(), table, func(d store.Difference) bool {
			t.Errorf("%s: %+v", table.Name, d)
			return false
		})
		if err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
		compared += n
	}
	if compared < 500 {
		t.Errorf("only %d rows were compared", compared)
	}
}

// TestRandomJournalReplays: a random journal over all kinds of all modules
// gives equal tables wherever it is replayed.
func TestRandomJournalReplays(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	c := grow(t, storetest.SQLite(t))
	again := c.into(t, storetest.SQLite(t))
	if t.Failed() || os.Getenv(storetest.Variable) == "" {
		return
	}
	pg := again.into(t, storetest.Postgres(t))
	back := pg.into(t, storetest.Postgres(t)).into(t, storetest.SQLite(t))
	c.same(t, back.db)
}
