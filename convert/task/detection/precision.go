package detection

import (
	"cmp"
	"math"
	"slices"
)

// Truth is something that is known to be in a picture. A crowd is any number of things: boxes in it
// count neither for nor against a detector.
type Truth struct {
	Box
	Crowd bool
}

// mostFound is the most boxes of a class and a picture that count, as COCO's maxDets.
const mostFound = 100

// thresholds are the IoUs from which on a box counts as found: 0.5, 0.55 and so on to 0.95.
var thresholds = func() (t [10]float64) {
	for i := range t {
		t[i] = 0.5 + 0.05*float64(i)
	}
	return t
}()

// recalls are how many recalls precision is taken at, from 0 to 1.
const recalls = 101

// Precision computes mean average precision as COCO does
// (https://github.com/cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py): of all areas, with at
// most 100 boxes for each class and picture.
type Precision struct {
	pictures int
	classes  map[int]*classHits
}

// classHits is what is held of one class.
type classHits struct {
	found []hit
	known []int // pictures of what is known, once for each thing that is no crowd
}

// hit is one box that was found: whether it is right, and whether it counts at all, by threshold.
type hit struct {
	picture        int
	score          float64
	right, ignored uint16
}

// Add takes in what was found in the next picture, and what is known to be there.
func (p *Precision) Add(found []Box, known []Truth) {
	if p.classes == nil {
		p.classes = map[int]*classHits{}
	}
	of := func(class int) *classHits {
		c := p.classes[class]
		if c == nil {
			c = &classHits{}
			p.classes[class] = c
		}
		return c
	}
	sorted := slices.Clone(found)
	slices.SortStableFunc(sorted, func(a, b Box) int { return cmp.Compare(b.Score, a.Score) })
	by := map[int][]Box{}
	for _, b := range sorted {
		if len(by[b.Class]) < mostFound {
			by[b.Class] = append(by[b.Class], b)
		}
	}
	there := map[int][]Truth{}
	for _, k := range known {
		there[k.Class] = append(there[k.Class], k)
		if !k.Crowd {
			c := of(k.Class)
			c.known = append(c.known, p.pictures)
		}
	}
	for class, boxes := range by {
		c := of(class)
		c.found = append(c.found, hits(p.pictures, boxes, there[class])...)
	}
	p.pictures++
}

// hits matches boxes, the best first, with what is known of their class: each takes the one with the
// largest IoU that is free, and a crowd only if there is none.
func hits(picture int, boxes []Box, known []Truth) []hit {
	known = slices.Clone(known)
	slices.SortStableFunc(known, func(a, b Truth) int {
		switch {
		case a.Crowd == b.Crowd:
			return 0
		case b.Crowd:
			return -1
		}
		return 1
	})
	shares := make([][]float64, len(boxes))
	for i, b := range boxes {
		for _, k := range known {
			shares[i] = append(shares[i], share(b, k))
		}
	}
	out := make([]hit, len(boxes))
	for i, b := range boxes {
		out[i] = hit{picture: picture, score: b.Score}
	}
	for t, least := range thresholds {
		taken := make([]bool, len(known))
		for i := range boxes {
			at, most := -1, min(least, 1-1e-10)
			for k := range known {
				if taken[k] && !known[k].Crowd {
					continue
				}
				if at >= 0 && !known[at].Crowd && known[k].Crowd {
					break
				}
				if shares[i][k] < most {
					continue
				}
				at, most = k, shares[i][k]
			}
			if at < 0 {
				continue
			}
			taken[at] = true
			if known[at].Crowd {
				out[i].ignored |= 1 << t
			} else {
				out[i].right |= 1 << t
			}
		}
	}
	return out
}

// share returns the IoU, or how much of a box lies in a crowd.
func share(b Box, k Truth) float64 {
	if !k.Crowd {
		return IoU(b, k.Box)
	}
	within := Box{Left: max(b.Left, k.Left), Top: max(b.Top, k.Top), Right: min(b.Right, k.Right), Bottom: min(b.Bottom, k.Bottom)}.area()
	if own := b.area(); own > 0 {
		return within / own
	}
	return 0
}

// Ready sorts what was taken in, so that Mean can be called.
func (p *Precision) Ready() {
	for _, c := range p.classes {
		slices.SortStableFunc(c.found, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	}
}

// Steps returns about how many steps Mean takes.
func (p *Precision) Steps() (n int) {
	for _, c := range p.classes {
		n += len(thresholds) * (2*len(c.found) + recalls)
	}
	return n
}

// Mean returns the mean average precision at an IoU of 0.5, and over IoUs from 0.5 to 0.95, when
// picture i counts weight[i] times; nil counts each once. Classes that are in no picture do not count.
func (p *Precision) Mean(weight []int) (half, all float64) {
	n := 0
	for _, class := range sortedClasses(p.classes) {
		c := p.classes[class]
		known := 0.0
		for _, picture := range c.known {
			known += times(weight, picture)
		}
		if known == 0 {
			continue
		}
		n++
		for t := range thresholds {
			a := c.average(t, known, weight)
			if t == 0 {
				half += a
			}
			all += a / float64(len(thresholds))
		}
	}
	return half / float64(max(1, n)), all / float64(max(1, n))
}

func sortedClasses(of map[int]*classHits) []int {
	var all []int
	for c := range of {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

func times(weight []int, i int) float64 {
	if weight == nil {
		return 1
	}
	return float64(weight[i])
}

// average returns the average precision at one threshold: the mean, over recalls from 0 to 1, of the
// best precision with at least that recall.
func (c *classHits) average(t int, known float64, weight []int) float64 {
	recall, precision := make([]float64, 0, len(c.found)), make([]float64, 0, len(c.found))
	right, wrong := 0.0, 0.0
	for _, h := range c.found {
		w := times(weight, h.picture)
		if h.ignored>>t&1 == 1 || w == 0 {
			continue
		}
		if h.right>>t&1 == 1 {
			right += w
		} else {
			wrong += w
		}
		recall, precision = append(recall, right/known), append(precision, right/(right+wrong+math.SmallestNonzeroFloat64))
	}
	for i := len(precision) - 2; i >= 0; i-- {
		precision[i] = max(precision[i], precision[i+1])
	}
	sum, at := 0.0, 0
	for r := range recalls {
		want := min(1, float64(r)*0.01) // as NumPy's linspace has it, to the bit
		for at < len(recall) && recall[at] < want {
			at++
		}
		if at == len(recall) {
			break
		}
		sum += precision[at]
	}
	return sum / recalls
}
