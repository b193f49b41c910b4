package detection

import "fmt"

// anchors reads one output with a row for each anchor of each cell, already in pixels: the centre and
// the size of a box, how sure it is that there is anything, and the score of each class, as YOLOv5's
// exporter writes it (https://github.com/ultralytics/yolov5, models/yolo.py).
func anchors(outs []Array, d *Form) ([]Box, error) {
	a, rows, cols, err := one(outs)
	if err != nil {
		return nil, err
	}
	if cols < 6 {
		return nil, fmt.Errorf("want rows of at least 6 numbers, have %v", a.Shape)
	}
	var boxes []Box
	for i := range rows {
		row := a.Data[i*cols : (i+1)*cols]
		b := centred(row[0], row[1], row[2], row[3], row[5:])
		b.Score *= row[4]
		boxes = d.add(boxes, b)
	}
	return boxes, nil
}
