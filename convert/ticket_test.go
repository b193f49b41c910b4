package convert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

func ticketJob(t *testing.T, trained, initial string) convert.TicketJob {
	dir := t.TempDir()
	return convert.TicketJob{
		Trained: models + trained + ".onnx", Initial: models + initial + ".onnx",
		Out: filepath.Join(dir, "ticket.onnx"), Mask: filepath.Join(dir, "mask.npz"),
		Config: convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Solver: "uniform"},
	}
}

// The file holds what the masks leave of the initial model, bit for bit, and BatchNormalization
// stays in place.
func TestTicketHasTheInitialValues(t *testing.T) {
	for _, c := range []struct {
		trained, initial, rewind, criterion string
		sparsity                            float64
	}{
		{"resnet20", "resnet20_init", "", "", 0},
		{"resnet20_bn", "resnet20_init", "resnet20_ep1", "movement", 0},
		{"mobilenetv2", "mobilenetv2_bn", "", "l2", 0},
		{"vit", "vit_init", "", "change", 0},
		{"vit", "vit_init", "", "movement", 0.8},
		{"mobilenetv2", "mobilenetv2_bn", "", "", 0.8},
	} {
		j := ticketJob(t, c.trained, c.initial)
		j.Config.Criterion, j.Sparsity = c.criterion, c.sparsity
		source := c.initial
		if c.rewind != "" {
			j.Rewind, source = models+c.rewind+".onnx", c.rewind
		}
		r, err := convert.Ticket(t.Context(), j)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		k := r.Ticket
		if !r.Proof.Passed || !r.Proof.Written || k.Values == 0 || k.Values != k.Equal || len(k.Unnamed) > 0 {
			t.Errorf("%+v: proof %+v, %d of %d values equal, unnamed %v", c, r.Proof, k.Equal, k.Values, k.Unnamed)
		}
		if (k.MaskDiff > r.Proof.Tolerance) != (k.MaskNote != "") || strings.HasPrefix(c.trained, "vit") != (k.MaskNote != "") && c.sparsity == 0 {
			t.Errorf("%+v: masked weights differ by %g, note %q", c, k.MaskDiff, k.MaskNote)
		}
		if c.sparsity == 0 && !r.Budget.Met || c.sparsity > 0 && (k.Sparsity < 0.79 || k.Sparsity > 0.81) {
			t.Errorf("%+v: budget %+v, sparsity %g", c, r.Budget, k.Sparsity)
		}
		carries(t, j.Out, models+source+".onnx", j.Mask)
	}
}

