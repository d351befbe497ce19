package packs_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/packs"
)

// tiny gives a copy of the invented country's pack that a test may spoil.
func tiny(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	dir := os.DirFS("testdata/tiny")
	err := fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// spoil replaces the first occurrence of a line's text in one file.
func spoil(t *testing.T, pack fstest.MapFS, file, old, new string) {
	t.Helper()
	src := string(pack[file].Data)
	if !strings.Contains(src, old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	pack[file] = &fstest.MapFile{Data: []byte(strings.Replace(src, old, new, 1))}
}

func TestFaultyPacksAreRefused(t *testing.T) {
	const rows, law, cal = "rows.toml", "law/law.toml", "calendar.toml"
	for name, c := range map[string]struct{ file, old, new, want string }{
		"not toml":                  {rows, "[default]", "[default", "rows.toml:2: "},
		"unknown key":               {rows, "rank = 1\n", "rank = 1\nrankk = 1\n", "rows.toml: unknown key class.rankk"},
		"unknown kind":              {rows, "[[ground]]", "[[grounds]]", "rows.toml: unknown key grounds"},
		"wrong type":                {rows, "rank = 1", `rank = "one"`, "rows.toml:"},
		"no pack":                   {"pack.toml", "[[pack]]", "[[ground]]", "pack.toml: unknown key ground."},
		"two packs":                 {rows, "[[class]]", "[[pack]]\ncode = \"yy\"\n[[class]]", "2 [[pack]] rows"},
		"pack without currency":     {"pack.toml", `currency = "XXX"`, "", "[[pack]] needs"},
		"no code":                   {rows, `code = "flight"`, "", `ground "": no code`},
		"no from":                   {rows, "from = 2000-01-01\n", "", "no from date"},
		"from with a time":          {rows, "from = 2010-01-01", "from = 2010-01-01T00:00:00Z", "date without a time"},
		"from as text":              {rows, "from = 2010-01-01", `from = "2010-01-01"`, "date without a time"},
		"ends before it begins":     {rows, "to = 2010-01-01", "to = 1999-01-01", `rows.toml:32: offence "theft": ends on 1999-01-01`},
		"overlap":                   {rows, "to = 2010-01-01", "to = 2010-01-02", `rows.toml:43: offence "theft": is in force together with rows.toml:32`},
		"approver without a seat":   {rows, "seats = [\"attorney\"]\n", "", "attorney approves it and has no seat"},
		"reviewed by nobody":        {rows, "approver = \"attorney\"\naction = \"dispose\"", "approver = \"schedule\"\naction = \"review\"", "nobody reviews it"},
		"approver seated nowhere":   {rows, "seats = [\"attorney\"]", "seats = [\"moon\"]", `retention "paper": unit-type "moon"`},
		"extender without a seat":   {rows, "seats = [\"attorney\"]\n", "", "attorney extends it and has no seat"},
		"orderer without a seat":    {rows, "seats = [\"attorney\"]\n", "", "attorney orders it and has no seat"},
		"measure through nobody":    {rows, "authority = [\"attorney\"]\nexecutes", "authority = [\"attorney\"]\nthrough = { attorney = \"moon\" }\nexecutes", `capacity "moon" does not exist`},
		"measure through a decider": {rows, "authority = [\"attorney\"]\nexecutes", "authority = [\"attorney\"]\nthrough = { attorney = \"attorney\" }\nexecutes", "from one who may"},
		"files kept under no class": {rows, "retention = \"paper\"", "retention = \"pulp\"", `class "felony": retention "pulp"`},
		"overlap without end":       {rows, "to = 2010-01-01", "", `offence "theft": is in force together with`},
		"verified unstated":         {rows, "verified = true\n", "", "does not state verified"},
		"verified not yes or no":    {rows, "verified = true", `verified = "yes"`, "want true or false"},
		"no article":                {rows, `law = ["ACT1 1"]`, "law = []", "rests on no article"},
		"unknown article":           {rows, `law = ["ACT1 1"]`, `law = ["ACT1 9"]`, `article "ACT1 9" is not in the pack's law`},
		"malformed reference":       {law, `code = "ACT1 1"`, `code = "act one"`, `"act one" is not a reference`},
		"article of unknown text":   {law, `also = ["ACT1 2"]`, `also = ["ACT1 2", "ACT2 1"]`, `unknown text "ACT2"`},
		"article twice":             {law, `also = ["ACT1 2"]`, `also = ["ACT1 2", "ACT1 1"]`, "is already at law/law.toml:10"},
		"summary lacks French":      {law, `fr = "résumé"`, `fr = " "`, `law/law.toml:10: article "ACT1 1": summary lacks fr`},
		"unknown source":            {law, `source = "A"`, `source = "D"`, `source "D" is not A, B or C`},
		"text without number":       {law, `cite = "Act 1 of 2000"`, "", "does not cite its official number"},
		"class without limit":       {rows, `limitation = "P10Y"`, "", "has no limitation period"},
		"class without rank":        {rows, "rank = 2\n", "", "needs a rank from 1"},
		"class of no prosecutor":    {rows, `prosecutor = "attorney"`, `prosecutor = "x"`, `unit-type "x" does not exist`},
		"malformed period":          {rows, `limitation = "P10Y"`, `limitation = "10 years"`, "is not a period"},
		"missing language":          {rows, `en = "act" }`, `en = "" }`, `element "act": names lacks en`},
		"element of no evidence":    {rows, `evidence = ["hearing", "photo"]`, "evidence = []", "no kind of evidence can show it"},
		"unknown evidence":          {rows, `"photo"`, `"rumour"`, `evidence "rumour" is not one of`},
		"offence of no element":     {rows, `elements = ["act"]`, "elements = []", "has no elements"},
		"unknown element":           {rows, `elements = ["act"]`, `elements = ["thing"]`, `element "thing" does not exist`},
		"unknown class":             {rows, `class = "felony"`, `class = "grave"`, `class "grave" does not exist`},
		"ICCS of three digits":      {rows, `iccs = "0502"`, `iccs = "050"`, `ICCS code "050"`},
		"ICCS of section 12":        {rows, `iccs = "0502"`, `iccs = "1202"`, `ICCS code "1202"`},
		"ICCS too long":             {rows, `iccs = "0502"`, `iccs = "0502211"`, `ICCS code "0502211"`},
		"prison turned round":       {rows, `min = "P1Y", max = "P3Y"`, `min = "P4Y", max = "P3Y"`, "penalty from P4Y to P3Y"},
		"fine turned round":         {rows, `min = 10, max = 20`, `min = 30, max = 20`, "30 to 20"},
		"no penalty":                {rows, `penalty = { fine = { min = 1, max = 2 } }`, "", `offence "noise": has no penalty`},
		"term below its class":      {rows, `min = "P1Y", max = "P3Y"`, `min = "P1M", max = "P1Y"`, "a term of P1Y is not of class felony"},
		"term above its class":      {rows, `penalty = { fine = { min = 1, max = 2 } }`, `penalty = { prison = { min = "P1M", max = "P2Y" } }`, "a term of P2Y is not of class petty"},
		"custody for a petty one":   {rows, "iccs = \"08\"\n", "iccs = \"08\"\ncustody = \"short\"\n", "custody is barred"},
		"unknown custody":           {rows, `custody = "short"`, `custody = "long"`, `custody "long" does not exist`},
		"area under nothing":        {rows, `parent = "N"`, `parent = "M"`, `area "M" does not exist`},
		"area cycle":                {rows, "level = \"county\"\n", "level = \"county\"\nparent = \"N.1\"\n", `area "N": stands under itself`},
		"area without level":        {rows, `level = "town"`, "", "has no level"},
		"branch of fancy":           {rows, `branch = "court"`, `branch = "navy"`, `branch "navy" is not one of`},
		"unit type under nothing":   {rows, `under = ["force", "station"]`, `under = ["force", "fort", "station"]`, `unit-type "fort" does not exist`},
		"unit of no type":           {rows, `type = "bench"`, `type = "bank"`, `unit-type "bank" does not exist`},
		"unit without area":         {rows, "area = \"N.1\"\n", "", `area "" does not exist`},
		"unit off the Earth":        {rows, "lat = 10.5", "lat = 100.5", "is not on Earth"},
		"unit under a bench":        {rows, `parent = "F"`, `parent = "B"`, `a station may not stand under "bench"`},
		"unit before the one above": {rows, "[[unit]]\ncode = \"A\"", "[[unit]]\ncode = \"S0\"\ntype = \"station\"\nparent = \"F\"\narea = \"N\"\nnames = { ar = \"a\", fr = \"f\", en = \"e\" }\n\n[[unit]]\ncode = \"A\"", `unit "S0": comes before the unit above it`},
		"unit above promoted":       {rows, "[[unit]]\ncode = \"S1\"", "[[unit]]\ncode = \"F\"\ntype = \"bench\"\narea = \"N\"\nfrom = 2015-01-01\nnames = { ar = \"a\", fr = \"f\", en = \"e\" }\n\n[[unit]]\ncode = \"S1\"", `a station may not stand under "bench"`},
		"root of a lower type":      {rows, "parent = \"F\"\n", "", `a station may not stand under ""`},
		"unit cycle":                {rows, `parent = "F"`, `parent = "S2"`, `stands under itself`},
		"unit itself":               {rows, `parent = "S1"`, `parent = "S2"`, `unit "S2": stands under itself`},
		"unit before its parent":    {rows, "from = 2005-01-01", "from = 1990-01-01", `unit "S1" does not exist as long as it does`},
		"unit after its parent":     {rows, "code = \"S1\"\n", "code = \"S1\"\nto = 2020-01-01\n", `unit "S2": unit "S1" does not exist as long as it does`},
		"unknown office":            {rows, `offices = ["A", "B"]`, `offices = ["A", "Z"]`, `unit "Z" does not exist`},
		"grade without track":       {rows, `track = "one"`, "", "needs a track"},
		"capacity of no grade":      {rows, `grades = ["officer"]`, `grades = ["baron"]`, `grade "baron" does not exist`},
		"custody in days":           {rows, `initial = "PT24H"`, `initial = "P1D"`, "initial period P1D is not in hours"},
		"extension in days":         {rows, `for = "PT12H"`, `for = "P1D"`, "extension P1D is not in hours"},
		"extension by nobody":       {rows, `authority = "attorney", act`, `authority = "king", act`, `capacity "king" does not exist`},
		"extension without act":     {rows, `act = "report"`, `act = "nod"`, `template "nod" does not exist`},
		"alarm before the start":    {rows, `alarms = ["PT1H", "PT3H"]`, `alarms = ["PT24H"]`, "alarm PT24H is not inside"},
		"unknown ground":            {rows, `grounds = ["flight"]`, `grounds = ["mood"]`, `ground "mood" does not exist`},
		"unknown event":             {rows, `events = ["meal"]`, `events = ["tea"]`, `event "tea" does not exist`},
		"unknown field":             {rows, "fields = [\"name\"]\ncapacity", "fields = [\"hat\"]\ncapacity", `field "hat" does not exist`},
		"hours turned round":        {rows, `closes = "18:00"`, `closes = "07:00"`, "opens at 08:00, after it closes"},
		"no such hour":              {rows, `closes = "18:00"`, `closes = "24:01"`, "after 24:00"},
		"not an hour":               {rows, `closes = "18:00"`, `closes = "18h"`, "is not a time of day"},
		"rule of no authority":      {rows, "closes = \"18:00\"\nauthority = \"attorney\"", "closes = \"18:00\"\nauthority = \"x\"", `capacity "x" does not exist`},
		"regime of no authority":    {rows, "fields = [\"name\"]\nauthority = \"attorney\"", "fields = [\"name\"]", `regime "plain": capacity "" does not exist`},
		"measure by nobody":         {rows, `executes = ["sworn"]`, "executes = []", "nobody may carry it out"},
		"measure without window":    {rows, `window = "P3D"`, "", "an order without a window never stops"},
		"measure at no rule":        {rows, `hours = "hours"`, `hours = "never"`, `rule "never" does not exist`},
		"measure of no regime":      {rows, `regimes = ["plain"]`, `regimes = ["x"]`, `regime "x" does not exist`},
		"measure of no report":      {rows, "report = \"report\"\nfields", "report = \"x\"\nfields", `template "x" does not exist`},
		"decision of no field":      {rows, "closes = true\nfields = [\"note\"]", "closes = true\nfields = [\"x\"]", `field "x" does not exist`},
		"retention of nothing":      {rows, `keep = "P3Y"`, "", "keeps nothing"},
		"retention since ever":      {rows, `since = "closing"`, `since = "ever"`, `since "ever" is not one of`},
		"retention burns":           {rows, `action = "dispose"`, `action = "burn"`, `action "burn" is not one of`},
		"retention by nobody":       {rows, `approver = "attorney"`, `approver = "x"`, `capacity "x" does not exist`},
		"field of odd type":         {rows, `type = "long"`, `type = "song"`, `type "song" is not one of`},
		"template of odd group":     {rows, `group = "pv"`, `group = "poem"`, `group "poem" is not one of`},
		"template on odd paper":     {rows, `paper = "A4"`, `paper = "A3"`, `paper "A3" is not one of`},
		"template without blocks":   {rows, "[[template.blocks]]\nid = \"body\"\ntext = ", "[[decision]]\ncode = \"odd\"\nnames = ", `template "report": has no blocks`},
		"languages differ":          {rows, `fr = "Nom {name}, {note}"`, `fr = "Nom {name}"`, "fr has [name], ar has [name note]"},
		"undeclared hole":           {rows, `optional = ["note"]`, "", "uses {note}, which is neither required nor optional"},
		"pattern without number":    {rows, `pattern = "{yy}-{n:04}"`, `pattern = "{yy}"`, "must hold {n}"},
		"pattern of odd part":       {rows, `pattern = "{yy}-{n:04}"`, `pattern = "{yy}-{n}-{moon}"`, "only known parts"},
		"pattern hides its year":    {rows, `pattern = "{yy}-{n:04}"`, `pattern = "{n:04}"`, "does not show the year"},
		"restart at whim":           {rows, `restart = "never"`, `restart = "whim"`, `restart "whim" is not one of`},
		"numbering of no type":      {rows, `unit-type = "station"`, `unit-type = "x"`, `unit-type "x" does not exist`},
		"offset at one instant":     {cal, "at = 2020-06-01T00:00:00Z", "at = 2020-09-01T00:00:00Z", "changes at the same instant as"},
		"offset of two days":        {cal, "minutes = 330", "minutes = 3300", "an offset from -720 to 840"},
		"offset without instant":    {cal, "at = 2020-06-01T00:00:00Z\n", "", "needs an instant"},
		"month without name":        {cal, "number = 7\n", "number = 8\n", `month "July": names lacks ar, fr, en`},
		"no such day":               {cal, "day = 29", "day = 30", "there is no day 30 of month 2"},
		"holiday without name":      {cal, `fr = "jour"`, `fr = ""`, `holiday "day": names lacks fr`},
	} {
		t.Run(name, func(t *testing.T) {
			pack := tiny(t)
			spoil(t, pack, c.file, c.old, c.new)
			_, err := packs.Load(pack)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q, got %v", c.want, err)
			}
		})
	}
}

func TestRequiredFieldsArePrinted(t *testing.T) {
	pack := tiny(t)
	spoil(t, pack, "rows.toml", `required = ["name"]`, `required = ["name", "note"]`)
	for range 3 { // once in each language
		spoil(t, pack, "rows.toml", "{note}", "")
	}
	_, err := packs.Load(pack)
	if err == nil || !strings.Contains(err.Error(), `required field "note" is printed nowhere`) {
		t.Fatalf("got %v", err)
	}
}

func TestEveryFaultIsNamedAtOnce(t *testing.T) {
	pack := tiny(t)
	spoil(t, pack, "rows.toml", `iccs = "0502"`, `iccs = "x"`)
	spoil(t, pack, "calendar.toml", "day = 29", "day = 31")
	_, err := packs.Load(pack)
	for _, want := range []string{`rows.toml:32: offence "theft": ICCS`, `calendar.toml:21: holiday "day"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

func TestAnEmptyTreeIsNoPack(t *testing.T) {
	if _, err := packs.Load(fstest.MapFS{}); err == nil {
		t.Fatal("an empty tree loads")
	}
	if _, err := packs.Load(os.DirFS("testdata/absent")); err == nil {
		t.Fatal("an absent folder loads")
	}
}

func TestAnOversizedFileIsRefused(t *testing.T) {
	pack := tiny(t)
	pack["big.toml"] = &fstest.MapFile{Data: []byte(strings.Repeat("# filler\n", 500_000))}
	_, err := packs.Load(pack)
	if err == nil || !strings.Contains(err.Error(), "big.toml: 4500000 bytes") {
		t.Fatalf("got %v", err)
	}
}

// sound asks a pack everything on every day on which something begins, and
// demands that what Load let through never fails to answer.
func sound(t *testing.T, p *packs.Pack) {
	t.Helper()
	days := map[packs.Date]bool{}
	for _, c := range p.Articles() {
		days[c.From] = true
	}
	for day := range days {
		at, ok := p.Instant(day, 12, 0, 0)
		if !ok {
			continue
		}
		for _, o := range p.Offences(at) {
			if _, err := p.Elements(o.Code, at); err != nil {
				t.Errorf("elements of %s: %v", o.Code, err)
			}
			if _, err := p.Lapses(o.Code, at); err != nil {
				t.Errorf("limitation of %s: %v", o.Code, err)
			}
			if _, err := p.Custody(o.Custody, at); o.Custody != "" && err != nil {
				t.Errorf("custody of %s: %v", o.Code, err)
			}
		}
		for _, u := range p.Units(at) {
			if _, err := p.Ancestors(u.Code, at); err != nil {
				t.Errorf("above %s: %v", u.Code, err)
			}
			if _, err := p.Offices(u.Code, at); err != nil {
				t.Errorf("offices of %s: %v", u.Code, err)
			}
		}
	}
}

func TestLoadedPacksAnswer(t *testing.T) {
	sound(t, country(t))
	sound(t, morocco(t))
}

// FuzzLoad puts any file beside the invented pack. Run it with
// -fuzzminimizetime 10x: files are read side by side, so coverage varies.
func FuzzLoad(f *testing.F) {
	base := tiny(f)
	for _, name := range []string{"rows.toml", "law/law.toml", "calendar.toml"} {
		f.Add(base[name].Data)
	}
	f.Add([]byte("[[offset]]\ncode=\"a\"\n"))
	f.Add([]byte("[[unit]]\ncode=\"S3\"\nparent=\"S3\"\n"))
	f.Add([]byte("[default]\nfrom = 2001-01-01\nlaw = [\"ACT1 1\"]\nverified = false\n[[unit]]\ncode=\"S4\"\ntype=\"station\"\nparent=\"S1\"\narea=\"N\"\nnames={ar=\"a\",fr=\"b\",en=\"c\"}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		pack := fstest.MapFS{"fuzz.toml": {Data: src}}
		for name, file := range base {
			pack[name] = file
		}
		if p, err := packs.Load(pack); err == nil {
			sound(t, p)
		}
	})
}
