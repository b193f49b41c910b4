package convert

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// MergeStatistics merges the statistics at paths, which must be of different shards of the same
// samples and of the same model, and writes the result to out. The order of the paths makes no
// difference. At most two sets are held in memory. Ready, which may be nil, is as in Job.
func MergeStatistics(ctx context.Context, paths []string, out string, ready func(*report.Report) error) (*report.Report, error) {
	if len(paths) == 0 {
		return nil, errors.New("merge: want files of statistics, have none")
	}
	type part struct {
		path string
		calibrate.Header
	}
	var parts []part
	for _, path := range paths {
		if err := output.Check(path, out); err != nil {
			return nil, err
		}
		h, err := calibrate.ReadHeader(path)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{path, h})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return slices.Compare(a.Shard.Parts, b.Shard.Parts) })
	all := parts[0].Header
	for _, p := range parts[1:] {
		err := all.Joins(p.Header)
		if err == nil {
			all.Shard, err = all.Shard.Join(p.Shard)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.path, err)
		}
	}
	var sum *statistics.Set
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, set, err := calibrate.Read(p.path)
		if err == nil && sum != nil {
			if err = sum.Merge(set); err != nil {
				err = fmt.Errorf("%s: %w", p.path, err)
			}
		}
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = set
		}
	}
	all.Samples = sum.Samples
	r := report.New("calibrate")
	j := Calibration{Out: out, Ready: ready}
	return r, j.write(ctx, all, sum, r)
}
