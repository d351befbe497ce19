package index

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

// Bounds of a search: how many rows of one key are looked at, and how many
// persons are compared. Whoever shares a name with more people than that is
// found by a year of birth or a second name, which the page asks for.
const (
	mostRows     = "3000"  // of one key
	mostScanned  = "20000" // of one beginning
	mostCompared = 400
	yearsAround  = 2 // a declared year of birth may be so far off
)

// Filter narrows a search. Zero fields narrow nothing.
type Filter struct {
	Year   int              // of birth, within two years
	Sex    names.Sex        // persons whose sex is not known stay in
	Rights policy.Predicate // from policy.Filter over index_persons p
}

var yearForm = regexp.MustCompile(`^(?:18|19|20)[0-9]{2}$`)

// Search answers what somebody typed: a name in either script, whole or
// begun, with or without a year of birth; a CNIE or passport number; a
// telephone. At most n persons, the likeliest first, each once however many
// records were merged.
func (s *Service) Search(ctx context.Context, r store.Reader, query string, f Filter, n int) ([]Candidate, error) {
	if found, err := s.byNumber(ctx, r, query, f, n); err != nil || len(found) > 0 {
		return found, err
	}
	name, year := splitYear(query)
	if f.Year == 0 {
		f.Year = year
	}
	ids, err := block(ctx, r, queryKeys(name), f.Year)
	if err != nil {
		return nil, err
	}
	asked := Person{Sex: f.Sex, Given: byScript(name)}
	if f.Year != 0 {
		asked.Birth = text.PartialDate(strconv.Itoa(f.Year))
	}
	return s.rank(ctx, r, asked, f, ids, n)
}

// Proposals gives the persons in the index who may be the one about to be
// recorded: those who share a number, or whose names share enough. Below the
// engine's threshold nobody is proposed.
func (s *Service) Proposals(ctx context.Context, p Person) ([]Candidate, error) {
	return s.proposals(ctx, s.k.Reader, p, Filter{}, 10)
}

// ProposalsWithin is Proposals with a reader, rights and a limit of the
// caller's.
func (s *Service) ProposalsWithin(ctx context.Context, r store.Reader, p Person, f Filter, n int) ([]Candidate, error) {
	return s.proposals(ctx, r, p, f, n)
}

func (s *Service) proposals(ctx context.Context, r store.Reader, p Person, f Filter, n int) ([]Candidate, error) {
	p = p.normal()
	var ids []string
	for _, number := range numbersOf(p) {
		more, err := personsByNumber(ctx, r, number)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
	}
	compared := p.compared()
	more, err := block(ctx, r, keySet{whole: compared.Keys(), pairs: compared.Pairs()}, compared.Birth.Year)
	if err != nil {
		return nil, err
	}
	all, err := s.rank(ctx, r, p, f, append(ids, more...), mostCompared)
	if err != nil {
		return nil, err
	}
	settled, err := dismissed(ctx, r, p.ID)
	all = slices.DeleteFunc(all, func(c Candidate) bool {
		return c.Person.ID == p.ID || settled[c.Person.ID] || c.Exact == "" && c.Proposal.Score < names.Propose*1000
	})
	return weigh(all[:min(n, len(all))]), err
}

// dismissed lists the records of which somebody said that they are of another
// person than this one.
func dismissed(ctx context.Context, r store.Reader, id ident.ID) (map[ident.ID]bool, error) {
	out := map[ident.ID]bool{}
	if id == "" {
		return out, nil
	}
	err := r.Each(ctx, `select kept, absorbed from index_decisions where kind = 'dismissed' and (kept = $1 or absorbed = $1)`, []any{string(id)}, func(scan store.Scan) error {
		var a, b ident.ID
		err := scan(&a, &b)
		out[a], out[b] = true, true
		return err
	})
	return out, err
}

