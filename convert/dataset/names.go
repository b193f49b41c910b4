package dataset

// Named is a Source whose samples have names, such as paths of files below a folder, with slashes.
type Named interface {
	Source
	// Names returns the name of each sample. It must not be changed.
	Names() []string
}

// Names returns the names of the samples of s, or nil if they have none.
func Names(s Source) []string {
	switch s := s.(type) {
	case Named:
		return s.Names()
	case *part:
		all := Names(s.of)
		if all == nil {
			return nil
		}
		names := make([]string, len(s.samples))
		for i, n := range s.samples {
			names[i] = all[n]
		}
		return names
	}
	return nil
}
