package task

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task/detection"
	"github.com/pollard-dev/pollard/graph"
)

func init() { kinds[Detection] = newDetection }

// matchedIoU is the least IoU of two boxes that count as the same, and leastScore the least score of a
// box that counts for mean average precision.
const (
	matchedIoU = 0.5
	leastScore = 0.001
)

// detector takes the outputs for boxes, which are read as its form says. Labels are COCO's JSON, or a
// folder of YOLO's text files.
type detector struct {
	base
	form *detection.Form
}

func newDetection(b base, o Options) (Task, error) {
	d := &detector{base: b}
	if o.Head != "" {
		f, err := detection.Read(o.Head)
		if err != nil {
			return nil, err
		}
		d.form, d.about.How = f, fmt.Sprintf("head %s, score over %g, suppressed over %g, labels fitted as %s with classes by %s", f.Head, f.Score, f.Suppress, f.Fit, f.Classes)
	} else {
		head, why := guessHead(b.model)
		if head == "" {
			return nil, fmt.Errorf("detection: the shapes of the outputs do not tell how to read them: want --detection with a file that names the head, one of %s", strings.Join(detection.Heads(), ", "))
		}
		d.form, d.about.How = detection.New(head), fmt.Sprintf("%s: head %s", why, head)
		if !d.about.Guessed {
			d.about.How = "guessed from " + d.about.How
		}
	}
	if picture(b.model) == nil {
		return nil, fmt.Errorf("detection: want a model with a picture as input, of four axes")
	}
	return d, d.form.Bind(b.outputs())
}

// Batch is 1 where the outputs do not tell pictures apart.
func (d *detector) Batch() int {
	if d.form.Alone() || d.form.Head == "rows" && len(d.outputs()[0].Type.Shape) == 2 {
		return 1
	}
	return 0
}

// things is the Truth of pictures: what is in each of them.
type things struct {
	labels *detection.Labels
	at     []int // by sample
}

// Part returns the truth of the numbered samples.
func (t *things) Part(samples []int) dataset.Truth {
	out := &things{labels: t.labels}
	for _, s := range samples {
		out.at = append(out.at, t.at[s])
	}
	return out
}

// Digest writes what is known.
func (t *things) Digest(w io.Writer) error {
	_, err := fmt.Fprint(w, t.labels.Categories, t.labels.Pictures, t.at)
	return err
}

func (d *detector) Truth(data *dataset.Data, _, labels string) error {
	if labels == "" {
		return nil
	}
	names := dataset.Names(data.Samples)
	info, err := os.Stat(labels)
	if err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	read := detection.COCO
	if info.IsDir() {
		read = detection.YOLO
	}
	l, err := read(labels, names)
	if err != nil {
		return err
	}
	if len(l.Pictures) != data.Samples.Count() {
		return fmt.Errorf("%s: want labels of %d pictures, have those of %d", labels, data.Samples.Count(), len(l.Pictures))
	}
	t := &things{labels: l}
	for i := range l.Pictures {
		t.at = append(t.at, i)
	}
	data.Truth = t
	return nil
}

func (d *detector) Start(data *dataset.Data) (Tally, error) {
	form := *d.form
	t := &detectorTally{of: d, form: &form}
	if data.Truth != nil {
		known, ok := data.Truth.(*things)
		if !ok {
			return nil, fmt.Errorf("labels: are not boxes")
		}
		t.known = known
	}
	return t, nil
}

// detectorTally holds, for each picture, how many boxes match and, with labels, the scores of all that
// was found.
type detectorTally struct {
	of     *detector
	form   *detection.Form
	known  *things
	found  []ratio // of the original's boxes
	joined []ratio // twice those, of both models' boxes
	right  [2]detection.Precision
}

func (t *detectorTally) Add(b Batch) error {
	if err := t.see(b); err != nil {
		return err
	}
	var all [2][][]detection.Array // by model and picture
	for m := range all {
		var err error
		if all[m], err = t.of.arrays(b, m); err != nil {
			return err
		}
	}
	for i := range b.Count {
		var found, sure [2][]detection.Box
		for m := range found {
			least := t.form.Score
			if t.known != nil {
				least = min(least, leastScore)
			}
			boxes, err := t.form.Boxes(all[m][i], least)
			if err != nil {
				return fmt.Errorf("detection: head %s: %w", t.form.Head, err)
			}
			found[m] = boxes
			for _, x := range boxes {
				if x.Score > t.form.Score {
					sure[m] = append(sure[m], x)
				}
			}
		}
		hits := float64(detection.Match(sure[0], sure[1], matchedIoU))
		t.found = append(t.found, ratio{hits, float64(len(sure[0]))})
		t.joined = append(t.joined, ratio{2 * hits, float64(len(sure[0]) + len(sure[1]))})
		if t.known == nil {
			continue
		}
		there, err := t.known.labels.Fitted(t.known.at[b.First+i], t.form)
		if err != nil {
			return err
		}
		for m := range found {
			t.right[m].Add(found[m], there)
		}
	}
	return nil
}

// arrays returns the outputs of a model for each picture.
func (d *detector) arrays(b Batch, model int) ([][]detection.Array, error) {
	all := make([][]detection.Array, b.Count)
	for _, v := range d.outputs() {
		parts, err := b.each(model, v.Name)
		if err != nil {
			return nil, err
		}
		for i, p := range parts {
			all[i] = append(all[i], detection.Array{Shape: p.shape, Data: p.data})
		}
	}
	return all, nil
}

// see takes the extents of the pictures from the batch.
func (t *detectorTally) see(b Batch) error {
	for _, v := range t.of.model.Graph.Inputs {
		if x := b.Feeds[v.Name]; v.Const == nil && x != nil && x.Rank() == 4 {
			t.form.Height, t.form.Width = extents(graph.ShapeOf(x.Shape()...))
			return nil
		}
	}
	return fmt.Errorf("detection: want pictures of four axes")
}

func (t *detectorTally) Figures(context.Context) (*Figures, error) {
	n := len(t.found)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"detections matched", "F1 of detections"}, func(weight []int) []float64 {
		all, both := quotient(t.found, weight), quotient(t.joined, weight)
		if !t.any(weight) { // neither finds anything
			all, both = 1, 1
		}
		return []float64{all, both}
	})
	count := 0.0
	for _, r := range t.found {
		count += r.under
	}
	f.Agreement = append(f.Agreement, report.Figure{Name: "detections of the original", Unit: report.Number, Value: count})
	if t.known == nil {
		return f, nil
	}
	for m := range t.right {
		t.right[m].Ready()
	}
	metrics := []metric{{name: "mAP@0.5:0.95", unit: report.Fraction}, {name: "mAP@0.5", unit: report.Fraction}}
	f.Metrics = resampled(n, t.right[0].Steps()+t.right[1].Steps(), metrics, func(m int, weight []int) []float64 {
		half, all := t.right[m].Mean(weight)
		return []float64{all, half}
	})
	return f, nil
}

// any reports whether either model found anything.
func (t *detectorTally) any(weight []int) bool {
	for i, r := range t.joined {
		if r.under > 0 && times(weight, i) > 0 {
			return true
		}
	}
	return false
}
