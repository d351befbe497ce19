package packs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/packs"
)

// These tests spoil the invented pack line by line, so that no kind of row
// can be forgotten by a check.

// refused demands that a pack whose file now holds src is refused with one of the words.
func refused(t *testing.T, pack fstest.MapFS, file, src string, words ...string) {
	t.Helper()
	spoilt := fstest.MapFS{}
	for name, f := range pack {
		spoilt[name] = f
	}
	spoilt[file] = &fstest.MapFile{Data: []byte(src)}
	_, err := packs.Load(spoilt)
	for _, word := range words {
		if err != nil && strings.Contains(err.Error(), word) {
			return
		}
	}
	t.Errorf("want one of %q, got %v", words, err)
}

// swap gives src with the bytes from i to j replaced.
func swap(src string, i, j int, by string) string { return src[:i] + by + src[j:] }

var words = regexp.MustCompile(`\b(ar|fr|en) = "([^"]*)"`)

func TestEveryTextNeedsEveryLanguage(t *testing.T) {
	pack, n := tiny(t), 0
	for name, file := range pack {
		src := string(file.Data)
		for _, at := range words.FindAllStringSubmatchIndex(src, -1) {
			n++
			t.Run(fmt.Sprint(name, " at ", at[2], " ", src[at[2]:at[3]]), func(t *testing.T) {
				refused(t, pack, name, swap(src, at[4], at[5], " "), "lacks "+src[at[2]:at[3]], "[[pack]] needs")
			})
		}
	}
	if n < 150 {
		t.Fatalf("%d texts", n)
	}
}

var (
	pointing = regexp.MustCompile(`(?m)^(?:law|prosecutor|court|class|elements|custody|parent|type|area|offices|grades|extensions|grounds|events|fields|capacity|authority|executes|hours|regimes|report|required|optional|approver|unit-type|branch|group|paper|since|action|restart|under|evidence|source) = .*$`)
	quoted   = regexp.MustCompile(`"[^"]+"`)
	asPeriod = regexp.MustCompile(`^"P`)
)

func TestEveryCodeMustLeadSomewhere(t *testing.T) {
	pack, n := tiny(t), 0
	for name, file := range pack {
		src := string(file.Data)
		for _, line := range pointing.FindAllStringIndex(src, -1) {
			for _, at := range quoted.FindAllStringIndex(src[line[0]:line[1]], -1) {
				i, j := line[0]+at[0], line[0]+at[1]
				if asPeriod.MatchString(src[i:j]) {
					continue
				}
				n++
				t.Run(fmt.Sprint(name, " at ", i, " ", src[line[0]:line[1]]), func(t *testing.T) {
					refused(t, pack, name, swap(src, i, j, `"zz"`), `"zz" does not exist`, `"zz" is not one of`, `"zz" is not in the pack's law`, `"zz" is not A, B or C`)
				})
			}
		}
	}
	if n < 60 {
		t.Fatalf("%d codes", n)
	}
}

var rowHeader = regexp.MustCompile(`(?m)^\[\[([a-z-]+)\]\]$`)

func TestEveryKindRefusesTwoRowsOnOneDay(t *testing.T) {
	pack, seen := tiny(t), map[string]bool{}
	for name, file := range pack {
		src := string(file.Data)
		at := append(rowHeader.FindAllStringSubmatchIndex(src, -1), []int{len(src)})
		for i := range len(at) - 1 {
			kind := src[at[i][2]:at[i][3]]
			if seen[kind] || kind == "pack" || kind == "offset" || kind == "month" {
				continue
			}
			seen[kind] = true
			t.Run(kind, func(t *testing.T) {
				row := src[at[i][0]:at[i+1][0]]
				refused(t, pack, name, src+"\n"+row, "is in force together with")
			})
		}
	}
	if len(seen) != 22 {
		t.Fatalf("%d kinds", len(seen))
	}
}

func TestACalendarWithoutLegalTimeIsRefused(t *testing.T) {
	pack := tiny(t)
	src := string(pack["calendar.toml"].Data)
	refused(t, pack, "calendar.toml", swap(src, strings.Index(src, "[[offset]]"), strings.Index(src, "[[holiday]]"), ""), "the calendar has no [[offset]]")
}
