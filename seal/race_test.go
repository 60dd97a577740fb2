//go:build race

package seal_test

// raceEnabled: the race detector empties pools at random, so that allocations
// can't be counted.
const raceEnabled = true
