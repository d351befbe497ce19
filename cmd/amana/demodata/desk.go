package demodata

import (
	"container/heap"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

//go:embed stories.toml
var storiesFile string

// story is what complaints of one offence say.
type story struct {
	Offence string
	Weight  int
	Place   []string
	Facts   []string
	Heard   []string
	Things  [][3]string
}

// tales are the words of everybody in the demonstration.
type tales struct {
	Story []story
	Words map[string][]string
}

func readTales() (*tales, error) {
	t := new(tales)
	_, err := toml.Decode(storiesFile, t)
	return t, err
}

// moment is something that happens at a time.
type moment struct {
	at time.Time
	n  int
	do func(ctx context.Context) error
}

// life runs what the invented officers do, in the order of time.
type life struct {
	*World
	*compose.Services
	tales  *tales
	people []person
	agenda agenda
	count  int
	shown  int

	lone, seizures, measures, offers int                     // so that each comes in every state, in turn
	waiting                          ident.ID                // the handover that nobody has taken
	citizens                         []account               // who have one, for visitors to play
	bank                             ident.ID                // the institution that two persons approved
	faces                            map[units.Role]*officer // whom visitors sign in as: their desks are not empty
	accounts                         map[ident.ID]policy.Actor
	duties                           map[ident.ID]policy.Purpose
}

// Live lets the service live through its history: complaints at the desks,
// cases in the brigades, decisions of the prosecution.
func (w *World) Live(ctx context.Context, s *compose.Services, people []person) error {
	t, err := readTales()
	if err != nil {
		return err
	}
	l := &life{World: w, Services: s, tales: t, people: people, accounts: map[ident.ID]policy.Actor{}, duties: map[ident.ID]policy.Purpose{}}
	if l.faces, err = l.faced(ctx); err != nil {
		return err
	}
	l.planTerms()
	l.plan()
	l.planVisits()
	l.planJudges()
	l.watch()
	if err := l.run(ctx); err != nil {
		return err
	}
	if err := l.oversee(ctx); err != nil {
		return err
	}
	return l.lookedUp(ctx)
}

// plan puts every complaint and every case on the agenda.
func (l *life) plan() {
	desks := l.officersOf("duty-officer")
	brigades := l.officersOf("investigator")
	first := l.now.Add(-history)
	for i := range l.size.Complaints {
		at := clock.Micro(first.Add(time.Duration(float64(l.now.Sub(first)-time.Hour) * float64(i) / float64(l.size.Complaints))))
		at = at.Add(time.Duration(l.rand.IntN(3600)) * time.Second)
		desk := pick(l.World, desks)
		if l.rand.IntN(l.size.Complaints) < max(24, l.size.Complaints/40) { // enough for a visitor to find every state
			desk = l.faces["duty-officer"]
		}
		var then *brigade
		if i*l.size.Cases/l.size.Complaints != (i+1)*l.size.Cases/l.size.Complaints {
			then = l.brigadeNear(desk, brigades)
		}
		l.agenda = append(l.agenda, moment{at, l.planned(), func(ctx context.Context) error { return l.complain(ctx, desk, at, then) }})
		if i%40 == 0 {
			l.agenda = append(l.agenda, moment{at.Add(7 * time.Minute), l.planned(), func(ctx context.Context) error { return l.note(ctx, desk) }})
			l.agenda = append(l.agenda, moment{at.Add(2 * time.Hour), l.planned(), func(ctx context.Context) error { return l.relieve(ctx, l.faces["duty-officer"]) }})
		}
	}
}

// run does what is on the agenda, earliest first; doing may add to it. What
// lies ahead is left undone, so that work waits for the visitor.
func (l *life) run(ctx context.Context) error {
	heap.Init(&l.agenda)
	day := 0
	for done := 0; l.agenda.Len() > 0; done++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := heap.Pop(&l.agenda).(moment)
		if !m.at.Before(l.now) {
			return nil
		}
		if m.at.After(l.clock.Now()) {
			l.clock.Set(m.at)
		}
		if err := m.do(ctx); err != nil {
			return fmt.Errorf("at %s: %w", m.at.Format(time.RFC3339), err)
		}
		if d := int(m.at.Sub(l.now.Add(-history)).Hours() / 24); d >= day+30 {
			day = d
			l.tell("days lived", day, int(history.Hours()/24))
		}
	}
	return nil
}

// later puts something on the agenda.
func (l *life) later(after time.Duration, do func(ctx context.Context) error) {
	heap.Push(&l.agenda, moment{l.clock.Now().Add(after), l.planned(), do})
}

// planned counts what was put on the agenda, so that of two things at one
// time the one planned first comes first.
func (l *life) planned() int {
	l.count++
	return l.count
}

// faced finds the officers that the sign-in page offers.
func (l *life) faced(ctx context.Context) (map[units.Role]*officer, error) {
	accounts, err := l.Units.Demo(ctx)
	if err != nil {
		return nil, err
	}
	out := map[units.Role]*officer{}
	for _, a := range accounts {
		for i := range l.officers {
			if l.officers[i].id == a.ID {
				out[l.officers[i].role] = &l.officers[i]
			}
		}
	}
	return out, nil
}

