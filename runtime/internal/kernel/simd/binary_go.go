package simd

func addGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = x[i] + y[i]
		}
	})
}

func subGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = x[i] - y[i]
		}
	})
}

func mulGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = x[i] * y[i]
		}
	})
}

func divGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = x[i] / y[i]
		}
	})
}

func maxGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = max(x[i], y[i])
		}
	})
}

func minGo(z, x, y []float32, rows, n, ldz, ldx, ldy int) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = min(x[i], y[i])
		}
	})
}

func addClampGo(z, x, y []float32, rows, n, ldz, ldx, ldy int, lo, hi float32) {
	eachRow(z, x, y, rows, n, ldz, ldx, ldy, func(z, x, y []float32) {
		for i := range z {
			z[i] = min(max(x[i]+y[i], lo), hi)
		}
	})
}

func scaleShiftGo(y, x, scale, shift []float32, rows, n, ldy, ldx int, lo, hi float32) {
	for r := range rows {
		y, x := y[r*ldy:][:n], x[r*ldx:][:n]
		for i := range y {
			y[i] = min(max(x[i]*scale[i]+shift[i], lo), hi)
		}
	}
}

func eachRow(z, x, y []float32, rows, n, ldz, ldx, ldy int, f func(z, x, y []float32)) {
	for r := range rows {
		f(z[r*ldz:][:n], x[r*ldx:][:n], y[r*ldy:][:n])
	}
}
