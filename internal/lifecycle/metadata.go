package lifecycle

import "fmt"

// maxMetadata is how many bytes the names and values of a task's metadata may have
// together: they stand in its record, which is written twice a run.
const maxMetadata = 8 << 10

func checkMetadata(m map[string]string) error {
	size := 0
	for name, value := range m {
		if name == "" {
			return fmt.Errorf("metadata: a name is empty")
		}
		size += len(name) + len(value)
	}
	if size > maxMetadata {
		return fmt.Errorf("metadata: its names and values have %d bytes; they may have %d", size, maxMetadata)
	}
	return nil
}
