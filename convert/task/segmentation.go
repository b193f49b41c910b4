package task

import (
	"context"
	"fmt"
	"os"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

func init() { kinds[Segmentation] = newSegmentation }

// ignored is the label of pixels that do not count, as in PASCAL VOC and Cityscapes.
const ignored = 255

// segmentation takes the first output for scores of classes by pixel, [N,C,H,W] or, where the picture
// has its channels last, [N,H,W,C]; one score tells between two classes. Whole numbers [N,H,W] are
// taken for classes. What is known of the samples are classes by pixel: whole numbers [N,H,W], or a
// folder of PNG.
type segmentation struct {
	base
	last bool    // channels
	over float64 // of one score
}

func newSegmentation(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	s := &segmentation{base: b}
	if producer(b.outputs()[0]) == "Sigmoid" {
		s.over = 0.5
	}
	if in := picture(b.model); in != nil {
		s.last = channels(in[3]) && !channels(in[1])
	}
	if b.about.How == "" {
		s.about.How = fmt.Sprintf("classes by pixel %v", b.outputs()[0].Type)
	}
	return s, nil
}

// channels reports whether an extent is that of the channels of a picture.
func channels(d graph.Dim) bool { return d.Is(1) || d.Is(3) || d.Is(4) }

func (s *segmentation) Truth(d *dataset.Data, samples, labels string) error {
	if info, err := os.Stat(labels); labels != "" && err == nil && info.IsDir() {
		m, err := openMasks(labels, d.Samples)
		if err == nil {
			d.Truth = m
		}
		return err
	}
	n, err := known(samples, labels)
	if err == nil && n != nil && (n.DType().IsFloat() || len(n.Shape()) < 2) {
		n.Close()
		return fmt.Errorf("labels: want whole numbers [samples,height,width], have %v with %v for each sample", n.DType(), n.Shape())
	}
	if err != nil {
		return err
	}
	return attach(d, n)
}

func (s *segmentation) Start(d *dataset.Data) (Tally, error) {
	t := &segmentationTally{of: s}
	switch truth := d.Truth.(type) {
	case nil:
	case *dataset.Numbers:
		t.truth = truth.Read
	case *masks:
		t.masks = truth
	default:
		return nil, fmt.Errorf("labels: are not classes by pixel")
	}
	return t, nil
}

// segmentationTally holds, for each sample, how many pixels agree, and the overlap of each class that
// occurs.
type segmentationTally struct {
	of    *segmentation
	truth func([]int) (*graph.Tensor, error)
	masks *masks
	// same are pixels of the same class; with overlap of the classes of both models.
	same    []ratio
	between [][]overlap
	right   [2][]ratio // pixels of the right class
	labels  [2][][]overlap
}

func (t *segmentationTally) Add(b Batch) error {
	v := t.of.outputs()[0]
	out, err := both(b, v)
	if err != nil {
		return err
	}
	var known *graph.Tensor
	if t.truth != nil {
		at := make([]int, b.Count)
		for i := range at {
			at[i] = b.First + i
		}
		if known, err = t.truth(at); err != nil {
			return err
		}
	}
	for i := range b.Count {
		a, err := t.of.planes(out[0][i], v)
		if err != nil {
			return err
		}
		c, err := t.of.planes(out[1][i], v)
		if err != nil {
			return err
		}
		x, y, same := classes(a, c)
		for _, found := range [][]int{x, y} {
			if err := bounded(b.First+i, "class", found); err != nil {
				return err
			}
		}
		t.same = append(t.same, ratio{float64(same), float64(len(x))})
		t.between = append(t.between, overlaps(x, y))
		label, err := t.label(known, i, b.First+i, a)
		if err != nil {
			return err
		}
		if label == nil {
			continue
		}
		for m, found := range [2][]int{x, y} {
			if err := bounded(b.First+i, "label", label); err != nil {
				return err
			}
			r, own, want := ratio{}, make([]int, 0, len(found)), make([]int, 0, len(found))
			for p, l := range label {
				if l == ignored || l < 0 {
					continue
				}
				if r.under++; found[p] == l {
					r.over++
				}
				own, want = append(own, found[p]), append(want, l)
			}
			t.right[m], t.labels[m] = append(t.right[m], r), append(t.labels[m], overlaps(own, want))
		}
	}
	return nil
}

// label returns the classes of a sample's pixels, nil if they are not known.
func (t *segmentationTally) label(known *graph.Tensor, i, sample int, p plane) ([]int, error) {
	if t.masks != nil {
		return t.masks.read(sample, p.height, p.width)
	}
	if known == nil {
		return nil, nil
	}
	x, ok := graph.Ints(known)
	n := known.Len() / max(1, known.Shape()[0])
	if s := known.Shape(); !ok || n != p.height*p.width || s[len(s)-1] != p.width && !(s[len(s)-1] == 1 && s[len(s)-2] == p.width) {
		return nil, fmt.Errorf("labels: want %d x %d classes for each sample as the output has, have %v", p.height, p.width, known.Shape()[1:])
	}
	out := make([]int, n)
	for k, c := range x[i*n : (i+1)*n] {
		out[k] = graph.Saturate(c)
	}
	return out, nil
}

// plane gives the scores of the classes of a pixel.
type plane struct {
	height, width, classes int
	most                   float64 // largest magnitude of all scores
	at                     func(pixel, class int) float64
	whole                  bool // the only number of each pixel is a class
}

// planes reads an output of one sample.
func (s *segmentation) planes(a array, v *graph.Value) (plane, error) {
	shape := a.shape
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	} else if s.last && len(shape) == 3 {
		shape = []int{shape[2], shape[0], shape[1]}
	}
	if len(shape) != 3 || len(a.data) == 0 {
		return plane{}, fmt.Errorf("output %q: want scores of classes by pixel, [samples,classes,height,width], have %v for each sample", v.Name, a.shape)
	}
	c, h, w := shape[0], shape[1], shape[2]
	p := plane{height: h, width: w, classes: c}
	for _, x := range a.data {
		p.most = max(p.most, abs(x))
	}
	switch {
	case c == 1 && !v.Type.DType.IsFloat():
		p.whole = true
		p.at = func(pixel, _ int) float64 { return a.data[pixel] }
	case c == 1:
		p.classes = 2
		p.at = func(pixel, class int) float64 {
			if class == 0 {
				return s.over
			}
			return a.data[pixel]
		}
	case s.last:
		p.at = func(pixel, class int) float64 { return a.data[pixel*c+class] }
	default:
		p.at = func(pixel, class int) float64 { return a.data[class*h*w+pixel] }
	}
	return p, nil
}