// carries compares the weights of a ticket with what the masks leave of its source.
func carries(t *testing.T, ticket, origin, mask string) {
	t.Helper()
	have, want := read(t, ticket), read(t, origin)
	masks, err := dataset.Load(mask, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(masks.Arrays) < 10 {
		t.Errorf("%s: %d masks", mask, len(masks.Arrays))
	}
	for name, m := range masks.Arrays {
		source := constantOf(want.Value(name))
		if source == nil {
			t.Fatalf("mask %s: %s has no such initializer", name, origin)
		}
		live, size := graph.Data[bool](m), source.DType().Bits()/8
		if !slices.Equal(m.Shape(), source.Shape()) {
			t.Fatalf("mask %s is %v, the initializer %v", name, m.Shape(), source.Shape())
		}
		now := have.Value(name).Const
		cut := now.Len() < len(live)
		var kept []byte
		for i, l := range live {
			switch {
			case l:
				kept = append(kept, source.Raw()[i*size:(i+1)*size]...)
			case !cut:
				kept = append(kept, make([]byte, size)...)
			}
		}
		if !bytes.Equal(kept, now.Raw()) {
			t.Errorf("initializer %s: other values than in %s", name, origin)
		}
	}
	if a, b := normalizations(have), normalizations(want); a != b {
		t.Errorf("%d BatchNormalizations, the source has %d", a, b)
	}
}

// constantOf returns the contents of a constant, even if the exporter aliased equal ones.
func constantOf(v *graph.Value) *graph.Tensor {
	for v != nil && v.Const == nil {
		n, _ := v.Def()
		if n == nil {
			return nil
		}
		if a := n.Attr("value"); a != nil {
			return a.Tensor
		}
		v = n.In(0)
	}
	if v == nil {
		return nil
	}
	return v.Const
}

func read(t *testing.T, path string) *graph.Graph {
	t.Helper()
	f, err := onnx.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f.Model.Graph
}

func normalizations(g *graph.Graph) (n int) {
	for _, node := range g.Nodes {
		if node.Op == "BatchNormalization" {
			n++
		}
	}
	return n
}

// The weights that go are the trained network's smallest: of each matrix, or of all together.
func TestTicketLosesTheSmallestWeights(t *testing.T) {
	shares := map[string][]float64{}
	for _, solver := range []string{"uniform", "global"} {
		j := ticketJob(t, "resnet20", "resnet20_init")
		j.Sparsity, j.Config.Solver = 0.75, solver
		if _, err := convert.Ticket(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		masks, err := dataset.Load(j.Mask, dataset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range masks.Arrays {
			zeros := 0
			for _, l := range graph.Data[bool](m) {
				if !l {
					zeros++
				}
			}
			if m.Rank() > 1 {
				shares[solver] = append(shares[solver], float64(zeros)/float64(m.Len()))
			}
		}
	}
	slices.Sort(shares["global"])
	for _, s := range shares["uniform"] {
		if s < 0.74 || s > 0.76 {
			t.Errorf("uniform: a matrix lost %g", s)
		}
	}
	if g := shares["global"]; g[0] > 0.5 || g[len(g)-1] < 0.76 {
		t.Errorf("global: matrices lost %v", g)
	}
}

func TestTicketSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*convert.TicketJob)
		want   string
	}{
		"no initial":        {func(j *convert.TicketJob) { j.Initial = "" }, "initial: want a file"},
		"another network":   {func(j *convert.TicketJob) { j.Initial = models + "vgg.onnx" }, "vgg.onnx: is not the network of ../fixtures/models/resnet20.onnx: node"},
		"another rewind":    {func(j *convert.TicketJob) { j.Rewind = models + "vit.onnx" }, "vit.onnx: is not the network of"},
		"no weight scores":  {func(j *convert.TicketJob) { j.Sparsity, j.Config.Criterion = 0.5, "obs" }, "which score single weights, have obs"},
		"all weights":       {func(j *convert.TicketJob) { j.Sparsity = 1 }, "want a fraction over 0 and below 1, have 1"},
		"another solver":    {func(j *convert.TicketJob) { j.Sparsity, j.Config.Solver = 0.5, "error" }, "want solver uniform or global, have error"},
		"mask over output":  {func(j *convert.TicketJob) { j.Mask = j.Out }, "is the output too"},
		"output over input": {func(j *convert.TicketJob) { j.Out = j.Initial }, "would overwrite the input"},
		"no such criterion": {func(j *convert.TicketJob) { j.Config.Criterion = "luck" }, `unknown criterion "luck"`},
	} {
		j := ticketJob(t, "resnet20", "resnet20_init")
		out := j.Out
		c.change(&j)
		if _, err := convert.Ticket(t.Context(), j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, have %v", name, c.want, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
}

func TestTicketThatMissesItsBudgetIsNotWritten(t *testing.T) {
	j := ticketJob(t, "resnet20", "resnet20_init")
	j.Config.Budget.Keep, j.Config.Budget.Floor = 0.1, 0.9
	r, err := convert.Ticket(t.Context(), j)
	if !convert.IsGate(err) || r == nil || len(r.Failed) != 1 || r.Budget.Met {
		t.Fatalf("%v: %+v", err, r)
	}
	if _, err := os.Stat(j.Out); err == nil {
		t.Error("a file was written")
	}
	j.Config.Force = true
	if r, err = convert.Ticket(t.Context(), j); !convert.IsGate(err) || r.Pruned.Path != j.Out {
		t.Errorf("forced: %v", err)
	}
}
