package dataset_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

// Columns that pyarrow wrote have its numbers in every form of the file, and what was unpacked is removed.
func TestArrow(t *testing.T) {
	in, _ := signature(t, "int64[N,L] input_ids, int64[N,L] attention_mask, float[N] weight, float[N,2] pair", "float[N] y")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp) // Windows
	for _, name := range []string{"file.arrow", "stream.arrow", "batches.arrow", "zstd.feather", "lz4.ipc"} {
		d, err := dataset.OpenData(filepath.Join("testdata/arrow", name), "", dataset.Options{}, in)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Labels, []int{2, 0, 1}) {
			t.Errorf("%s: labels %v", name, d.Labels)
		}
		feeds, err := d.Samples.Read([]int{2, 0, 1})
		if err != nil {
			t.Fatal(name, err)
		}
		if x := graph.Data[int64](feeds["input_ids"]); !slices.Equal(x, []int64{9, 10, 0, 5, 6, 7, 8, 0, 0}) {
			t.Errorf("%s: input_ids %v", name, x)
		}
		if x := graph.Data[int64](feeds["attention_mask"]); !slices.Equal(x, []int64{1, 1, 0, 1, 1, 1, 1, 0, 0}) {
			t.Errorf("%s: attention_mask %v", name, x)
		}
		if x := graph.Data[float32](feeds["weight"]); !slices.Equal(x, []float32{2, 0.5, 0.25}) {
			t.Errorf("%s: weight %v", name, x)
		}
		if x := graph.Data[float32](feeds["pair"]); !slices.Equal(x, []float32{5, 6, 1, 2, 3, 4}) {
			t.Errorf("%s: pair %v", name, x)
		}
		taken := dataset.TakenFrom(d.Samples).Table
		if taken.Rows != 3 || taken.Padded != 4 || taken.Length != 3 || !slices.Equal(taken.Columns, []string{"input_ids", "attention_mask", "weight", "pair", "label"}) {
			t.Errorf("%s: taken %+v", name, taken)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// What cannot be used is said in one line, and nothing is left behind.
func TestArrowErrors(t *testing.T) {
	tmp := t.TempDir()
	whole, err := os.ReadFile("testdata/arrow/zstd.feather")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		path := filepath.Join(tmp, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := slices.Clone(whole)
	for i := 300; i < len(damaged)-20; i += 7 {
		damaged[i] ^= 0x55
	}
	for path, want := range map[string]string{
		"testdata/arrow/null.arrow":                   `column "input_ids": want a value in each row, have 1 without`,
		"testdata/arrow/words.arrow":                  `column "input_ids": want numbers or lists of them, have utf8`,
		write("cut.arrow", whole[:200]):               "arrow: ",
		write("empty.arrow", nil):                     "have fewer than 6 bytes",
		write("damaged.arrow", damaged):               "",
		write("x.parquet", []byte("PAR1")):            "is Parquet, which is not read: pyarrow.feather.write_feather(",
		"testdata/arrow/none.arrow":                   "no such file",
		write("text.arrow", []byte("abcdefghijklmn")): "arrow: ",
	} {
		in, _ := signature(t, "int64[N,L] input_ids", "float[N] y")
		_, err := dataset.OpenData(path, "", dataset.Options{}, in)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want %q, have %v", path, want, err)
		}
	}
	in, _ := signature(t, "int64[N,L] ids", "float[N] y")
	_, err = dataset.OpenData("testdata/arrow/file.arrow", "", dataset.Options{}, in)
	if want := `want columns named after the inputs, have "attention_mask", "input_ids", "label", "pair", "text", "weight"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want %q, have %v", want, err)
	}
}
