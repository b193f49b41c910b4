package picture

import (
	"fmt"
	"strings"
)

// preset is a named Preprocess.
type preset struct {
	name, doc string
	value     Preprocess
}

// presets lists the presets in the order in which help shows them.
func presets() []preset {
	grey := 114.0 // which YOLO's own letterbox has used since v5
	return []preset{
		{"imagenet", "torchvision's classifiers", Preprocess{
			Resize: Crop, CropShare: 0.875, Filter: "bilinear", Order: "rgb", Scale: unit(),
			Mean: []float64{0.485, 0.456, 0.406}, Std: []float64{0.229, 0.224, 0.225}}},
		{"inception", "numbers from -1 to 1", Preprocess{
			Resize: Crop, CropShare: 0.875, Filter: "bilinear", Order: "rgb", Scale: unit(), Mean: []float64{0.5}, Std: []float64{0.5}}},
		{"unit", "numbers from 0 to 1", Preprocess{Resize: Squash, Filter: "bilinear", Scale: unit(), Mean: []float64{0}, Std: []float64{1}}},
		{"yolo", "YOLOv5's to YOLOv11's letterbox", Preprocess{
			Resize: Letterbox, Pad: &grey, Filter: "bilinear", Order: "rgb", Scale: unit(), Mean: []float64{0}, Std: []float64{1}}},
	}
}

func unit() []float64 { return []float64{1.0 / 255} }

// Presets lists the names of the presets.
func Presets() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

// Preset returns the preset of that name.
func Preset(name string) (Preprocess, error) {
	for _, p := range presets() {
		if p.name == name {
			return p.value, nil
		}
	}
	return Preprocess{}, fmt.Errorf("preset: want %s, have %q", strings.Join(Presets(), ", "), name)
}
