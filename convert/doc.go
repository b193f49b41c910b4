// Package convert prunes ONNX models and says what that cost. It is the face of the program: Prune,
// Sweep, Ticket, Calibrate, Verify, Bench, Inspect, Redundancy, Run and RunTests are what the
// commands of cmd/pollard call. Each reads files, goes through its stages and returns a report;
// none prints.
//
// The stages themselves are rooms below convert/internal, one for each decision. They take values
// and return values, and a room imports only rooms on lower floors; importlaw_test.go lists the
// floors.
package convert
