package recovery

import "context"

func init() {
	register(Method{
		Name: "bias", Doc: "mean compensation: each bias makes up for the mean of what its node lost",
		Apply: func(ctx context.Context, in Input) ([]Repair, error) { return walk(ctx, in, way{group: fitBias.group}) },
	})
}

// fitBias solves for the last column alone, which is all ones (bias correction: Nagel et al. 2019,
// section 4.2, https://arxiv.org/abs/1906.04721).
var fitBias = fit(func(train, _ *moments) fitted {
	if train.rows == 0 {
		return nil
	}
	return func(m *moments) []float64 {
		d := make([]float64, m.cols*m.outs)
		for i := range m.outs {
			at := (m.cols-1)*m.outs + i
			d[at] = m.cross[at] / float64(m.rows)
		}
		return d
	}
})
