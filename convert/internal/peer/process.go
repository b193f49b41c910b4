package peer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// process is a process that has loaded a model and runs it on request: PROGRAM serve MODEL --inputs
// FILE --threads N.
type process struct {
	ctx     context.Context
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	errors  bytes.Buffer
	runtime string // the name it gives itself
}

// startProcess starts the process and waits until the model is loaded.
func startProcess(ctx context.Context, program, model, inputs string, threads int) (*process, error) {
	s := &process{ctx: ctx, command: exec.CommandContext(ctx, program, "serve", model, "--inputs", inputs, "--threads", strconv.Itoa(threads))}
	s.command.Stderr = &s.errors
	in, err := s.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.in, s.out = in, bufio.NewReader(out)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if s.runtime, err = s.readLine(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// ask sends a line and returns the answer.
func (s *process) ask(line string) (string, error) {
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		return "", s.exitError(err)
	}
	return s.readLine()
}

// readLine returns the next line from the process.
func (s *process) readLine() (string, error) {
	line, err := s.out.ReadString('\n')
	if err != nil {
		return "", s.exitError(err)
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "ok":
		return rest, nil
	case "error":
		return "", errors.New(rest)
	}
	return "", fmt.Errorf("%s: want ok or error, have %q", s.program(), strings.TrimSpace(line))
}

func (s *process) program() string { return filepath.Base(s.command.Path) }

// exitError returns why the process stopped answering: its own last line on standard error, if
// there is one.
func (s *process) exitError(err error) error {
	s.stop()
	if e := s.ctx.Err(); e != nil {
		return e
	}
	if answer := strings.TrimSpace(s.errors.String()); answer != "" {
		return errors.New(answer[strings.LastIndexByte(answer, '\n')+1:])
	}
	return fmt.Errorf("%s ended: %w", s.program(), err)
}

// stop ends the process.
func (s *process) stop() {
	s.in.Close()
	s.command.Wait()
}

// run returns how long the process took for one run, by its own measure.
func (s *process) run(context.Context) (time.Duration, error) {
	answer, err := s.ask("run")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(answer, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: run: want nanoseconds, have %q", s.program(), answer)
	}
	return time.Duration(n), nil
}

// memory returns the memory of the process, or nil if its system does not tell.
func (s *process) memory() (*report.Resident, error) {
	answer, err := s.ask("memory")
	if err != nil {
		return nil, err
	}
	var r report.Resident
	if _, err := fmt.Sscan(answer, &r.Before, &r.Peak); err != nil {
		return nil, fmt.Errorf("%s: memory: want two numbers of bytes, have %q", s.program(), answer)
	}
	if r.Before <= 0 || r.Peak < r.Before {
		return nil, nil
	}
	r.Session = r.Peak - r.Before
	return &r, nil
}

// outputs returns the outputs of the process, which are passed through the file at path.
func (s *process) outputs(path string) (map[string]*graph.Tensor, error) {
	if _, err := s.ask("outputs " + path); err != nil {
		return nil, err
	}
	out := map[string]*graph.Tensor{}
	for a, err := range dataset.Arrays(path) {
		if err != nil {
			return nil, err
		}
		out[a.Name] = a.Tensor
	}
	return out, nil
}
