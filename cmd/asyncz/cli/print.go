package cli

import (
	"fmt"
	"io"
	"os"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) inFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "in", "", "the `alias` of the store, if several have a task with the id")
	a.completeStores(cmd, "in")
}

// warn tells of something on standard error that doesn't hinder the command.
func warn(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: warning: %s\n", cmd.Root().Name(), fmt.Sprintf(format, args...))
}

// terminalWidth returns how wide the terminal is that w writes to; 0 when it is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// Styles. Which of their colours appear is decided where they are printed: none
// without a terminal, and none with NO_COLOR.
var (
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Green)
	doubt  = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
	bad    = lipgloss.NewStyle().Foreground(lipgloss.Red)
)

// printStyled prints text that may hold styles.
func printStyled(w io.Writer, text string) error {
	_, err := lipgloss.Fprintln(w, text)
	return err
}
