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
