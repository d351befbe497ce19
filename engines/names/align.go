package names

// compare aligns two names in any order, in the scripts both have: in both
// where they can, across where they must. It gives 0 to 1000, or unknown.
func compare(a, b *bilingual) int32 {
	ar := align(&a.arabic, &b.arabic)
	la := align(&a.latin, &b.latin)
	switch {
	case ar != unknown && la != unknown:
		return (2*max(ar, la) + min(ar, la)) / 3
	case ar != unknown:
		return ar
	case la != unknown:
		return la
	}
	return max(align(&a.arabic, &b.latin), align(&a.latin, &b.arabic))
}

// Alignment constants: a part's closeness at or below noiseFloor is what
// unrelated names reach and counts nothing; a part that the other name lacks
// ("Fatima" beside "Fatima Zahra") counts this share of a part.
const (
	noiseFloor   = 450
	missingShare = 30 // percent
)

// align pairs the parts of two names so that the pairs are closest in sum.
func align(a, b *parts) int32 {
	if a.n == 0 || b.n == 0 {
		return unknown
	}
	if a.n > b.n {
		a, b = b, a
	}
	var close [maxParts][maxParts]int32
	for i := range a.n {
		for j := range b.n {
			close[i][j] = max(0, (alike(&a.list[i], &b.list[j])-noiseFloor)*1000/(1000-noiseFloor))
		}
	}
	best := assign(&close, a.n, b.n)
	return best * 100 / int32(100*a.n+missingShare*(b.n-a.n))
}

// assign gives the greatest sum of closeness over all ways to give each of
// the n parts of one name its own of the m >= n parts of the other. best[s]
// is the sum when the parts in the bit set s are taken.
func assign(close *[maxParts][maxParts]int32, n, m int) int32 {
	var best [1 << maxParts]int32
	for taken := 1; taken < 1<<m; taken++ {
		best[taken] = bestWith(close, &best, taken, n, m)
	}
	return best[1<<m-1]
}

// bestWith extends the sums for smaller sets by the row whose turn it is:
// with k columns taken, row k-1 has one of them. Columns beyond the rows add
// nothing.
func bestWith(close *[maxParts][maxParts]int32, best *[1 << maxParts]int32, taken, n, m int) int32 {
	k := 0
	for j := range m {
		k += taken >> j & 1
	}
	var most int32
	for j := range m {
		if taken>>j&1 == 0 {
			continue
		}
		sum := best[taken&^(1<<j)]
		if k <= n {
			sum += close[k-1][j]
		}
		most = max(most, sum)
	}
	return most
}

// readFiliation reads a parent's name: the "ben" or "bent" that ties it to the
// child is no part of it.
func readFiliation(n Name) (b bilingual) {
	b.arabic.splitBare(n.Arabic)
	b.latin.splitBare(n.Latin)
	return b
}
