package samples

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
)

// spreadBatch is the number of samples in a batch of Spread when the model takes any number. Memory
// is shared out in batches, so they are small.
const spreadBatch = 32

// Spread returns at most the given number of samples of the data in batches of the size that m takes.
// Each batch takes samples at equal distances from all of the data, so that a few batches stand for
// the whole even if the data are sorted by class. Samples that do not fill a batch are left out.
func Spread(m *graph.Model, data dataset.Source, most int) (batches passes.Batches, count int, err error) {
	given, batch := data.Count(), BatchOf(m)
	count = batch.Floor(min(given, max(most, batch.Step())))
	if count == 0 {
		return nil, 0, fmt.Errorf("calibration: want at least %d samples, have %d", batch.Step(), given)
	}
	return newSpread(batch, data, count, func(i int) int { return i * given / count }), count, nil
}

// HeldOut is Spread over the samples that are held out, the last of every so many; see
// statistics.Inputs. It returns no batches if there are none.
func HeldOut(m *graph.Model, data dataset.Source, folds, most int) (batches passes.Batches, count int, err error) {
	batch, held := BatchOf(m), data.Count()/folds
	if count = batch.Floor(min(held, most)); count == 0 {
		return nil, 0, nil
	}
	return newSpread(batch, data, count, func(i int) int { return i*held/count*folds + folds - 1 }), count, nil
}

func newSpread(batch BatchSize, data dataset.Source, count int, number func(i int) int) spread {
	if !batch.Fixed {
		batch.Size = spreadBatch
	}
	return spread{data, count, (count + batch.Size - 1) / batch.Size, number}
}

// spread takes count samples, of which number gives the numbers in the data, in a number of batches.
type spread struct {
	data           dataset.Source
	count, batches int
	number         func(i int) int
}

func (s spread) Len() int { return s.batches }

func (s spread) Samples(i int) int { return (s.count - i + s.batches - 1) / s.batches }

func (s spread) Read(i int, some []int) (map[string]*graph.Tensor, error) {
	if some == nil {
		some = make([]int, s.Samples(i))
		for k := range some {
			some[k] = k
		}
	}
	of := make([]int, len(some))
	for k, n := range some {
		of[k] = s.number(i + n*s.batches)
	}
	return s.data.Read(of)
}
