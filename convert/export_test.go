package convert

// Difference lets tests compare outputs as the proof does.
var Difference = difference
