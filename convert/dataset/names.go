package dataset

// Names returns the names of the samples of s, as those of the files of pictures, or nil if they have
// none. A Source whose samples have names has a method Names() []string.
func Names(s Source) []string {
	switch s := s.(type) {
	case interface{ Names() []string }:
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
