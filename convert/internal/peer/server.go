package peer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Serve loads the model at path and answers each line of r with a line to w that begins with "ok"
// or "error", as the programs that Bench compares with do; fixtures/peers/serve.go lists the lines.
// A process that does nothing else can tell how much memory a session takes.
func Serve(ctx context.Context, path, inputs string, threads int, r io.Reader, w io.Writer) (err error) {
	set, err := dataset.Load(inputs, dataset.Options{})
	if err != nil {
		return err
	}
	s := server{ctx: ctx, before: resident("VmRSS")}
	file, err := onnx.Read(path)
	if err != nil {
		return err
	}
	defer file.Done(&err)
	if s.feeds, err = set.Bind(file.Model.Graph.Inputs); err != nil {
		return err
	}
	if s.session, err = runtime.Compile(file.Model, runtime.Options{Threads: threads, Sparse: runtime.SparseFastest}); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := fmt.Fprintln(w, "ok Pollard"); err != nil {
		return err
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		answer, err := s.answer(lines.Text())
		if err != nil {
			_, err = fmt.Fprintln(w, "error", oneLine(err))
		} else {
			_, err = fmt.Fprintln(w, strings.TrimSpace("ok "+answer))
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// server answers requests to run one session on fixed inputs.
type server struct {
	ctx     context.Context
	session *runtime.Session
	feeds   map[string]*graph.Tensor
	before  int64 // bytes in memory before the model was loaded
}

func (s *server) answer(line string) (string, error) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "run":
		start := time.Now()
		_, err := s.session.Run(s.ctx, s.feeds)
		return fmt.Sprint(time.Since(start).Nanoseconds()), err
	case "outputs":
		out, err := s.session.Run(s.ctx, s.feeds)
		if err != nil {
			return "", err
		}
		return "", saveArrays(s.ctx, rest, out)
	case "memory":
		return fmt.Sprint(s.before, " ", resident("VmHWM")), nil
	}
	return "", fmt.Errorf("want run, outputs FILE or memory, have %q", line)
}

// saveArrays writes named tensors to an .npz.
func saveArrays(ctx context.Context, path string, named map[string]*graph.Tensor) error {
	return dataset.SaveNPZ(ctx, path, func(yield func(string, *graph.Tensor) bool) {
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if !yield(name, named[name]) {
				return
			}
		}
	})
}
