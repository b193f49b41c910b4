package recovery

import "github.com/pollard-dev/pollard/passes/internal/linalg"

// moments are what least squares needs to know of rows x, the inputs, and r, the residuals that a change of the weights
// is to explain.
type moments struct {
	rows   int
	cols   int       // of x
	outs   int       // of r
	gram   []float64 // cols x cols: the sum of x^T x, its upper triangle
	cross  []float64 // cols x outs: the sum of x^T r
	square float64   // the sum of r^2
	energy float64   // the sum of the squared targets

	threads int // that compute with them; 0 and 1 mean one
}

func newMoments(cols, outs int) *moments {
	return &moments{cols: cols, outs: outs, gram: make([]float64, cols*cols), cross: make([]float64, cols*outs)}
}

// add adds rows of x (rows x cols) and r (rows x outs), on at most threads goroutines.
func (m *moments) add(x, r []float32, rows, threads int) {
	s := &slab{rows: rows, ld: m.cols, x: x}
	_, square, _ := linalg.Powers(r[:rows*m.outs])
	m.square += square
	was := m.threads
	m.threads = threads
	m.addProducts(s, r)
	m.threads = was
}

// addProducts adds x^T x and x^T r for the rows of a slab.
func (m *moments) addProducts(s *slab, r []float32) {
	m.rows += s.rows
	linalg.Sums{Gram: m.gram, Cross: m.cross}.Add(s.seen(), linalg.OfSingle(r, s.rows, m.outs, m.outs), m.threads)
}

// seen is what the weights multiply.
func (s *slab) seen() linalg.Single { return linalg.OfSingle(s.x, s.rows, s.ld, s.ld) }

// merged returns the moments of both sets of rows.
func (m *moments) merged(o *moments) *moments {
	s := newMoments(m.cols, m.outs)
	s.threads = m.threads
	s.rows, s.square, s.energy = m.rows+o.rows, m.square+o.square, m.energy+o.energy
	for i := range s.gram {
		s.gram[i] = m.gram[i] + o.gram[i]
	}
	for i := range s.cross {
		s.cross[i] = m.cross[i] + o.cross[i]
	}
	return s
}

// error returns the sum of (r - x d)^2 over the rows for a change d (cols x outs) of the weights; nil means no change.
func (m *moments) error(d []float64) float64 {
	if d == nil {
		return m.square
	}
	// |r - x d|^2 = |r|^2 - 2 tr(d^T x^T r) + tr(d^T x^T x d)
	e := m.square
	gd := make([]float64, m.cols*m.outs)
	linalg.AddSymmetricProduct(linalg.Of(gd, m.cols, m.outs, m.outs), m.gram, linalg.Of(d, m.cols, m.outs, m.outs), m.threads)
	for i, x := range d {
		e += x * (gd[i] - 2*m.cross[i])
	}
	return max(0, e)
}
