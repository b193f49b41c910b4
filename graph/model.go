package graph

// Model is a graph with the data that a file has about it.
type Model struct {
	IRVersion int64
	// Opsets maps a domain ("" for ONNX's own) to the version in force.
	Opsets map[string]int
	Graph  *Graph
	// Metadata is the model's key-value properties in the order of the file.
	Metadata []Property
	// Functions are the operators that the model defines itself, in the order of the file.
	Functions []*Function

	// Extra is for importers: producer, doc string, training information, unknown fields.
	Extra any
}

// Property is one entry of a model's metadata.
type Property struct{ Key, Value string }

// NewModel returns a model with an empty graph, under the given version of ONNX's operator set.
func NewModel(opset int) *Model {
	return &Model{IRVersion: 8, Opsets: map[string]int{"": opset}, Graph: New("graph")}
}
