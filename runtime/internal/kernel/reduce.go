package kernel

// lanes are the lines of a tensor along consecutive axes. Element k of a lane lies k*inner after
// its first.
type lanes struct{ outer, size, inner int }

// lanesOver returns the lanes along the axes from first up to, not including, end, taken as one.
func lanesOver(dims []int, first, end int) lanes {
	return lanes{volume(dims[:first]), volume(dims[first:end]), volume(dims[end:])}
}
