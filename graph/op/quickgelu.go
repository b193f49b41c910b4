package op

import "github.com/pollard-dev/pollard/graph"

func init() {
	register(pointwiseDef("QuickGelu", false, quickGelu, Def{
		Domain: microsoft, Since: 1, Until: 1,
		Doc: "x sigmoid(alpha x); https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.QuickGelu",
	}))
}

func quickGelu(n *graph.Node) func(float64) float64 {
	alpha := float64(n.Float("alpha", 1.702))
	return func(x float64) float64 { return x * sigmoid(alpha*x) }
}
