package journal

import "bytes"

// mark is what an entry says of a lane, to be held against the lane later.
type mark struct {
	where string
	LaneMark
}

// holdMarks holds the batches of the lanes against what entries say of them:
// the entries are under the log's signature by themselves, so accesses cannot
// be left out, cut off or rewritten up to there without their contradicting it.
func (v *verification) holdMarks(batches []batchRow) {
	byLane := map[string][]batchRow{}
	for _, b := range batches {
		byLane[b.lane] = append(byLane[b.lane], b)
	}
	for _, m := range v.marks {
		all := byLane[m.Lane]
		switch {
		case m.Batch == 0: // an early count, which named no batch
			if len(all) == 0 || all[len(all)-1].last < m.Last {
				v.report.find(m.where, "counted %d accesses in lane %s; fewer are there", m.Last, m.Lane)
			}
		case m.Batch < 1 || m.Batch > int64(len(all)):
			v.report.find(m.where, "says that lane %s had %d batches of accesses; %d are there", m.Lane, m.Batch, len(all))
		case all[m.Batch-1].last != m.Last || !bytes.Equal(all[m.Batch-1].chain[:], m.Chain):
			v.report.find(m.where, "says something else of lane %s, batch %d, than what is there", m.Lane, m.Batch)
		}
	}
}
