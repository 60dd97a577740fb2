package asyncz

import "maps"

// Registered returns the functions of [Register] as a set of its own, for
// [WithFunctions]: what is added to it is known to no other scheduler.
func Registered() *Functions {
	registered.mu.RLock()
	defer registered.mu.RUnlock()
	return &Functions{of: maps.Clone(registered.of)}
}
