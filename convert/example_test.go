package convert_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
)

// Files of the examples.
const (
	exampleNetwork = "../fixtures/models/mobilenetv2.onnx"
	exampleTrained = "../fixtures/models/vit.onnx"
	exampleInitial = "../fixtures/models/vit_init.onnx"
	exampleEncoder = "../fixtures/families/bert.onnx"
	exampleImages  = "../fixtures/data/t2k-images-idx3-ubyte.gz"
	exampleLabels  = "../fixtures/data/t2k-labels-idx1-ubyte.gz"
)

// folder is a new folder, and what removes it.
func folder() (string, func()) {
	dir, err := os.MkdirTemp("", "pollard-example")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// labelled opens the first samples of the test images, and their labels, for the inputs of a model.
func labelled(samples int) func(*graph.Model) (*convert.Data, error) {
	return func(m *graph.Model) (*convert.Data, error) {
		d, err := dataset.OpenData(exampleImages, exampleLabels, dataset.Options{Mean: 0.2860, Std: 0.3530}, m.Graph.Inputs)
		if err != nil {
			return nil, err
		}
		first := make([]int, samples)
		for i := range first {
			first[i] = i
		}
		return d.Part(first), nil
	}
}

// The zero Config keeps half of the multiply-accumulates.
func ExamplePrune() {
	dir, remove := folder()
	defer remove()
	r, err := convert.Prune(context.Background(), convert.Job{In: exampleEncoder, Out: filepath.Join(dir, "slim.onnx")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f times fewer multiply-accumulates, proof passed: %t\n", r.Ratio.MACs, r.Proof.Passed)
	// Output: 2.0 times fewer multiply-accumulates, proof passed: true
}

func ExampleInspect() {
	r, err := convert.Inspect(context.Background(), exampleEncoder, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range r.Groups[:4] {
		fmt.Println(g.Name, g.Kind, g.Units)
	}
	// Output:
	// v0 channel 24
	// v35 head 4
	// v35#2 head dimension 6
	// v68 head dimension 6
}

// A model is compared with its original, whoever made it; the gate is half a point.
func ExampleVerify() {
	allowed := 0.5
	r, err := convert.Verify(context.Background(), exampleNetwork, exampleNetwork, labelled(100), &allowed, convert.Config{})
	if err != nil {
		log.Fatal(err) // a *convert.Gate where accuracy falls by more
	}
	fmt.Printf("accuracy %.0f %%, same class for %.0f %%\n", 100**r.Pruned.Accuracy, 100**r.Agreement.Top1)
	// Output: accuracy 90 %, same class for 100 %
}

// Two halves of the data are looked at apart, and their statistics merged.
func ExampleCalibrate() {
	dir, remove := folder()
	defer remove()
	var parts []string
	for i := range 2 {
		shard, err := dataset.ParseShard(fmt.Sprintf("%d/2", i+1))
		if err != nil {
			log.Fatal(err)
		}
		out := filepath.Join(dir, fmt.Sprintf("part%d.npz", i))
		_, err = convert.Calibrate(context.Background(), convert.Calibration{
			In: exampleNetwork, Out: out, Data: exampleImages, Options: dataset.Options{Mean: 0.2860, Std: 0.3530}, Criteria: []string{"apoz"}, Samples: 64, Shard: shard,
		})
		if err != nil {
			log.Fatal(err)
		}
		parts = append(parts, out)
	}
	r, err := convert.MergeStatistics(context.Background(), parts, filepath.Join(dir, "all.npz"), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Statistics.Samples, "samples for", r.Statistics.Criteria)
	// Output: 64 samples for [apoz]
}

// Two sizes, and the smaller one of those that still agree with the original.
func ExampleSweep() {
	dir, remove := folder()
	defer remove()
	conditions, err := convert.ParseConditions("agreement>=0")
	if err != nil {
		log.Fatal(err)
	}
	sweep := convert.Sweep{
		In: exampleNetwork, Dir: dir,
		Calibration: labelled(32), Eval: labelled(50), Criteria: []string{"l2"}, Budgets: []float64{0.5, 0.8},
		Pick: conditions, Picked: filepath.Join(dir, "pick.onnx"),
	}
	r, err := sweep.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range r.Candidates {
		fmt.Printf("%.1f of the multiply-accumulates\n", c.Of.MACs)
	}
	fmt.Println("picked:", r.Pick.Name == r.Candidates[0].Name)
	// Output:
	// 0.5 of the multiply-accumulates
	// 0.8 of the multiply-accumulates
	// picked: true
}

func ExampleTicket() {
	dir, remove := folder()
	defer remove()
	r, err := convert.Ticket(context.Background(), convert.TicketJob{
		Trained: exampleTrained, Initial: exampleInitial, Out: filepath.Join(dir, "ticket.onnx"),
		Config: convert.Config{Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("all kept values have the bits of the initial ones:", r.Ticket.Equal == r.Ticket.Values)
	// Output: all kept values have the bits of the initial ones: true
}

// Two models take turns, so that both see the same machine.
func ExampleBench() {
	r, err := convert.Bench(context.Background(), []string{exampleNetwork, exampleNetwork}, nil, convert.BenchOptions{Batch: 1, Runs: 5}, convert.Config{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range r.Latency {
		fmt.Println(l.Runs, "runs, of which", l.Operators[0].Operator, "takes most")
	}
	// Output:
	// 5 runs, of which Conv takes most
	// 5 runs, of which Conv takes most
}
