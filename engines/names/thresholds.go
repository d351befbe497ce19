package names

// The scores from which a pair is worth a person's time, chosen on namesdata
// alone and asserted by the tests named; doc.go has the commands.
//
//   - TestRecall: 400 desk reports (one script, other spellings, one in five
//     swapped, one in four without and one in four with only the year of
//     birth, one in ten mistyped) against 5,000 persons with both scripts: the
//     person is among the first 10 candidates in 99.3 % and first in 99.3 %;
//     scores at least Propose in 95.8 %, Likely in 88.0 %. Eleven candidates
//     were scored for each report.
//   - TestRandomPairs: of 10,000 pairs of persons of different name none
//     reaches Propose; none reaches Likely on names alone across scripts.
//   - TestHoldout: of 128 pairs of spellings of one name that no rule was
//     fitted to, 125 share a key (97.7 %) and 117 reach Likely (91.4 %); of 62
//     pairs of look-alike names 1 does (1.6 %).
//
// The persons are synthetic: spellings beyond the rules, and the frequency
// of names in a real population, will make real figures worse.
const (
	// Propose is the least score of a pair put before a person as a possible
	// duplicate.
	Propose = 0.75
	// Likely is the least score at which the pair may head the list, marked
	// as a likely duplicate.
	Likely = 0.88
)
