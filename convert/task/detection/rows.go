package detection

import "fmt"

// rows reads one output with a row for each thing found, of a model that suppresses what is found
// twice: four edges, score and class. A seventh number, in front, is that of the picture in its batch.
func rows(outs []Array, d *Form) ([]Box, error) {
	a, n, cols, err := one(outs)
	if err != nil {
		return nil, err
	}
	if cols != 6 && cols != 7 {
		return nil, fmt.Errorf("want rows of 6 or 7 numbers, have %v", a.Shape)
	}
	var boxes []Box
	for i := range n {
		row := a.Data[i*cols : (i+1)*cols]
		row = row[cols-6:]
		score, class := row[4], row[5]
		if cols == 7 { // as TensorRT's and PINTO's: the class comes first
			score, class = row[5], row[4]
		}
		if !(class >= 0 && class < 1<<20) {
			continue
		}
		boxes = d.add(boxes, d.edges(row[:4], int(class), score))
	}
	return boxes, nil
}

// edges returns the box of four edges in the order that the form says.
func (d *Form) edges(e []float64, class int, score float64) Box {
	b := Box{e[0], e[1], e[2], e[3], class, score}
	if d.Order == "yxyx" {
		b.Left, b.Top, b.Right, b.Bottom = e[1], e[0], e[3], e[2]
	}
	if d.Shares {
		b.Left, b.Right = b.Left*float64(d.Width), b.Right*float64(d.Width)
		b.Top, b.Bottom = b.Top*float64(d.Height), b.Bottom*float64(d.Height)
	}
	return b
}
