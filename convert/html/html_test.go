package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/group"
)

// hostile is a name that ends elements where nobody looks after it.
const hostile = `</script><script>window.hurt=1</script><!--<b onclick='x'>"&` + "\u2028"

func ptr(x float64) *float64 { return &x }

// pruned is a report of prune in which every section has something.
func pruned() *convert.Report {
	r := &convert.Report{
		Schema: report.Schema, Command: "prune",
		Original: &report.Figures{Path: "models/net.onnx", SHA256: strings.Repeat("0f", 32), Bytes: 2_447_538, Params: 609_466, NonZero: 609_466, MACs: 19_157_280, Nodes: 52, Accuracy: ptr(.937), LatencyMS: ptr(.275)},
		Pruned:   &report.Figures{Path: "slim.onnx", SHA256: strings.Repeat("a7", 32), Bytes: 1_033_095, Params: 255_860, NonZero: 200_000, MACs: 9_578_362, Nodes: 52, Accuracy: ptr(.9335), LatencyMS: ptr(.159)},
		Budget:   &report.Budget{Metric: "macs", Keep: .5, Reached: .49998, Met: true},
		Proof:    &report.Proof{Passed: true, MaxAbsDiff: 1.7e-6, MaxRelDiff: 1.9e-7, Simplified: ptr(2.2e-7), Tolerance: 1e-4, Predicted: true, Written: true},
		Free:     []report.Free{{Group: "stem/Conv", Kind: "dead", Units: []int{3, 5}}},
		Silent:   []report.Silent{{Group: "stem/Conv", Units: []int{7}}},
		Choice:   &report.Choice{Criterion: "obs", Solver: "error", Rounds: 1, Measured: 21}, Agreement: &report.Agreement{Samples: 2000, Top1: ptr(.9835), MaxAbsDiff: ptr(2.46), Cosine: ptr(.9983), Figures: []report.Figure{{Name: "same class", Unit: report.Fraction, Value: .9835}}},
		Task:        &report.Task{Name: "classification", Guessed: true, How: "output y float[N,10]"},
		Metrics:     []report.Metric{{Name: "accuracy", Unit: report.Fraction, HigherIsBetter: true, Original: .937, Pruned: .9335, Drop: .35}},
		Classes:     []report.ClassLoss{{Class: 3, Samples: 200, Original: 190, Pruned: 180}},
		Calibration: &report.Calibration{Source: "data", Samples: 1024},
		Timings:     map[string]float64{"simplify": .02, "plan": 5.1, "repair": 9.84, "proof": .03},
		Failed:      []string{"max-drop: accuracy fell by 0.35 points from 93.70 % to 93.35 %, at most 0.1 are allowed"},
	}
	for i := range 14 {
		name := fmt.Sprintf("/stages/stages.%d/blocks/attention/projection/MatMul", i)
		if i == 3 {
			name = hostile
		}
		s := &report.Saliency{Least: 1e-7, Most: .04, Log: true, Kept: make([]int, 12), Removed: make([]int, 12), ZeroRemoved: i % 3}
		for b := range s.Kept {
			s.Kept[b], s.Removed[b] = max(0, b-i%4)%7, max(0, 6-b)
		}
		r.Groups = append(r.Groups, report.Group{Name: name, Kind: "channel", Units: 64 << (i % 4), Kept: (20 + 3*i) << (i % 4), Params: 9216, Saliency: s})
		r.Recovery = append(r.Recovery, report.Repair{Node: name, Before: math.Pow(10, -1-float64(i)/4), After: math.Pow(10, -2-float64(i)/3), Taken: i != 5})
		r.Pinned = append(r.Pinned, group.Pinned{Value: name, Axis: i % 4, Size: "64", Operator: []string{"Conv", "LayerNormalization", "graph output", hostile}[i%4], Reason: "it is over a statistic", Weight: i%2 == 0})
	}
	r.Recovery[2].After = 0
	r.Machine, r.Latency = &report.Machine{Threads: 2, PeakGFLOPS: 460.5}, timed().Latency
	return r
}