// best returns the class of a pixel, the first of equal scores.
func (p *plane) best(pixel int) int {
	if p.whole {
		return int(p.at(pixel, 0))
	}
	best, most := 0, p.at(pixel, 0)
	for c := 1; c < p.classes; c++ {
		if x := p.at(pixel, c); x > most {
			best, most = c, x
		}
	}
	return best
}

// near reports whether a class has the best score but for rounding.
func (p *plane) near(pixel, best, class int) bool {
	return !p.whole && class < p.classes && p.at(pixel, best)-p.at(pixel, class) <= Tolerance*p.most
}

// classes returns the classes of all pixels, and how many are the same but for rounding. Where only
// rounding decides, the pruned model has the class of the original.
func classes(a, b plane) (x, y []int, same int) {
	n := a.height * a.width
	x, y = make([]int, n), make([]int, n)
	for p := range n {
		x[p], y[p] = a.best(p), b.best(p)
		if x[p] != y[p] && (a.near(p, x[p], y[p]) || b.near(p, y[p], x[p])) {
			y[p] = x[p]
		}
		if x[p] == y[p] {
			same++
		}
	}
	return x, y, same
}

func (t *segmentationTally) Figures(context.Context) (*Figures, error) {
	n, cost := len(t.same), 0
	for _, o := range t.between {
		cost += len(o)
	}
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, cost, []string{"pixels of the same class", "mIoU with the original's masks"}, func(weight []int) []float64 {
		return []float64{quotient(t.same, weight), meanIoU(t.between, weight)}
	})
	if len(t.right[0]) > 0 {
		f.Metrics = resampled(n, 2*cost, []metric{{name: "mIoU", unit: report.Fraction}, {name: "pixel accuracy", unit: report.Fraction}}, func(m int, weight []int) []float64 {
			return []float64{meanIoU(t.labels[m], weight), quotient(t.right[m], weight)}
		})
	}
	return f, nil
}
