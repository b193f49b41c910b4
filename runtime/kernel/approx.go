package kernel

// The functions here compute in double precision what is rounded to float32
// afterwards, so that fewer terms do than package math needs: their relative error is
// below 1e-7, where float32 resolves 6e-8. (There is none of exp, which math has in assembly.) The coefficients of erf and tanh are
// weighted least squares fits of x P(x^2)/Q(x^2), reweighted until the error was level.

// erf is the error function; beyond 4 it is 1 to within 1.6e-8.
func erf(x float32) float64 {
	if x >= 4 {
		return 1
	}
	if x <= -4 {
		return -1
	}
	v := float64(x)
	t := v * v
	p := 1.1283790756718752 + t*(0.19496504321776958+t*(0.053293689069699064+t*(0.003946224603301105+
		t*(0.00028632538210083354+t*1.979887190923647e-06))))
	q := 1 + t*(0.506115204927259+t*(0.11594126210612266+t*(0.015331643633304255+
		t*(0.0012015355053290816+t*3.7441863165033396e-05))))
	return v * p / q
}

// tanh is the hyperbolic tangent; beyond 9 it is 1 to within 3.1e-8.
func tanh(x float32) float64 {
	if x >= 9 {
		return 1
	}
	if x <= -9 {
		return -1
	}
	v := float64(x)
	t := v * v
	p := 0.9999999965417622 + t*(0.1367836363780788+t*(0.003866424999385541+t*(2.7971546750011368e-05+
		t*(3.050851925424221e-08-t*1.2155550527511481e-11))))
	q := 1 + t*(0.47011695033241047+t*(0.027238768729529534+t*(0.0003935364812637605+t*1.2849892231427328e-06)))
	return v * p / q
}
