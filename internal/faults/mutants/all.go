package mutants

// all are the deliberate bugs, by name.
var all = map[string][]change{}
