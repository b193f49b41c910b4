package convert

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/look"
	"github.com/pollard-dev/pollard/convert/internal/measure"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/convert/task"
	"github.com/pollard-dev/pollard/graph"
)

// pictures returns a number of samples, at equal distances through d, with what both models find in them:
// people look before they trust. There are none for tasks that find nothing in pictures.
func pictures(ctx context.Context, t task.Task, original, pruned *graph.Model, d *dataset.Data, number int, s stage.Settings) ([]report.Picture, error) {
	n := d.Samples.Count()
	if number == 0 || n == 0 {
		return nil, nil
	}
	seen, err := measure.View(ctx, t, original, pruned, d, spread(n, min(n, number)), s)
	if err != nil {
		return nil, err
	}
	names, taken := dataset.Names(d.Samples), dataset.TakenFrom(d.Samples)
	var all []report.Picture
	for _, v := range seen {
		axis := look.Axis(v.Picture.Shape())
		if axis < 0 {
			continue
		}
		dims := slices.Delete(slices.Clone(v.Picture.Shape()[1:]), axis-1, axis)
		p := report.Picture{Name: fmt.Sprint(v.Sample), Height: dims[0], Width: dims[1]}
		if names != nil {
			p.Name = names[v.Sample]
		}
		x, _ := graph.Floats(v.Picture)
		from, to, bgr := ends(taken, v.Picture.Shape()[axis], slices.Min(x), slices.Max(x))
		p.Image = look.Image(v.Picture, 0, from, to, bgr, mostShownSide)
		for m := range v.Boxes {
			for _, b := range v.Boxes[m] {
				p.Boxes[m] = append(p.Boxes[m], report.PictureBox(b))
			}
			if mask := v.Masks[m]; mask != nil {
				p.Masks[m] = look.Mask(mask.Classes, mask.Height, mask.Width, mostShownSide)
			}
		}
		all = append(all, p)
	}
	return all, nil
}
