package onnx

import (
	"errors"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/memory"
)

// importer builds a graph.Model from messages, which it takes apart.
type importer struct {
	external *external // nil: external data is refused
	opsets   map[string]int
	// around holds the model's opsets while a function is read: domains that the function does not
	// import itself have those versions.
	around     map[string]int
	inFunction bool
	// declaredWeights reports that initializers are declared among the inputs of the main graph
	// because the format required it, not as defaults: see declaresWeights.
	declaredWeights bool
}

// declaresWeights reports whether files of that IR version declare every initializer among the
// graph's inputs. Such inputs cannot be fed: only version 4 began to tell constants from inputs
// with a default, and runtimes take all initializers of older files for constants.
func declaresWeights(irVersion int64) bool { return irVersion < 4 }

// onnxDomain returns the canonical name of a domain: ONNX's own has two.
func onnxDomain(domain string) string {
	if domain == "ai.onnx" {
		return ""
	}
	return domain
}

func (im *importer) model(p *onnxpb.ModelProto) (*graph.Model, error) {
	if p.Graph == nil {
		return nil, errors.New("the model has no graph")
	}
	var err error
	if im.opsets, err = readOpsets(p.OpsetImport); err != nil {
		return nil, err
	}
	if p.GetIrVersion() < 3 && len(p.OpsetImport) == 0 {
		im.opsets[""] = 1 // implied by IR versions 1 and 2
	}
	im.declaredWeights = declaresWeights(p.GetIrVersion())
	g, err := im.graph(p.Graph, nil)
	if err != nil {
		return nil, err
	}
	if err := holdInputs(g); err != nil {
		return nil, err
	}
	m := &graph.Model{IRVersion: p.GetIrVersion(), Opsets: im.opsets, Graph: g}
	for _, e := range p.MetadataProps {
		m.Metadata = append(m.Metadata, graph.Property{Key: e.GetKey(), Value: e.GetValue()})
	}
	if err := im.functions(p.Functions, m); err != nil {
		return nil, err
	}
	p.Graph, p.Functions = nil, nil
	if err := refuseExternal(func(v visitor) { v.beside(p) }); err != nil {
		return nil, fmt.Errorf("training information: %w", err)
	}
	m.Extra = &modelExtra{proto: p, external: im.external.paths()}
	return m, nil
}

// holdInputs refuses inputs that exceed memory even if their symbolic extents are 1: whatever is
// done with the model starts with them.
func holdInputs(g *graph.Graph) error {
	for _, v := range g.Inputs {
		if v.Const != nil || v.Type.Shape == nil {
			continue
		}
		least := v.Type
		least.Shape = v.Type.Shape.Clone()
		for i, d := range least.Shape {
			if !d.Known() {
				least.Shape[i] = graph.Size(1)
			}
		}
		if bytes, known := least.Bytes(); known {
			if err := memory.Hold(fmt.Sprintf("input %q %v", v.Name, v.Type), bytes); err != nil {
				return err
			}
		}
	}
	return nil
}

// readOpsets returns the imported versions by domain.
func readOpsets(list []*onnxpb.OperatorSetIdProto) (map[string]int, error) {
	opsets := map[string]int{}
	for _, o := range list {
		domain, version := onnxDomain(o.GetDomain()), o.GetVersion()
		if version < 0 || version > math.MaxInt32 {
			return nil, fmt.Errorf("opset of domain %q: version %d is out of range", domain, version)
		}
		if other, twice := opsets[domain]; twice && other != int(version) {
			return nil, fmt.Errorf("opset of domain %q is imported as version %d and as %d", domain, other, version)
		}
		opsets[domain] = int(version)
	}
	return opsets, nil
}

// refuseExternal fails if walk meets external data in messages that are written as they were read:
// in another folder their locations would be wrong.
func refuseExternal(walk func(visitor)) (err error) {
	walk(func(t *onnxpb.TensorProto) {
		if isExternal(t) {
			err = fmt.Errorf("tensor %q: external data is not supported here", t.GetName())
		}
	})
	return err
}

func isExternal(t *onnxpb.TensorProto) bool {
	return t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL
}