// agenda is a heap of moments.
type agenda []moment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}

// Push and Pop serve container/heap.
func (a *agenda) Push(m any) { *a = append(*a, m.(moment)) }

// Pop takes the last one.
func (a *agenda) Pop() any {
	old := *a
	m := old[len(old)-1]
	*a = old[:len(old)-1]
	return m
}

func (l *life) officersOf(role units.Role) []*officer {
	var out []*officer
	for i := range l.officers {
		if l.officers[i].role == role {
			out = append(out, &l.officers[i])
		}
	}
	return out
}

// actor gives an officer as the policy knows them.
func (l *life) actor(ctx context.Context, o *officer) (policy.Actor, policy.Purpose, error) {
	if a, ok := l.accounts[o.id]; ok {
		return a, l.duties[o.id], nil
	}
	account, err := l.Units.Account(ctx, o.id)
	if err != nil {
		return policy.Actor{}, policy.Purpose{}, err
	}
	l.accounts[o.id], l.duties[o.id] = account.Actor, account.Duty
	return account.Actor, account.Duty, nil
}

// onDuty asks for an act of an officer's standing task.
func (l *life) onDuty(ctx context.Context, o *officer, action string) (policy.Grant, error) {
	a, duty, err := l.actor(ctx, o)
	if err != nil {
		return policy.Grant{}, err
	}
	return l.k.Policy.Ask(ctx, a, action, policy.Resource{Unit: a.Unit}, duty)
}

// complain records a complaint; then its brigade may take it up.
func (l *life) complain(ctx context.Context, desk *officer, at time.Time, then *brigade) error {
	s := l.story()
	n := l.complaint(desk, s, at)
	if then != nil {
		n.Competent = then.works.unit.id
	}
	g, err := l.onDuty(ctx, desk, "register.complaint.record")
	if err != nil {
		return err
	}
	c, err := l.Register.RecordComplaint(ctx, g, n)
	if err != nil {
		return fmt.Errorf("complaint about %s: %w", s.Offence, err)
	}
	if then == nil {
		if l.lone++; l.lone%15 == 3 {
			l.later(time.Duration(1+l.rand.IntN(20))*time.Hour, func(ctx context.Context) error { return l.passOn(ctx, desk, c.ID) })
		}
	} else {
		then.story = s
		then.suspect = l.neighbour(desk.unit.Area).id
		l.later(time.Duration(1+l.rand.IntN(60))*time.Hour, func(ctx context.Context) error { return then.open(ctx, c.ID) })
	}
	return nil
}

// story draws one by weight.
func (l *life) story() story {
	total := 0
	for _, s := range l.tales.Story {
		total += s.Weight
	}
	n := l.rand.IntN(total)
	for _, s := range l.tales.Story {
		if n -= s.Weight; n < 0 {
			return s
		}
	}
	return l.tales.Story[0]
}

func (l *life) complaint(desk *officer, s story, at time.Time) register.NewComplaint {
	local := l.k.Pack.Local(at.Add(-time.Duration(1+l.rand.IntN(30)) * time.Hour))
	n := register.NewComplaint{
		Submission: l.ids.New(), Origin: register.ByComplaint, FactsOn: text.PartialDate(local.Format("2006-01-02")), FactsClock: local.Format("15:04"),
		Offences: []string{s.Offence}, Place: pick(l.World, s.Place),
		Parties: []register.NewParty{
			{Role: register.Complainant, Person: l.neighbour(desk.unit.Area).id, Field: "complainant"},
			{Role: register.Accused, Field: "accused.0"},
		},
	}
	n.Facts = strings.ReplaceAll(pick(l.World, s.Facts), "{place}", n.Place)
	if l.rand.IntN(3) == 0 {
		n.Parties = append(n.Parties, register.NewParty{Role: register.Witness, Person: l.neighbour(desk.unit.Area).id, Field: "witness.0"})
	}
	for _, t := range s.Things {
		value, _ := strconv.ParseInt(t[2], 10, 64)
		n.Things = append(n.Things, register.Thing{Kind: thingKind(t[0]), Description: t[1], Value: value})
	}
	return n
}

// thingKind gives the register's kind for a story's thing: its own word, or
// the last of the register's list, which takes the rest.
func thingKind(kind string) string {
	kinds := register.ThingKinds()
	if slices.Contains(kinds, kind) {
		return kind
	}
	return kinds[len(kinds)-1]
}

// neighbour draws a person, of the same town if one is found soon.
func (l *life) neighbour(area string) person {
	for range 8 {
		if p := pick(l.World, l.people); p.home == area {
			return p
		}
	}
	return pick(l.World, l.people)
}

// note writes a free line into the log book.
func (l *life) note(ctx context.Context, desk *officer) error {
	g, err := l.onDuty(ctx, desk, "register.line.write")
	if err != nil {
		return err
	}
	_, err = l.Register.WriteLine(ctx, g, register.NewLine{Submission: l.ids.New(), Words: pick(l.World, l.tales.Words["lines"])})
	return err
}
