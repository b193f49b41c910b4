package group

import "slices"

// Widths is a part of a's groups of which every free axis has one factor, so that cutting all of them to half halves the width
// of every axis once. Where an axis is a product of free atoms the outermost gives way: heads before head dimensions, the
// groups of a convolution before the channels in them. Where factors of several axes overlap, what was chosen for the first
// is kept to.
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
