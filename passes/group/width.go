package group

import "slices"

// Widths is a subset of a's groups that contains one factor of every free axis, so that halving all of them halves the
// width of every axis once. Of an axis that is a product of free atoms it has the outermost: heads rather than head
// dimensions, the groups of a convolution rather than the channels in them. Where factors of several axes overlap, the
// choice for the first stands.
func (a *Analysis) Widths() []*Group {
	chosen, spared := map[*Group]bool{}, map[*Group]bool{}
	for _, v := range a.values {
		for axis := range a.axes[v] {
			for _, p := range a.Products(v, axis) {
				if len(p.Groups) < 2 {
					continue
				}
				if !slices.ContainsFunc(p.Groups, func(g *Group) bool { return chosen[g] }) {
					give := slices.IndexFunc(p.Groups, func(g *Group) bool { return !spared[g] })
					chosen[p.Groups[max(0, give)]] = true
				}
				for _, g := range p.Groups {
					spared[g] = spared[g] || !chosen[g]
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(a.Groups), func(g *Group) bool { return spared[g] && !chosen[g] })
}