// timed is a report of bench in which every section has something.
func timed() *convert.Report {
	r := &convert.Report{Schema: report.Schema, Command: "bench", Ratio: &report.Ratio{Latency: ptr(1.73)}, Machine: &report.Machine{Threads: 2, PeakGFLOPS: 460.5}, Timings: map[string]float64{"bench": .5, "fit": 3.3}}
	for i, path := range []string{"models/net.onnx", "slim.onnx"} {
		scale := 1 / (1 + .73*float64(i))
		l := report.Latency{Path: path, Times: report.Times{MedianMS: .275 * scale, MinMS: .25 * scale, P90MS: .3, P95MS: .3281, Spread: .08, Runs: 50}}
		for _, o := range []report.Operator{{Operator: "Conv", Nodes: 21, MS: .24, Share: .9, MACs: 19_000_000, GFLOPS: 150, OfPeak: .33}, {Operator: "GlobalAveragePool", Nodes: 1, MS: .002, Share: .007}, {Operator: "Gemm", Nodes: 1, MS: .001, Share: .004, MACs: 640, GFLOPS: 1, OfPeak: .002}} {
			o.MS *= scale
			l.Operators = append(l.Operators, o)
			l.Nodes = append(l.Nodes, report.Node{Node: "/stages/stages.0/blocks/" + o.Operator, Operator: o.Operator, Kernel: "conv", MS: o.MS, Share: o.Share})
		}
		r.Latency = append(r.Latency, l)
	}
	s := &r.Latency[1]
	s.Peer = &report.Peer{Runtime: "ONNX Runtime 1.30.0", Times: s.Times, Ratio: report.PeerRatio{Median: .96, Min: .93}, MaxRelDiff: ptr(6e-7), Tolerance: 1e-3}
	s.Efficiency = &report.Efficiencies{Within: .9, DenseMS: .16, MS: .08, PredictedMS: .085, Efficiency: report.Efficiency{SpeedUp: 2, Theoretical: 4.4, Rho: .45, RhoPredicted: .43}}
	for i := range 12 {
		name, x := fmt.Sprintf("/stages/stages.%d/conv/Conv", i), float64(i)
		s.Sparse = append(s.Sparse, report.SparseChoice{Node: name, Weights: 36_864, NonZero: 7000 + 100*i, Way: "sparse 4x1", Ways: []report.Way{
			{Way: "dense", MS: .02 + x/500}, {Way: "sparse 1x1", Block: 1, Entries: 7000, MS: .014 + x/700}, {Way: "sparse 4x1", Block: 4, Entries: 1900, MS: .008 + x/800}}})
		s.Efficiency.Nodes = append(s.Efficiency.Nodes, report.NodeEfficiency{Node: name, Way: "sparse 4x1", Weights: 36_864, NonZero: 7000, Stored: 7600, Blocks: 1900 * (i % 5), DenseMS: .02, MS: .01, PredictedMS: .0095,
			Efficiency: report.Efficiency{SpeedUp: 2, Theoretical: 5, Rho: .3 + x/40, RhoPredicted: .28 + x/38 + .05*math.Sin(x)}})
	}
	return r
}

// choices is a front: less of everything for less accuracy, and models between.
func choices() []Point {
	points := []Point{{Name: "original", Accuracy: .937, MACs: 19_157_280, Params: 609_466, Bytes: 2_447_538, LatencyMS: .275, On: true, Original: true}}
	for i := range 16 {
		keep := .9 - .05*float64(i/2*2)
		p := Point{Name: fmt.Sprintf("%s, macs %.2f", []string{"obs", "l2"}[i%2], keep), Accuracy: .938 - math.Pow(1-keep, 4)*.12 - .006*float64(i%2), MACs: int64(19_157_280 * keep),
			Params: int64(609_466 * math.Pow(keep, 1.3)), Bytes: int64(2_447_538 * math.Pow(keep, 1.3)), LatencyMS: .06 + .215*keep, On: i%2 == 0, Notes: []string{"written: front/" + fmt.Sprint(i) + ".onnx"}}
		points = append(points, p)
	}
	return points
}

