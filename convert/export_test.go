package convert

// Difference lets tests compare outputs as the proof does.
var Difference = difference

// LiveBytes and RepairFeeds are liveBytes and repairFeeds, for tests.
var (
	LiveBytes   = liveBytes
	RepairFeeds = repairFeeds
)

// Digest is digest, for tests.
var Digest = digest

// ProveSimplified and ProofTolerance are proveSimplified and proofTolerance, for tests.
var ProveSimplified = proveSimplified

const ProofTolerance = proofTolerance

// Wilson is wilson, and PairedDifference that of so many samples that both, only the first, only the second or neither of two models
// has right, for tests.
var Wilson = wilson

func PairedDifference(both, first, second, neither int) (float64, Interval) {
	return pairs{both, first, second, neither}.difference()
}
