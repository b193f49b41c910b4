package task

import "fmt"

// overlap is how many pixels two masks have in common of a class, and how many either has.
type overlap struct {
	class        int
	both, either float64
}

// overlaps returns how two masks overlap, by class.
func overlaps(x, y []int) (all []overlap) {
	at := map[int]int{}
	of := func(class int) *overlap {
		i, seen := at[class]
		if !seen {
			i, all = len(all), append(all, overlap{class: class})
			at[class] = i
		}
		return &all[i]
	}
	for p, a := range x {
		b := y[p]
		o := of(a)
		o.either++
		if a == b {
			o.both++
			continue
		}
		of(b).either++
	}
	return all
}

// mostClasses bounds the numbers of classes by pixel.
const mostClasses = 1 << 16

// bounded returns an error if a number cannot be that of a class.
func bounded(sample int, what string, all []int) error {
	for _, c := range all {
		if c >= mostClasses {
			return fmt.Errorf("sample %d has %s %d, and classes are below %d", sample, what, c, mostClasses)
		}
	}
	return nil
}

// meanIoU returns the mean over classes of what is common of the pixels that either mask has. Classes
// that occur in neither do not count.
func meanIoU(all [][]overlap, weight []int) float64 {
	var sums []overlap
	for i, sample := range all {
		w := times(weight, i)
		for _, o := range sample {
			for o.class >= len(sums) {
				sums = append(sums, overlap{})
			}
			if o.class >= 0 {
				sums[o.class].both += w * o.both
				sums[o.class].either += w * o.either
			}
		}
	}
	sum, n := 0.0, 0
	for _, o := range sums {
		if o.either > 0 {
			sum, n = sum+o.both/o.either, n+1
		}
	}
	return sum / float64(max(1, n))
}
