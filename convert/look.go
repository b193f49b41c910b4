package convert

import (
	"context"
	"fmt"
	"image"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/look"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// LookOptions are the options of Look.
type LookOptions struct {
	// Samples bounds the samples that are looked at, which are spread over all; 0 means DefaultLook.
	Samples int
	// Pictures is the number of samples that are shown as pictures.
	Pictures int
}

// DefaultLook is the number of samples that Look looks at.
const DefaultLook = 256

// Shown is a sample as a picture of what the model sees.
type Shown struct {
	Name  string // of its file, or its number
	Label string // empty if not known
	Image image.Image
}

// Look reports what the model at path sees of the data that load opens: shapes, the range and the mean of
// each channel, and what is unlike what the model met in training.
func Look(ctx context.Context, path string, load func(*graph.Model) (*dataset.Data, error), o LookOptions, c Config) (_ *report.Report, shown []Shown, err error) {
	r := report.New("data")
	file, err := onnx.Read(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Done(&err)
	if err := samples.CheckDims(file.Model, c.Dims); err != nil {
		return nil, nil, err
	}
	c.Dims = samples.Extents(file.Model, c.Dims)
	if r.Original, err = figures.Of(path, file.Model, onnx.External(file.Model), c.Dims); err != nil {
		return nil, nil, err
	}
	d, err := load(file.Model)
	if err != nil {
		return nil, nil, err
	}
	defer d.Close()
	samples.Describe(r, "data", d)
	if err := samples.CheckLabels(file.Model, d); err != nil {
		return nil, nil, err
	}
	v := &viewing{data: d, report: r, options: o, taken: dataset.TakenFrom(d.Samples), progress: c.settings().Report}
	v.norm = look.FirstNorm(file.Model, c.Threads)
	v.batch = samples.BatchOf(file.Model)
	if err := v.look(ctx); err != nil {
		return nil, nil, err
	}
	return r, v.shown, nil
}

// viewing is the state of one Look.
type viewing struct {
	data     *dataset.Data
	report   *report.Report
	options  LookOptions
	taken    *dataset.Taken
	norm     *look.Norm
	batch    samples.BatchSize
	progress func(stage string, done, total int)
	sums     map[string]*look.Summary
	last     map[string]*graph.Tensor
	shown    []Shown
}

// look reads the samples twice: for the figures, and, once their range is known, those that are shown.
func (v *viewing) look(ctx context.Context) error {
	n := v.data.Samples.Count()
	most := v.options.Samples
	if most == 0 {
		most = DefaultLook
	}
	if n == 0 {
		return fmt.Errorf("want samples, have none")
	}
	looked := spread(n, min(n, most))
	v.sums = map[string]*look.Summary{}
	size := v.batch.Size
	for from := 0; from < len(looked); from += size {
		v.progress("look", from, len(looked))
		feeds, err := v.data.Samples.Read(looked[from:min(len(looked), from+size)])
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		v.add(ctx, feeds, from+size <= len(looked))
	}
	l := &report.Look{Samples: n, Looked: len(looked)}
	for _, name := range slices.Sorted(maps.Keys(v.sums)) {
		t := v.last[name]
		in := report.InputFigures{Name: name, Type: t.DType().String(), Shape: []int{}, Channels: v.sums[name].Channels(),
			Float: t.DType().IsFloat(), Picture: look.Axis(t.Shape()) >= 0}
		if t.Rank() > 0 {
			in.Shape = t.Shape()[1:]
		}
		l.Inputs = append(l.Inputs, in)
	}
	if v.norm != nil {
		l.Norm = v.norm.Report()
	}
	l.Warnings, l.Labels = look.Warnings(l.Inputs, l.Norm), v.labels()
	v.report.Look = l
	return v.show(looked)
}

// add adds a batch, which whole says is a whole one of the model.
func (v *viewing) add(ctx context.Context, feeds map[string]*graph.Tensor, whole bool) {
	for name, t := range feeds {
		if v.sums[name] == nil {
			v.sums[name] = &look.Summary{}
		}
		if !v.sums[name].Add(t) {
			delete(v.sums, name)
		}
	}
	v.last = feeds
	if v.norm != nil && (whole || !v.batch.Fixed) && !v.norm.Add(ctx, feeds) {
		v.norm = nil
	}
}

// labels counts the samples of each class.
func (v *viewing) labels() (all []report.LabelCount) {
	counts := map[int]int{}
	for _, l := range v.data.Labels {
		counts[l]++
	}
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, report.LabelCount{Class: class, Name: v.className(class), Samples: counts[class]})
	}
	return all
}

func (v *viewing) className(class int) string {
	if v.taken != nil && class < len(v.taken.Classes) {
		return v.taken.Classes[class]
	}
	return ""
}

// mostShownSide bounds the sides of pictures on a page.
const mostShownSide = 256

// show makes pictures of some of the samples that were looked at.
func (v *viewing) show(looked []int) error {
	at := slices.IndexFunc(v.report.Look.Inputs, func(in report.InputFigures) bool { return in.Picture })
	if at < 0 || v.options.Pictures == 0 {
		return nil
	}
	in := v.report.Look.Inputs[at]
	from, to, bgr := v.ends(in)
	names := dataset.Names(v.data.Samples)
	for _, i := range spread(len(looked), min(len(looked), v.options.Pictures)) {
		sample := looked[i]
		feeds, err := v.data.Samples.Read([]int{sample})
		if err != nil {
			return err
		}
		s := Shown{Name: fmt.Sprint(sample), Image: look.Image(feeds[in.Name], 0, from, to, bgr, mostShownSide)}
		if names != nil {
			s.Name = names[sample]
		}
		if v.data.Labels != nil {
			class := v.data.Labels[sample]
			if s.Label = fmt.Sprint(class); v.className(class) != "" {
				s.Label += " " + v.className(class)
			}
		}
		v.shown = append(v.shown, s)
	}
	return nil
}

// ends returns the numbers that are shown black and white: what 0 and 255 became, or the least and the most
// of all channels.
func (v *viewing) ends(in report.InputFigures) (from, to []float64, bgr bool) {
	least, most := in.Channels[0].Min, in.Channels[0].Max
	for _, c := range in.Channels {
		least, most = min(least, c.Min), max(most, c.Max)
	}
	return ends(v.taken, len(in.Channels), least, most)
}

// ends returns the numbers of each channel that are shown black and white: what 0 and 255 became, where it is
// known how pictures were preprocessed, else least and most.
func ends(taken *dataset.Taken, channels int, least, most float64) (from, to []float64, bgr bool) {
	if taken != nil && taken.Preprocess != nil {
		p := taken.Preprocess
		for _, table := range p.Normaliser() {
			from, to = append(from, float64(table[0])), append(to, float64(table[255]))
		}
		return from, to, p.Order == "bgr"
	}
	if least == most {
		most++
	}
	for range channels {
		from, to = append(from, least), append(to, most)
	}
	return from, to, false
}

// spread returns k numbers of 0 to n-1 at equal distances.
func spread(n, k int) []int {
	all := make([]int, k)
	for i := range all {
		all[i] = i * n / k
	}
	return all
}