func write(t *testing.T, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// dataOf is what the page hands to its scripts.
func dataOf(t *testing.T, page string) map[string]json.RawMessage {
	t.Helper()
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return data
}

func TestAPageSaysWhatTheReportDoes(t *testing.T) {
	page := write(t, Page{Report: pruned(), Arguments: []string{"pollard", "prune", "models/net.onnx", "--exclude", "it's *"}, Front: choices()})
	for _, want := range []string{
		"pollard prune models/net.onnx --exclude &#39;it&#39;\\&#39;&#39;s *&#39;", "19,157,280", "2.00x", "93.35 %", "-0.35 points", "0.275 ms", "macs 0.5000, wanted 0.5", "criterion obs, solver error, 21 errors measured at the outputs",
		"2 dead: no output depends on them", "same class 98.35 %", "13 of 14 nodes repaired", "max-drop: accuracy fell", "difference 1.9e-07 of the largest output, tolerance 0.0001", "ONNX Runtime 1.30.0", "peak 460.5 GFLOP/s on 2 threads",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q in the page", want)
		}
	}
	data := dataOf(t, page)
	for _, name := range []string{"left", "front", "groups", "saliency", "pinned", "repairs", "operators", "ways-0", "efficiency-0", "timings"} {
		if data[name] == nil || !strings.Contains(page, `data-plot="`+name+`"`) {
			t.Errorf("want a plot %s with its data", name)
		}
	}
}

// What a report has not is not on the page, whatever that is.
func TestSectionsWithNothingAreLeftOut(t *testing.T) {
	for _, r := range []*convert.Report{{}, {Command: "verify"}, {Original: &report.Figures{}}, {Original: &report.Figures{}, Pruned: &report.Figures{}}, {Groups: []report.Group{{Saliency: &report.Saliency{}}}},
		{Latency: []report.Latency{{}, {}}}, {Recovery: []report.Repair{{}}}} {
		page := write(t, Page{Report: r})
		if data := dataOf(t, page); len(data) != strings.Count(page, "data-plot=\"")-strings.Count(asset(own, "page.js")+asset(own, "plots.js")+asset(own, "front.js"), "data-plot=\"") {
			t.Errorf("%+v: want as many plots as data, have %d data", r, len(data))
		}
	}
}

func TestNamesCannotBreakThePage(t *testing.T) {
	page := write(t, Page{Report: pruned(), Arguments: []string{hostile}, Front: []Point{{Name: hostile}}})
	if strings.Contains(page, "window.hurt=1</script>") || strings.Contains(page, "\u2028") && strings.Contains(page[strings.Index(page, `id="data"`):], "\u2028") {
		t.Error("a name is in the page as it is")
	}
	var groups []bar
	if err := json.Unmarshal(dataOf(t, page)["groups"], &groups); err != nil || groups[3].Name != format.Text(hostile) {
		t.Errorf("want the name of a group to survive, what does not print quoted, have %q, %v", groups[3].Name, err)
	}
}

func TestTheSameReportGivesTheSamePage(t *testing.T) {
	first := write(t, Page{Report: pruned(), Front: choices()})
	for range 4 { // maps have another order each time
		if write(t, Page{Report: pruned(), Front: choices()}) != first {
			t.Fatal("two pages of one report differ")
		}
	}
}

func TestWhatIsNoNumberIsAnError(t *testing.T) {
	r := pruned()
	r.Recovery[0].Before = math.NaN()
	if err := (Page{Report: r}).Write(io.Discard); err == nil || !strings.Contains(err.Error(), "page: ") {
		t.Errorf("want an error of the page, have %v", err)
	}
}

// The library is what package.json says, with its licences, and small enough to be in every page.
func TestTheLibraryIsThere(t *testing.T) {
	text, err := os.ReadFile("library/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	size := 0
	for name, file := range map[string]string{"d3": "d3.min.js", "@observablehq/plot": "plot.umd.min.js"} {
		script := asset(library, "library/"+file)
		size += len(script)
		if head := script[:min(100, len(script))]; want.Dependencies[name] == "" || !strings.Contains(head, "v"+want.Dependencies[name]+" ") {
			t.Errorf("%s: want version %s, have %s", file, want.Dependencies[name], head)
		}
		if strings.Contains(strings.ToLower(script), "</script") {
			t.Errorf("%s: it ends the element that it is in", file)
		}
	}
	if size > 600_000 {
		t.Errorf("the library has %d bytes", size)
	}
	if page := write(t, Page{Report: &convert.Report{}}); strings.Count(page, "Permission to use, copy") != 2 {
		t.Error("want both licences in the page")
	}
}
