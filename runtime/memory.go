package runtime

// Memory is the bytes that a session holds, besides the model itself.
type Memory struct {
	// Activations is what the values of one run take by its plan, Scratch what kernels need beside it. Runs at the same
	// time have each their own.
	Activations, Scratch int64
	// Weights is constants in the form that kernels read them in.
	Weights int64
}

// Memory tells the memory for the extents that were run last. Activations and Scratch are 0 before the first run, and where
// extents depend on the numbers that are fed, so that there is no plan.
func (s *Session) Memory() Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := Memory{Weights: s.weights.Bytes()}
	if len(s.made) > 0 {
		if p := s.made[0].program; p != nil {
			m.Activations = 4 * int64(p.memory)
			m.Scratch = 4 * (int64(p.shared) + int64(p.own)*int64(s.options.Threads))
		}
	}
	return m
}
