package measure

// A Turn is one measurement of a system.
type Turn struct {
	Rep    int
	System string
}

// Interleave puts repetitions of systems in order: all systems take a turn before
// any takes its next, so that what changes on the machine meanwhile meets all of
// them, and each repetition begins with another system, so that none is always
// measured after the same one.
func Interleave(systems []string, reps int) []Turn {
	turns := make([]Turn, 0, reps*len(systems))
	for rep := range reps {
		for i := range systems {
			turns = append(turns, Turn{Rep: rep, System: systems[(i+rep)%len(systems)]})
		}
	}
	return turns
}