// byNumber answers a query that is a number.
func (s *Service) byNumber(ctx context.Context, r store.Reader, query string, f Filter, n int) ([]Candidate, error) {
	var ids []string
	for _, number := range readNumbers(query) {
		more, err := personsByNumber(ctx, r, number)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	asked := Person{}
	if cnie, err := ParseCNIE(query); err == nil {
		asked.CNIE = cnie
	}
	return s.rank(ctx, r, asked, f, ids, n)
}

// readNumbers lists what a query may be as a number, the likeliest first.
func readNumbers(query string) []number {
	if !strings.ContainsFunc(query, unicode.IsDigit) {
		return nil
	}
	var out []number
	if n, err := ParseCNIE(query); err == nil {
		out = append(out, number{numberCNIE, keyCNIE(n)})
	}
	for _, key := range misreadCNIE(query) {
		out = append(out, number{numberCNIE, key})
	}
	if n, err := ParsePhone(query); err == nil {
		out = append(out, number{numberPhone, n})
	}
	if n, err := ParsePassport(query); err == nil {
		out = append(out, number{numberPassport, n})
	}
	return out
}

func personsByNumber(ctx context.Context, r store.Reader, n number) ([]string, error) {
	return store.List(ctx, r, "select person from idx_index_person_numbers where kind = $1 and value = $2 order by person limit $3",
		[]any{n.kind, n.value, mostCompared}, scanString)
}

func scanString(scan store.Scan) (s string, err error) {
	err = scan(&s)
	return s, err
}

// splitYear takes a year of birth out of a query.
func splitYear(query string) (name string, year int) {
	var words []string
	for _, word := range strings.Fields(query) {
		if yearForm.MatchString(squeeze(word)) {
			year, _ = strconv.Atoi(squeeze(word)) // four digits
			continue
		}
		words = append(words, word)
	}
	return strings.Join(words, " "), year
}

// byScript parts the words of a query by script.
func byScript(query string) Name {
	var arabic, latin []string
	for _, word := range strings.Fields(query) {
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
			arabic = append(arabic, word)
		} else {
			latin = append(latin, word)
		}
	}
	return Name{Arabic: strings.Join(arabic, " "), Latin: strings.Join(latin, " ")}
}

// rank reads candidates, follows merges, compares and orders.
func (s *Service) rank(ctx context.Context, r store.Reader, asked Person, f Filter, ids []string, n int) ([]Candidate, error) {
	ids = firstOf(ids, mostCompared)
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := permitted(ctx, r, ids, f)
	if err != nil {
		return nil, err
	}
	best := map[ident.ID]Candidate{}
	profile := names.NewProfile(asked.compared())
	for _, p := range all {
		c := compare(asked, &profile, p)
		if p.Kept != "" {
			if c.Person, err = headOf(ctx, r, p.Kept); err != nil {
				return nil, err
			}
		}
		if had, ok := best[c.Person.ID]; !ok || better(c, had) < 0 {
			best[c.Person.ID] = c
		}
	}
	out := make([]Candidate, 0, len(best))
	for _, c := range best {
		out = append(out, c)
	}
	slices.SortFunc(out, better)
	return weigh(out[:min(n, len(out))]), nil
}

// permitted reads those candidates that the filter lets through.
func permitted(ctx context.Context, r store.Reader, ids []string, f Filter) ([]Person, error) {
	list, args := inList(1, ids)
	where := "p.id in (" + list + ") and not p.erased"
	if f.Sex != "" {
		args = append(args, string(f.Sex))
		where += " and p.sex in ('', $" + strconv.Itoa(len(args)) + ")"
	}
	if f.Rights.SQL != "" {
		rights := f.Rights.Shift(len(args))
		where, args = where+" and "+rights.SQL, append(args, rights.Args...)
	}
	return store.List(ctx, r, "select "+personColumns+" from index_persons p where "+where, args, scanPerson)
}

// better orders candidates: exact numbers, then score, then how much could be
// compared, then id, so that an answer is the same each time.
func better(a, b Candidate) int {
	return cmp.Or(strings.Compare(exactness(b), exactness(a)), b.Proposal.Score-a.Proposal.Score,
		b.Proposal.Coverage-a.Proposal.Coverage, strings.Compare(string(a.Person.ID), string(b.Person.ID)))
}

func exactness(c Candidate) string {
	if c.Exact == "" {
		return "0"
	}
	return "1"
}

// firstOf gives the first n different texts, in their order.
func firstOf(all []string, n int) []string {
	seen := make(map[string]bool, len(all))
	var out []string
	for _, s := range all {
		if !seen[s] && len(out) < n {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
