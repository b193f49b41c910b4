package target

// Portable is the target where the user names none: eight channels are a block of every runtime of the table that runs on
// a processor, at AVX2, or two blocks of four at NEON.
const Portable = "portable"

// channelwise are the operators whose kernels work on blocks of channels.
var channelwise = []string{
	"Conv", "ConvTranspose", "FusedConv", "ConvInteger", "QLinearConv", "DeformConv",
	"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "BatchNormalization", "InstanceNormalization", "PRelu", "Resize", "Upsample",
}

// products are the operators whose kernels are products of matrices.
var products = []string{
	"MatMul", "Gemm", "FusedMatMul", "FusedGemm", "MatMulInteger", "QLinearMatMul", "QGemm", "Einsum", "Attention", "LSTM", "GRU", "RNN",
}

// integers are the element types of what eight-bit operators compute.
var integers = []string{"int8", "uint8", "int32"}

// each puts the same multiple on convolutions and products.
func each(multiple int, types ...string) []Rule {
	return []Rule{{channelwise, types, multiple}, {products, types, multiple}}
}

// targets in the order in which they are listed. Where nothing is published, Source says what the number was inferred
// from.
var targets = []Target{
	{
		Name: Portable, Doc: "multiples that are fast in every runtime of this table that runs on a processor",
		Source: "the other rows: the largest multiple that ONNX Runtime, OpenVINO, MNN, ncnn and TensorFlow Lite share at AVX2 and NEON; docs/targets.md has latencies",
		Rules:  each(8),
	},
	{
		Name: "onnxruntime", Doc: "ONNX Runtime on a processor",
		Source: "onnxruntime/core/optimizer/nchwc_transformer.cc: convolutions run in blocks of channels, of 8 at AVX2 and 16 at AVX-512 (MlasNchwcGetBlockSize), and grouped ones only if the block divides their channels; products in strips of 16 columns (MLAS)",
		Rules:  []Rule{{channelwise, nil, 8}, {products, nil, 16}},
	},
	{
		Name: "openvino", Doc: "OpenVINO on a processor",
		Source: "oneDNN, Understanding Memory Formats: nChw8c at AVX2, nChw16c at AVX-512",
		Rules:  []Rule{{channelwise, nil, 8}, {products, nil, 16}},
	},
	{
		Name: "mnn", Doc: "MNN on a processor",
		Source: "MNN's layout NC4HW4: channels are packed by 4 at NEON, by 8 at AVX2 and for halves",
		Rules:  each(8),
	},
	{
		Name: "ncnn", Doc: "ncnn on a processor",
		Source: "ncnn, element packing: by 4 at NEON, by 8 at AVX2 and for halves and eight-bit integers",
		Rules:  each(8),
	},
	{
		Name: "tflite", Doc: "TensorFlow Lite (LiteRT) with XNNPACK",
		Source: "XNNPACK's names of micro-kernels: tiles of 8 output channels for floats, of 16 for eight-bit integers at NEON with dot products and at AVX2",
		Rules:  append(each(8), each(16, integers...)...),
	},
	{
		Name: "tensorrt", Doc: "TensorRT on a GPU with tensor cores",
		Source: "NVIDIA, TensorRT: Data Format Descriptions (CHW32, HWC8) and Matrix Multiplication Background: multiples of 16 bytes, that is 8 halves or 16 eight-bit integers; vectors of 32 channels for eight-bit convolutions",
		Rules:  append(each(8), Rule{channelwise, integers, 32}, Rule{products, integers, 16}),
	},
	{
		Name: "coreml", Doc: "Core ML",
		Source: "nothing is published; inferred: the neural engine computes in halves and in rows of 64 bytes, that is 32 of them, and 16 is half a row",
		Rules:  each(16),
	},
	{
		Name: "qnn", Doc: "Qualcomm's Hexagon tensor processor (QNN HTP)",
		Source: "Qualcomm, QNN HTP guidelines: activations lie in blocks of 32 channels",
		Rules:  each(32),
	},
	{
		Name: None, Doc: "no preference: any number of units",
		Source: "the finest choice",
	},
}
