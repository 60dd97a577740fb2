// Package filestore keeps tasks as files in a directory, shared by the processes
// of one host.
//
//	s, err := filestore.New("/var/lib/app/tasks")
//
// Importing the package registers the alias "file", whose configuration has the
// keys directory (required), suffix (".task"), mode (0o700) and
// cleanup_directory (false), or is a URL:
//
//	file:///var/lib/app/tasks?suffix=.task&mode=0700    an absolute directory
//	file:tasks, file:./tasks, file://./tasks            a relative one
//	file:///C:/app/tasks, file:C:/app/tasks             on Windows
//	file://server/share/tasks                           on Windows: \\server\share\tasks
//
// # Files
//
// Each task is one file that ends in the suffix. It holds a line of JSON that
// people can read, and the task's data. A file is replaced as a whole: after a
// crash at any moment it is in its old or its new form, and what a method has
// acknowledged is on the disk, names included. (Windows can't flush a directory:
// there a loss of power may undo the last renames.)
//
// A file with the suffix that is torn, edited or foreign is [store.ErrCorrupt]. It
// is never deleted and never overwritten; All lists it, Due and Claim pass over
// it, and Clear removes it. Files with another suffix are left alone, except for
// the store's own: asyncz.lock, asyncz.log and *.asyncz-tmp. Of the last, those
// that a crash has left are removed at opening when they are an hour old. The
// directory asyncz.nodes in it has one file for each node that is running.
//
// The directory asyncz.runs has the histories, in segments of about 4 MiB that only
// grow: 00000001.rows of the runs, audit.00000001.rows of the one named audit. Each
// row has a checksum; [Store.AppendRuns] flushes once. What a crash has cut short is
// dropped; a damaged piece, or a segment that can't be read, is told by Runs as
// [store.ErrCorrupt] and left as it is. A segment goes when its last row has gone;
// one of which nothing can be read stays until somebody removes it. Where the rows
// are is kept in memory by each handle that has read or trimmed a history, about
// a hundred bytes a row.
//
// # Processes
//
// Every operation holds the lock of the directory, or of the histories in it, which
// the operating system frees when a process dies. Each handle reads all files when it is opened and
// keeps their due times in memory; a log in the directory tells it which files
// the others have touched since. So the cost of an operation depends on the
// tasks that it is about, not on the number of tasks.
//
// Task files that people put into the directory or remove from it are noticed by
// the first operation after two seconds (in a directory so large that listing it
// takes longer than 40 ms: fifty times that long). A file that is edited or
// replaced in its place is noticed when it is read for another reason: no
// operation returns or overwrites a file without reading it, but a change of its
// due time by hand counts only from then on.
//
// The directory must not be on a network file system shared by several hosts.
package filestore
