package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-asyncz/asyncz"
)

func (a *app) addCommand() *cobra.Command {
	var (
		w               when
		work            what
		p               policy
		id, in          string
		paused, replace bool
		out             output
	)
	cmd := &cobra.Command{
		Use:   "add [FUNCTION] [flags] [-- COMMAND [ARG...]]",
		Short: "Add a task",
		Example: `  asyncz add --id backup --cron '0 2 * * *' --timezone Europe/Zurich -- pg_dump -f /var/backups/app.sql app
  asyncz add --id ping --interval 30s --http GET --url https://example.org/health
  asyncz add --id disk --interval 1h --shell 'df -h | tail -1 >> disk.log'
  asyncz add cleanup --id nightly --cron '@daily' --kwargs '{"older_than":"24h"}'
  asyncz add --at +10m --retries 3 -- curl -fsS https://example.org/hook`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		before, after := around(cmd, args)
		task := map[string]any{}
		if err := p.fields(cmd.Flags(), task); err != nil {
			return err
		}
		function, kwargs, err := work.parse(cmd, before, after)
		if err != nil {
			return err
		}
		if function == "" {
			return usagef("what shall the task do? give %s", oneWork)
		}
		t, err := w.parse(cmd.Flags(), time.Now())
		if err != nil {
			return err
		}
		if t == nil {
			return usagef("when shall the task fire? give %s", oneTrigger)
		}
		if cmd.Flags().Changed("id") {
			if id == "" {
				return usagef("--id: it is empty; write 1 to 255 bytes of text, or leave --id out for a random one")
			}
			task["id"] = id
		} else if replace {
			return usagef("--replace goes with --id")
		}
		task["function"], task["trigger"] = function, t
		if kwargs != nil {
			task["kwargs"] = kwargs
		}
		if paused {
			task["paused"] = true
		}
		if replace {
			task["replace_existing"] = true
		}
		return a.add(cmd, &out, in, function, task)
	}
	fs := cmd.Flags()
	fs.StringVar(&id, "id", "", "the `id` of the task, unique in its store; without it a random one")
	fs.StringVar(&in, "in", "", "the `alias` of the store")
	a.completeStores(cmd, "in")
	fs.BoolVar(&paused, "paused", false, "add the task paused")
	fs.BoolVar(&replace, "replace", false, "change the task if it is there already")
	outputFlags(cmd, &out)
	w.flags(fs)
	work.flags(cmd)
	p.flags(fs)
	return cmd
}

// add keeps a task that calls a function, in the store that --in names.
func (a *app) add(cmd *cobra.Command, out *output, in, function string, task map[string]any) error {
	form, err := json.Marshal(task)
	if err != nil {
		return err
	}
	server, err := a.address()
	if err == nil && server == "" { // a server knows better what its functions take
		err = rehearse(cmd.Context(), form)
	}
	if err != nil {
		return err
	}
	s, alias, err := a.openToAdd(cmd, in)
	if err != nil {
		return err
	}
	defer s.close()
	added, err := s.AddJSON(cmd.Context(), form, asyncz.InStore(alias))
	if err != nil {
		return err
	}
	if s.here != nil && !slices.Contains(functions().Names(), function) {
		warn(cmd, "no function %q is registered in this program; a scheduler that knows it will run the task", function)
	}
	return showTask(cmd, out, added, "added")
}

// rehearse adds the task to a store in memory, so that one that can't be is
// refused before anything is opened or made.
func rehearse(ctx context.Context, form []byte) error {
	s, err := asyncz.New(ctx, asyncz.WithFunctions(functions()), asyncz.WithEncryptionKey(""))
	if err != nil {
		return err
	}
	defer func() { _ = s.Shutdown(ctx) }()
	_, err = s.AddJSON(ctx, form)
	return err
}

// openToAdd opens the stores and returns the alias of the one that a new task
// goes to.
func (a *app) openToAdd(cmd *cobra.Command, in string) (*session, string, error) {
	if server, err := a.address(); err != nil {
		return nil, "", err
	} else if server != "" {
		return a.openToAddAt(cmd, in)
	}
	s, err := a.settings()
	if err != nil {
		return nil, "", err
	}
	alias, err := storeFor(in, s.places)
	if err != nil {
		return nil, "", err
	}
	for _, p := range s.places {
		if p.alias == alias && p.live {
			return nil, "", usagef("store %q: what is added to %s ends with this command; declare the task in the file of --config, or use another store", alias, p.text)
		}
	}
	s, err = a.open(cmd.Context(), cmd.ErrOrStderr(), true)
	return s, alias, err
}

// openToAddAt is openToAdd for a server.
func (a *app) openToAddAt(cmd *cobra.Command, in string) (*session, string, error) {
	s, err := a.open(cmd.Context(), cmd.ErrOrStderr(), true)
	if err != nil {
		return nil, "", err
	}
	alias, err := storeFor(in, s.places)
	return s, alias, err
}

// around splits the arguments at --.
func around(cmd *cobra.Command, args []string) (before, after []string) {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		return args[:n], args[n:]
	}
	return args, nil
}

// showTask prints what became of a task.
func showTask(cmd *cobra.Command, out *output, t asyncz.Task, done string) error {
	if out.isData() {
		return out.print(cmd, t)
	}
	what := []string{done, t.ID}
	switch {
	case t.State == asyncz.StatePaused:
		what = append(what, "(paused)")
	case !t.NextRunTime.IsZero():
		what = append(what, "· next run "+moment(t.NextRunTime, time.Now()))
	case t.Trigger.Type() == "shutdown":
		what = append(what, "· "+t.Trigger.String())
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), strings.Join(what, " "))
	return err
}
