//go:build linux && !386 && !arm

package convert_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/passes/budget"
)

// A model of more than 2 GiB is read, pruned by magnitude without repair, proven, written and read
// back in less than one and a half times its own size of memory. The test takes minutes and
// gigabytes; POLLARD_BIG=1 enables it.
func TestAModelOverTwoGigabytes(t *testing.T) {
	if in := os.Getenv("POLLARD_BIG_MODEL"); in != "" { // in the measured process
		r, err := convert.Prune(t.Context(), convert.Job{In: in, Out: filepath.Join(filepath.Dir(in), "out.onnx"), Config: convert.Config{
			Budget: budget.Budget{Metric: budget.MACs, Keep: 0.5, Floor: 0.1}, Criterion: "l2", Recovery: convert.NoRecovery}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Proof == nil || !r.Proof.Passed || !r.Proof.Written || !r.Budget.Met {
			t.Errorf("proof %+v, budget %+v", r.Proof, r.Budget)
		}
		return
	}
	if os.Getenv("POLLARD_BIG") == "" {
		t.Skip("POLLARD_BIG is not set")
	}
	dir := t.TempDir()
	in, size := bigModel(t, dir)
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), "POLLARD_BIG_MODEL="+in)
	said, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	out, err := os.Stat(filepath.Join(dir, "out.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	peak := child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	t.Logf("model: %d bytes, written: %d bytes, peak: %d bytes, %.2f of the model, in %v", size, out.Size(), peak, float64(peak)/float64(size),
		child.ProcessState.UserTime()+child.ProcessState.SystemTime())
	if float64(peak) >= 1.5*float64(size) {
		t.Errorf("the peak is %.2f of the model's size", float64(peak)/float64(size))
	}
}

// bigModel writes a network of square products with 2.25 GiB of weights in a file of external data
// that is almost empty on disk: it has one number in each row.
func bigModel(t *testing.T, dir string) (path string, size int64) {
	t.Helper()
	const width, products = 8192, 9
	const each = 4 * width * width
	data, err := os.Create(filepath.Join(dir, "big.data"))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	if err := data.Truncate(products * each); err != nil {
		t.Fatal(err)
	}
	str := func(number protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), s)
	}
	num := func(number protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
	}
	join := func(parts ...[]byte) (all string) {
		for _, p := range parts {
			all += string(p)
		}
		return all
	}
	// Field numbers are those of onnx.proto.
	value := func(number protowire.Number, name string) []byte {
		dims := join(str(1, join(str(2, "N"))), str(1, join(num(1, width))))
		return str(number, join(str(1, name), str(2, join(str(1, join(num(1, 1), str(2, dims)))))))
	}
	nodes, weights, last := "", "", "x"
	for i := range products {
		w, m, r := fmt.Sprint("w", i), fmt.Sprint("m", i), fmt.Sprint("r", i)
		nodes += join(str(1, join(str(1, last), str(1, w), str(2, m), str(4, "MatMul"))))
		if last = m; i < products-1 {
			nodes += join(str(1, join(str(1, m), str(2, r), str(4, "Relu"))))
			last = r
		}
		entry := func(key, v string) []byte { return str(13, join(str(1, key), str(2, v))) }
		weights += join(str(5, join(num(1, width), num(1, width), num(2, 1), str(8, w), entry("location", "big.data"),
			entry("offset", strconv.Itoa(i*each)), entry("length", strconv.Itoa(each)), num(14, 1))))
		for row := range width {
			number := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32((row*31+i)%97+1)/97))
			if _, err := data.WriteAt(number, int64(i*each)+4*int64(row*width+row*7%width)); err != nil {
				t.Fatal(err)
			}
		}
	}
	graph := str(7, nodes+join(str(2, "g"))+weights+join(value(11, "x"), value(12, last)))
	model := join(num(1, 8), graph, str(8, join(str(1, ""), num(2, 17))))
	path = filepath.Join(dir, "big.onnx")
	if err := os.WriteFile(path, []byte(model), 0o666); err != nil {
		t.Fatal(err)
	}
	return path, products*each + int64(len(model))
}
