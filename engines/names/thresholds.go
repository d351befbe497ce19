package names

// The scores from which a pair is worth a person's time. They were chosen by
// TestRecall and TestRandomPairs, which assert them; doc.go has the commands.
const (
	// Propose is the least score of a pair put before a person as a possible
	// duplicate.
	Propose = 0.75
	// Likely is the least score at which the pair may head the list, marked
	// as a likely duplicate.
	Likely = 0.88
)
