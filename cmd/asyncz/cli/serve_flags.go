package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/go-asyncz/asyncz/api"
)

// A serve holds the flags of start that say what is listened on.
type serve struct {
	api, dashboard address
	bare           []*address // those that were given without a value, in order
	tokens, users  string
	cert, key      string
	insecure       bool
	metrics        bool
}

// An address is a flag whose value may be left out: then it is the default one,
// or an argument that follows.
type address struct {
	all   *serve
	given bool
	text  string
}

var _ pflag.Value = (*address)(nil)

// bareAddress stands for a value that was left out, also in the help.
const bareAddress = "default"

// Set implements pflag.Value.
func (a *address) Set(text string) error {
	a.given, a.text = true, text
	if text == bareAddress {
		a.text = ""
		a.all.bare = append(a.all.bare, a)
	}
	return nil
}

// String implements pflag.Value.
func (a *address) String() string { return a.text }

// Type implements pflag.Value.
func (a *address) Type() string { return "address" }

func (f *serve) flags(cmd *cobra.Command) {
	fs := cmd.Flags()
	for _, a := range []struct {
		to          *address
		name, usage string
	}{
		{&f.dashboard, "dashboard", "show the dashboard at this `address` (default \"" + api.DefaultAddress + "\")"},
		{&f.api, "api", "answer to the HTTP API at this `address`, which may be that of the dashboard (default \"" + api.DefaultAddress + "\")"},
	} {
		a.to.all = f
		fs.VarPF(a.to, a.name, "", a.usage).NoOptDefVal = bareAddress
	}
	tokensFlag(cmd, &f.tokens)
	usersFlag(cmd, &f.users)
	fs.StringVar(&f.cert, "tls-cert", "", "a PEM `file` with the certificate for https; read again when it changes")
	fs.StringVar(&f.key, "tls-key", "", "a PEM `file` with its key")
	fs.BoolVar(&f.insecure, "insecure", false, "let everybody who reaches the address do everything, from other hosts too")
	fs.BoolVar(&f.metrics, "metrics", false, "tell Prometheus how all is going, at /metrics of the API")
	for _, file := range []string{"tls-cert", "tls-key"} {
		_ = cmd.MarkFlagFilename(file)
	}
}

// arguments gives arguments that follow --dashboard and --api to them, so that
// "--dashboard :8642" is understood as well as "--dashboard=:8642" and "--dashboard".
func (f *serve) arguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case len(args) != len(f.bare):
		if len(f.bare) == 0 {
			return none(cmd, args)
		}
		return usagef("whose address is %s? write --dashboard=%s or --api=%s", list(args), args[0], args[0])
	}
	for i, a := range f.bare {
		a.text = args[i]
	}
	return nil
}

// check refuses what does not go together.
func (f *serve) check() error {
	on := f.api.given || f.dashboard.given
	for _, c := range []struct {
		given     bool
		flag, why string
		missing   bool
	}{
		{f.metrics, "--metrics", "--api: it is a page of that", !f.api.given},
		{f.cert != "" || f.key != "", "--tls-cert and --tls-key", "--api or --dashboard", !on},
		{f.insecure, "--insecure", "--api or --dashboard", !on},
		{(f.cert == "") != (f.key == ""), "--tls-cert", "--tls-key: give both or neither", true},
	} {
		if c.given && c.missing {
			return usagef("%s goes with %s", c.flag, c.why)
		}
	}
	for _, a := range []struct {
		flag string
		*address
	}{{"--dashboard", &f.dashboard}, {"--api", &f.api}} {
		if _, err := api.Address(a.text); a.given && err != nil {
			return usagef("%s: %w", a.flag, err)
		}
	}
	if f.together() && f.users != "" && f.tokens == "" && !f.insecure {
		return usagef("--users lets people into the dashboard only, and the API at the same address would let everybody in; give --tokens too, or --insecure if that is meant")
	}
	return nil
}

// together reports whether the API and the dashboard share an address.
func (f *serve) together() bool {
	a, errA := api.Address(f.api.text)
	d, errD := api.Address(f.dashboard.text)
	return f.api.given && f.dashboard.given && errA == nil && errD == nil && a == d
}
