package simd

// Functions of one number. They write to y, which is as long as x and may be x. Those that need
// more than arithmetic have a relative error of at most 4e-7 where the result is a normal number
// (most are within 3e-7). Subnormal results may become 0. NaN stays NaN. Where minus infinity would
// be multiplied by 0 (Gelu, GeluTanh, QuickGelu, Silu, HardSwish, Mish), the result is the limit,
// -0 or 0.

// Exp writes e^x.
func Exp(y, x []float32) { exp(y[:len(x)], x) }

// Log writes the natural logarithm of x: -Inf at 0, NaN below.
func Log(y, x []float32) { log(y[:len(x)], x) }

// Sigmoid writes 1 / (1 + e^-x).
func Sigmoid(y, x []float32) { sigmoid(y[:len(x)], x) }

// Tanh writes the hyperbolic tangent of x.
func Tanh(y, x []float32) { tanh(y[:len(x)], x) }

// Erf writes the error function of x.
func Erf(y, x []float32) { erf(y[:len(x)], x) }

// Gelu writes x times the normal distribution function at x; Hendrycks and Gimpel, Gaussian Error
// Linear Units, 2016.
func Gelu(y, x []float32) { gelu(y[:len(x)], x) }

// GeluTanh writes the approximation x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2 of Gelu.
func GeluTanh(y, x []float32) { geluTanh(y[:len(x)], x) }

// Silu writes x / (1 + e^-x).
func Silu(y, x []float32) { silu(y[:len(x)], x) }

// HardSwish writes x max(0, min(1, x/6 + 1/2)).
func HardSwish(y, x []float32) { hardSwish(y[:len(x)], x) }

// Softplus writes log(1 + e^x).
func Softplus(y, x []float32) { softplus(y[:len(x)], x) }

// Mish writes x tanh(log(1 + e^x)).
func Mish(y, x []float32) { mish(y[:len(x)], x) }

// Sqrt writes the square root of x.
func Sqrt(y, x []float32) { sqrt(y[:len(x)], x) }

// Elu writes x above 0, alpha (e^x - 1) below.
func Elu(y, x []float32, alpha float32) { elu(y[:len(x)], x, alpha) }

// LeakyRelu writes x above 0, alpha x below.
func LeakyRelu(y, x []float32, alpha float32) { leakyRelu(y[:len(x)], x, alpha) }

// HardSigmoid writes max(0, min(1, alpha x + beta)).
func HardSigmoid(y, x []float32, alpha, beta float32) { hardSigmoid(y[:len(x)], x, alpha, beta) }

// AddNumber writes x + number.
func AddNumber(y, x []float32, number float32) { addNumber(y[:len(x)], x, number) }

// MulNumber writes x number.
func MulNumber(y, x []float32, number float32) { mulNumber(y[:len(x)], x, number) }

// DivNumber writes x / number.
func DivNumber(y, x []float32, number float32) { divNumber(y[:len(x)], x, number) }

// SubFrom writes number - x.
func SubFrom(y, x []float32, number float32) { subFrom(y[:len(x)], x, number) }

// DivInto writes number / x.
func DivInto(y, x []float32, number float32) { divInto(y[:len(x)], x, number) }

// MaxNumber writes max(x, number); NaN wins.
func MaxNumber(y, x []float32, number float32) { maxNumber(y[:len(x)], x, number) }

// MinNumber writes min(x, number); NaN wins.
func MinNumber(y, x []float32, number float32) { minNumber(y[:len(x)], x, number) }

// Abs writes |x|.
func Abs(y, x []float32) { abs(y[:len(x)], x) }

// QuickGelu writes x / (1 + e^(-alpha x)), alpha > 0. Hendrycks and Gimpel use it with 1.702 as an
// approximation of Gelu.
func QuickGelu(y, x []float32, alpha float32) { quickGelu(y[:len(x)], x, alpha) }
