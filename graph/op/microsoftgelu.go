package op

func init() {
	register(pointwiseDef("Gelu", false, plain(geluExact), Def{
		Domain: microsoft, Since: 1, Until: 1,
		Doc: "x times the share of a normal distribution below it; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Gelu",
	}))
}
