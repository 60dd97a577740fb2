package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) instancesCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "instances", Short: "List the nodes: the processes that fire the tasks", Args: none,
		Long: `List the nodes, which are the processes that fire the tasks of the stores, as each last
told of itself. One that has not been seen for longer than its lease is stale: it has
died, is suspended, or can't reach the store. It stays in the list for a day.

SKEW is how far a node's clock is ahead (+) of the store's or behind it (-), as far as that
is certain. It changes nothing that runs.`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, _, err := a.openFor(cmd, "", asyncz.Unchecked())
		if err != nil {
			return err
		}
		defer s.close()
		nodes, err := s.Nodes(cmd.Context())
		if err != nil {
			return err
		}
		for _, p := range s.places {
			if s.here == nil {
				break // the server tells it as a warning of status
			}
			if lists, err := s.here.ListsNodes(p.alias); err == nil && !lists {
				warn(cmd, "the store %s does not know which nodes work on it", p.alias)
			}
		}
		if out.isData() {
			return out.print(cmd, nodes)
		}
		if len(nodes) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no nodes")
			return err
		}
		return printNodes(cmd, nodes)
	}
	outputFlags(cmd, &out)
	return cmd
}

func printNodes(cmd *cobra.Command, nodes []asyncz.Node) error {
	t := &table{head: []string{"NODE", "STATE", "HOST", "PID", "VERSION", "STARTED", "SEEN", "STORES", "RUNNING", "SKEW"}}
	var unread []string
	for _, n := range nodes {
		now := n.Seen.Add(n.Age) // by the store's clock
		row := []cell{{oneLine(n.Name), strong}, nodeState(n)}
		if n.Err != nil {
			row = append(row, cell{}, cell{}, cell{}, cell{})
			unread = append(unread, bad.Render(oneLine(n.Err.Error())))
		} else {
			row = append(row, cell{text: oneLine(n.Host)}, cell{text: fmt.Sprint(n.PID)}, cell{text: oneLine(n.Version)}, cell{relative(n.Started.Sub(now)), faint})
		}
		t.rows = append(t.rows, append(row, cell{text: relative(-n.Age)}, cell{text: storesOf(n)}, cell{text: fmt.Sprint(n.Running)}, skewCell(n.Skew)))
	}
	text := t.render(terminalWidth(cmd.OutOrStdout()))
	return printStyled(cmd.OutOrStdout(), strings.Join(append([]string{text}, unread...), "\n"))
}

func nodeState(n asyncz.Node) cell {
	switch {
	case n.Stale:
		return cell{"stale", bad}
	case n.Err != nil:
		return cell{"unreadable", bad}
	case n.State != asyncz.NodeRunning:
		return cell{string(n.State), doubt}
	}
	return cell{string(n.State), good}
}

// storesOf names the stores of a node, and says on which of them alone it is stale.
func storesOf(n asyncz.Node) string {
	var names []string
	for _, on := range n.Stores {
		name := on.Store
		if on.Stale && !n.Stale {
			name += " (stale)"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return list(names)
}

func skewCell(skew *time.Duration) cell {
	switch {
	case skew == nil:
		return cell{}
	case skew.Abs() < time.Millisecond:
		return cell{text: "0"}
	}
	sign, style := "+", faint
	if *skew < 0 {
		sign = "-"
	}
	if skew.Abs() > time.Second {
		style = bad
	}
	return cell{sign + span(skew.Abs()), style}
}
