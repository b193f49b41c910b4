package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version, the platform, the instruction set in use and the schemas of reports",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Category: inOutput, Usage: "Print JSON."}},
		Action: func(c *cli.Context) error {
			if err := wantArgs(c); err != nil {
				return err
			}
			v := convert.NewVersion()
			if c.Bool("json") {
				return json.NewEncoder(c.App.Writer).Encode(v)
			}
			revision := ""
			if v.Revision != "" {
				revision = " (" + v.Revision + ")"
			}
			_, err := fmt.Fprintf(c.App.Writer, "pollard %s%s, %s, %s/%s\nlevel %s (POLLARD_SIMD: %s)\nwrites %s\n",
				v.Version, revision, v.Go, v.OS, v.Arch, v.Level, strings.Join(v.Levels, ", "), strings.Join(v.Schemas, ", "))
			return err
		},
	}
}
