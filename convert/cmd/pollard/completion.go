package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// shells maps the supported shells to the functions that write their scripts.
var shells = map[string]func(io.Writer, []commandHelp) error{"bash": completeBash, "zsh": completeZsh, "fish": completeFish}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a script that completes commands and flags in a shell",
		ArgsUsage: "bash|zsh|fish", Description: completionDescription,
		Action: func(c *cli.Context) error {
			if err := wantArgs(c, "bash|zsh|fish"); err != nil {
				return err
			}
			write, ok := shells[c.Args().First()]
			if !ok {
				return fmt.Errorf("completion: want bash, zsh or fish, have %q", c.Args().First())
			}
			return write(c.App.Writer, documented(c.App.Commands))
		},
	}
}

const completionDescription = `Let the shell read the script when it starts:

    source <(pollard completion bash)                                  # in ~/.bashrc
    source <(pollard completion zsh)                                   # in ~/.zshrc, below compinit
    pollard completion fish > ~/.config/fish/completions/pollard.fish`

// each calls f for every flag of a command and returns the results.
func (h *commandHelp) each(f func(flagHelp) string) []string {
	var all []string
	for _, g := range h.groups {
		for _, flag := range g.flags {
			all = append(all, f(flag))
		}
	}
	return all
}

// longNames returns the long names of the flags, with dashes.
func (h *commandHelp) longNames() []string {
	return h.each(func(f flagHelp) string { return dashed(f.names[0]) })
}

func completeBash(w io.Writer, commands []commandHelp) error {
	var b strings.Builder
	b.WriteString(`# bash completion for pollard
_pollard() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
`)
	var names []string
	for _, h := range commands {
		names = append(names, h.name)
	}
	fmt.Fprintf(&b, "        %s) command=$word; break ;;\n", strings.Join(names, "|"))
	fmt.Fprintf(&b, `        esac
    done
    if [[ -z $command ]]; then
        COMPREPLY=($(compgen -W %q -- "$current"))
        return
    fi
    case $command:$previous in
`, strings.Join(names, " "))
	for _, h := range commands {
		h.each(func(f flagHelp) string {
			if values := choices(f.names[0]); len(values) > 0 && f.placeholder != "" {
				fmt.Fprintf(&b, "    %s:%s) COMPREPLY=($(compgen -W %q -- \"$current\")); return ;;\n", h.name, dashed(f.names[0]), strings.Join(values, " "))
			}
			return ""
		})
	}
	b.WriteString("    esac\n    [[ $current == -* ]] || return\n    case $command in\n")
	for _, h := range commands {
		fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -W %q -- \"$current\")) ;;\n", h.name, strings.Join(append(h.longNames(), "--help"), " "))
	}
	b.WriteString("    esac\n}\ncomplete -o default -F _pollard pollard\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func completeZsh(w io.Writer, commands []commandHelp) error {
	escape := strings.NewReplacer(`\`, `\\`, "'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	var b strings.Builder
	b.WriteString("#compdef pollard\n_pollard() {\n    if (( CURRENT == 2 )); then\n        local -a commands=(\n")
	for _, h := range commands {
		fmt.Fprintf(&b, "            '%s:%s'\n", h.name, escape.Replace(h.usage))
	}
	b.WriteString("        )\n        _describe command commands\n        return\n    fi\n    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n")
	for _, h := range commands {
		fmt.Fprintf(&b, "    %s) _arguments \\\n", h.name)
		h.each(func(f flagHelp) string {
			value := ""
			if f.placeholder != "" {
				value = ":" + escape.Replace(f.placeholder) + ":_files"
				if values := choices(f.names[0]); len(values) > 0 {
					value = ":" + escape.Replace(f.placeholder) + ":(" + strings.Join(values, " ") + ")"
				}
			}
			for _, name := range f.names {
				fmt.Fprintf(&b, "        '%s[%s]%s' \\\n", dashed(name), escape.Replace(f.text), value)
			}
			return ""
		})
		b.WriteString("        '*:file:_files' ;;\n")
	}
	b.WriteString("    esac\n}\nif [[ $funcstack[1] == _pollard ]]; then\n    _pollard \"$@\"\nelse\n    compdef _pollard pollard\nfi\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func completeFish(w io.Writer, commands []commandHelp) error {
	escape := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var b strings.Builder
	b.WriteString("# fish completion for pollard\n")
	for _, h := range commands {
		fmt.Fprintf(&b, "complete -c pollard -n __fish_use_subcommand -f -a %s -d '%s'\n", h.name, escape.Replace(h.usage))
	}
	for _, h := range commands {
		h.each(func(f flagHelp) string {
			fmt.Fprintf(&b, "complete -c pollard -n '__fish_seen_subcommand_from %s'", h.name)
			for _, name := range f.names {
				if len(name) == 1 {
					fmt.Fprintf(&b, " -s %s", name)
				} else {
					fmt.Fprintf(&b, " -l %s", name)
				}
			}
			switch values := choices(f.names[0]); {
			case f.placeholder == "":
			case len(values) > 0:
				fmt.Fprintf(&b, " -x -a '%s'", strings.Join(values, " "))
			default:
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d '%s'\n", escape.Replace(f.text))
			return ""
		})
	}
	_, err := io.WriteString(w, b.String())
	return err
}
