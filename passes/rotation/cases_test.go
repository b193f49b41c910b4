package rotation_test

// cases are networks and what of them is put in another basis: kind, and how many bases. Outputs stay as they are, and statistics
// become those of the rotated network.
var cases = []struct{ name, text, want string }{
	{"attention", `net (float[N,6,10] x, float[10,12] wq, float[10,12] wk, float[10,12] wv, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}, float scale = {0.4}>
{
	q0 = MatMul(x, wq)
	q1 = Reshape(q0, heads)
	q = Transpose<perm = [0, 2, 1, 3]>(q1)
	k0 = MatMul(x, wk)
	k1 = Reshape(k0, heads)
	k = Transpose<perm = [0, 2, 3, 1]>(k1)
	v0 = MatMul(x, wv)
	v1 = Reshape(v0, heads)
	v = Transpose<perm = [0, 2, 1, 3]>(v1)
	l = MatMul(q, k)
	s = Mul(l, scale)
	p = Softmax<axis = -1>(s)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	y = MatMul(o2, wo)
}`, "product 3, stream 3"},
	{"pre-norm with biases, a scale on both sides and a residual", `net (float[N,6,12] x, float[12,12] wx, float[12] wg, float[12] wh, float[12,12] wq, float[12] wbq, float[12,12] wk, float[12] wbk, float[12,12] wv, float[12] wbv, float[12,12] wo, float[12] wbo, float[12,5] w_) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}, float scale = {0.6}>
{
	r = MatMul(x, wx)
	n = LayerNormalization(r, wg, wh)
	q0 = MatMul(n, wq)
	qb = Add(q0, wbq)
	q1 = Reshape(qb, heads)
	q2 = Transpose<perm = [0, 2, 1, 3]>(q1)
	q = Mul(q2, scale)
	k0 = MatMul(n, wk)
	kb = Add(wbk, k0)
	k1 = Reshape(kb, heads)
	k2 = Transpose<perm = [0, 2, 3, 1]>(k1)
	k = Mul(k2, scale)
	v0 = MatMul(n, wv)
	vb = Add(v0, wbv)
	v1 = Reshape(vb, heads)
	v = Transpose<perm = [0, 2, 1, 3]>(v1)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	o3 = MatMul(o2, wo)
	ob = Add(o3, wbo)
	s = Add(r, ob)
	t = LayerNormalization(s, wg, wh)
	y = MatMul(t, w_)
}`, "product 3, stream 3"},
	{"one projection of all three, split by a grouped reshape", `net (float[N,6,10] x, float[10,36] w, float[36] wb, float[12,5] wo) => (float[N,6,5] y)
	<int64[5] heads = {0, 6, 3, 3, 4}, int64[3] flat = {0, 6, 12}, int64 zero = {0}, int64 one = {1}, int64 two = {2}>
{
	a = MatMul(x, w)
	b = Add(a, wb)
	c = Reshape(b, heads)
	d = Transpose<perm = [2, 0, 3, 1, 4]>(c)
	q = Gather<axis = 0>(d, zero)
	k0 = Gather<axis = 0>(d, one)
	v = Gather<axis = 0>(d, two)
	k = Transpose<perm = [0, 1, 3, 2]>(k0)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	y = MatMul(o2, wo)
}`, "product 3, stream 3"},
	{"one projection of all three, split before the reshape", `net (float[N,6,10] x, float[10,36] w, float[36] wb, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}, int64[3] sizes = {12, 12, 12}>
{
	a = MatMul(x, w)
	b = Add(a, wb)
	q0, k0, v0 = Split<axis = 2>(b, sizes)
	q1 = Reshape(q0, heads)
	q = Transpose<perm = [0, 2, 1, 3]>(q1)
	k1 = Reshape(k0, heads)
	k = Transpose<perm = [0, 2, 3, 1]>(k1)
	v1 = Reshape(v0, heads)
	v = Transpose<perm = [0, 2, 1, 3]>(v1)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	y = MatMul(o2, wo)
}`, "product 3, stream 3"},
	{"slices of one projection", `net (float[N,6,10] x, float[10,24] w, float[10,6] wv, float[6,5] wo) => (float[N,6,5] y)
	<int64[1] from = {0}, int64[1] mid = {12}, int64[1] to = {9223372036854775807}, int64[1] axis = {-1}>
{
	a = MatMul(x, w)
	q = Slice(a, from, mid, axis)
	k0 = Slice(a, mid, to, axis)
	k = Transpose<perm = [0, 2, 1]>(k0)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	v = MatMul(x, wv)
	o = MatMul(p, v)
	y = MatMul(o, wo)
}`, "product 1, stream 1"},
	{"one head of keys and values for all queries", `net (float[N,6,10] x, float[10,12] wq, float[10,4] wk, float[10,4] wv, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}, int64[1] one = {1}>
{
	q0 = MatMul(x, wq)
	q1 = Reshape(q0, heads)
	q = Transpose<perm = [0, 2, 1, 3]>(q1)
	k0 = MatMul(x, wk)
	k1 = Unsqueeze(k0, one)
	k = Transpose<perm = [0, 1, 3, 2]>(k1)
	v0 = MatMul(x, wv)
	v = Unsqueeze(v0, one)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	y = MatMul(o2, wo)
}`, "product 1, stream 1"},
	{"two heads of keys and values for four of queries", `net (float[N,6,10] x, float[10,16] wq, float[16] wb, float[10,8] wk, float[10,8] wv, float[16,5] wo) => (float[N,6,5] y)
	<int64[4] many = {0, 6, 4, 4}, int64[4] few = {0, 6, 2, 4}, int64[5] wide = {1, 1, 2, 1, 1}, int64[4] all = {0, 4, 6, 4}, int64[3] flat = {0, 6, 16}, int64[1] two = {2}>
{
	q0 = MatMul(x, wq)
	qb = Add(q0, wb)
	q1 = Reshape(qb, many)
	q = Transpose<perm = [0, 2, 1, 3]>(q1)
	k0 = MatMul(x, wk)
	k1 = Reshape(k0, few)
	k2 = Transpose<perm = [0, 2, 1, 3]>(k1)
	k3 = Unsqueeze(k2, two)
	k4 = Expand(k3, wide)
	k5 = Reshape(k4, all)
	k = Transpose<perm = [0, 1, 3, 2]>(k5)
	v0 = MatMul(x, wv)
	v1 = Reshape(v0, few)
	v2 = Transpose<perm = [0, 2, 1, 3]>(v1)
	v3 = Unsqueeze(v2, two)
	v4 = Expand(v3, wide)
	v = Reshape(v4, all)
	l = MatMul(q, k)
	p = Softmax<axis = -1>(l)
	o = MatMul(p, v)
	o1 = Transpose<perm = [0, 2, 1, 3]>(o)
	o2 = Reshape(o1, flat)
	y = MatMul(o2, wo)
}`, "product 2, stream 2"},
	{"keys before queries, of another source, softmax over the keys", `net (float[N,6,10] x, float[N,7,9] z, float[10,5] wq, float[9,5] wk, float[9,5] wv, float[5,4] wo) => (float[N,6,4] y)
{
	q0 = MatMul(x, wq)
	q = Transpose<perm = [0, 2, 1]>(q0)
	k = MatMul(z, wk)
	l = MatMul(k, q)
	p0 = Softmax<axis = 1>(l)
	p = Transpose<perm = [0, 2, 1]>(p0)
	v = MatMul(z, wv)
	o = MatMul(p, v)
	y = MatMul(o, wo)
}`, "product 1, stream 1"},
	{"queries that meet two sets of keys", `net (float[N,6,10] x, float[10,5] wq, float[10,5] wk, float[10,5] wl) => (float[N,6,6] y, float[N,6,6] z)
{
	q = MatMul(x, wq)
	k0 = MatMul(x, wk)
	k = Transpose<perm = [0, 2, 1]>(k0)
	l0 = MatMul(x, wl)
	y = MatMul(q, k)
	q1 = Transpose<perm = [0, 2, 1]>(q)
	z = MatMul(l0, q1)
}`, "product 1"},
	{"what is keys and queries both", `net (float[N,6,10] x, float[10,5] wq, float[10,5] wk, float[10,5] wl) => (float[N,6,6] y, float[N,6,6] z, float[N,6,6] u)
{
	q = MatMul(x, wq)
	k0 = MatMul(x, wk)
	k = Transpose<perm = [0, 2, 1]>(k0)
	l = MatMul(x, wl)
	l1 = Transpose<perm = [0, 2, 1]>(l)
	y = MatMul(q, k)
	z = MatMul(q, l1)
	u = MatMul(l, k)
}`, ""},
	{"a product of one with itself", `net (float[N,6,10] x, float[10,5] wq) => (float[N,6,6] y)
{
	q = MatMul(x, wq)
	k = Transpose<perm = [0, 2, 1]>(q)
	y = MatMul(q, k)
}`, ""},
	{"rotary halves", `net (float[N,6,10] x, float[10,8] wq, float[10,8] wk, float[6,4] wc, float[6,4] ws) => (float[N,6,6] y)
{
	q = MatMul(x, wq)
	k = MatMul(x, wk)
	a, b = Split<axis = -1, num_outputs = 2>(q)
	ac = Mul(a, wc)
	bs = Mul(b, ws)
	as = Mul(a, ws)
	bc = Mul(b, wc)
	a1 = Sub(ac, bs)
	b1 = Add(as, bc)
	q1 = Concat<axis = -1>(a1, b1)
	kt = Transpose<perm = [0, 2, 1]>(k)
	y = MatMul(q1, kt)
}`, ""},
	{"normalised queries", `net (float[N,6,10] x, float[10,8] wq, float[8] wg, float[10,8] wk) => (float[N,6,6] y)
{
	q = MatMul(x, wq)
	n = LayerNormalization(q, wg)
	k = MatMul(x, wk)
	kt = Transpose<perm = [0, 2, 1]>(k)
	y = MatMul(n, kt)
}`, ""},
	{"logits beside a position table that queries read", `net (float[N,6,10] x, float[10,8] wq, float[10,8] wk, float[8,6] wr) => (float[N,6,6] y)
{
	q = MatMul(x, wq)
	k = MatMul(x, wk)
	kt = Transpose<perm = [0, 2, 1]>(k)
	l = MatMul(q, kt)
	r = MatMul(q, wr)
	y = Add(l, r)
}`, ""},
	{"heads that are mixed on the way have one basis", `net (float[N,6,10] x, float[N,6,3,3] z, float[10,12] wv, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}>
{
	v0 = MatMul(x, wv)
	v = Reshape(v0, heads)
	o = MatMul(z, v)
	s = Add(o, v)
	o2 = Reshape(s, flat)
	y = MatMul(o2, wo)
}`, "stream 1"},
	{"heads that are laid out in another order where they are read", `net (float[N,10] x, float[10,24] w, float[24,5] wo) => (float[N,5] y)
	<int64[4] heads = {0, 2, 3, 4}, int64[2] flat = {0, 24}>
{
	a = MatMul(x, w)
	b = Reshape(a, heads)
	c = Transpose<perm = [0, 3, 2, 1]>(b)
	d = Reshape(c, flat)
	y = MatMul(d, wo)
}`, "stream 12, stream 6, stream 8"},
	{"heads that broadcast against each other have one basis", `net (float[N,10] x, float[10,12] wa, float[10,12] wb, float[36,5] wo) => (float[N,5] y)
	<int64[4] rows = {0, 3, 1, 4}, int64[4] columns = {0, 1, 3, 4}, int64[2] flat = {0, 36}>
{
	a0 = MatMul(x, wa)
	a = Reshape(a0, rows)
	b0 = MatMul(x, wb)
	b = Reshape(b0, columns)
	s = Add(a, b)
	d = Reshape(s, flat)
	y = MatMul(d, wo)
}`, "stream 1"},
	{"heads that are exchanged have one basis", `net (float[N,10] x, float[10,12] wa, float[12,5] wo) => (float[N,5] y)
	<int64[4] heads = {0, 2, 2, 3}, int64[2] flat = {0, 12}>
{
	a0 = MatMul(x, wa)
	a = Reshape(a0, heads)
	b = Transpose<perm = [0, 2, 1, 3]>(a)
	s = Add(a, b)
	d = Reshape(s, flat)
	y = MatMul(d, wo)
}`, "stream 1"},
	{"heads that all meet each other have one basis", `net (float[N,10] x, float[10,24] w) => (float[N,3,3] y)
	<int64[4] heads = {0, 2, 3, 4}, int64 zero = {0}, int64 one = {1}>
{
	a0 = MatMul(x, w)
	a = Reshape(a0, heads)
	q = Gather<axis = 1>(a, zero)
	k0 = Gather<axis = 1>(a, one)
	k = Transpose<perm = [0, 2, 1]>(k0)
	y = MatMul(q, k)
}`, "product 1"},
	{"a part of what is read whole", `net (float[N,10] x, float[10,12] wa, float[12,5] wo, float[4,5] wp) => (float[N,5] y, float[N,5] z)
	<int64[3] heads = {0, 3, 4}, int64 zero = {0}>
{
	a = MatMul(x, wa)
	b = Reshape(a, heads)
	c = Gather<axis = 1>(b, zero)
	y = MatMul(a, wo)
	z = MatMul(c, wp)
}`, ""},
	{"one of many heads", `net (float[N,10] x, float[10,12] wa, float[4,5] wp) => (float[N,5] z)
	<int64[3] heads = {0, 3, 4}, int64 last = {-1}>
{
	a = MatMul(x, wa)
	b = Reshape(a, heads)
	c = Gather<axis = 1>(b, last)
	z = MatMul(c, wp)
}`, "stream 1"},
	{"half precision", `net (float16[N,10] x, float16[10,12] wa, float16[12,5] wo) => (float16[N,5] y)
{
	a = MatMul(x, wa)
	y = MatMul(a, wo)
}`, "stream 1"},
	{"units on both axes of a sum", `net (float[N,10] x, float[10,4] wa, float[10,4] wb, float[16,5] wo) => (float[N,5] y)
	<int64[3] rows = {0, 4, 1}, int64[3] columns = {0, 1, 4}, int64[2] flat = {0, 16}>
{
	a0 = MatMul(x, wa)
	s0 = MatMul(x, wb)
	t = Add(a0, s0)
	a = Reshape(t, rows)
	b = Reshape(t, columns)
	s = Add(a, b)
	d = Reshape(s, flat)
	y = MatMul(d, wo)
}`, ""},
	{"the mean over the units", `net (float[N,6,10] x, float[10,8] wa, float[8,5] wo) => (float[N,6,5] y)
{
	a = MatMul(x, wa)
	m = ReduceMean<axes = [2]>(a)
	c = Sub(a, m)
	y = MatMul(c, wo)
}`, ""},
	{"a mean over positions and one over heads", `net (float[N,6,10] x, float[10,12] wa, float[4,5] wo) => (float[N,5] y)
	<int64[4] heads = {0, 6, 3, 4}>
{
	a = MatMul(x, wa)
	b = Reshape(a, heads)
	m = ReduceMean<axes = [1], keepdims = 0>(b)
	n = ReduceMean<axes = [1], keepdims = 0>(m)
	y = MatMul(n, wo)
}`, "stream 1"},
	{"a scale and a gate for each position", `net (float[N,6,10] x, float[N,6,3,1] z, float[10,12] wa, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}, float[1] ws = {0.3}>
{
	a = MatMul(x, wa)
	b = Reshape(a, heads)
	c = Mul(b, ws)
	d = Div(c, z)
	e = Reshape(d, flat)
	y = MatMul(e, wo)
}`, "stream 3"},
	{"a constant for each head added", `net (float[N,6,10] x, float[10,12] wa, float[3,1] ws, float[3,1] wt, float[12,5] wo) => (float[N,6,5] y)
	<int64[4] heads = {0, 6, 3, 4}, int64[3] flat = {0, 6, 12}>
{
	a = MatMul(x, wa)
	b = Reshape(a, heads)
	c = Mul(b, ws)
	d = Add(c, wt)
	e = Reshape(d, flat)
	y = MatMul(e, wo)
}`, ""},
	{"a linear bottleneck with a residual", `net (float[N,3,7,7] x, float[6,3,1,1] w1, float[6] wb1, float[9,6,1,1] w2, float[9,1,3,3] w3, float[6,9,1,1] w4, float[6] wb4, float[5,6,3,3] w5, float[5] wb5, float[4,6,1,1] w6) => (float[N,5,4,4] y, float[N,4,1,1] z)
{
	a = Conv(x, w1, wb1)
	e = Conv(a, w2)
	e1 = Relu(e)
	d = Conv<group = 9, pads = [1, 1, 1, 1]>(e1, w3)
	d1 = Clip(d)
	p = Conv(d1, w4, wb4)
	s = Add(a, p)
	y = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(s, w5, wb5)
	g = GlobalAveragePool(s)
	z = Conv(g, w6)
}`, "stream 1"},
	{"a stream that a depthwise convolution reads", `net (float[N,3,7,7] x, float[6,3,1,1] w1, float[6,1,3,3] w2, float[5,6,1,1] w3) => (float[N,5,5,5] y)
{
	a = Conv(x, w1)
	b = Conv<group = 6>(a, w2)
	y = Conv(b, w3)
}`, ""},
	{"a grouped convolution reads", `net (float[N,3,7,7] x, float[6,3,1,1] w1, float[4,3,1,1] w2) => (float[N,4,7,7] y)
{
	a = Conv(x, w1)
	y = Conv<group = 2>(a, w2)
}`, ""},
	{"a Gemm reads all positions of a channel", `net (float[N,2,6,6] x, float[5,2,3,3] w1, float[5] wb1, float[20,4] w2, float[4] wb2) => (float[N,4] y)
{
	a = Conv(x, w1, wb1)
	b = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(a)
	c = Flatten(b)
	y = Gemm<alpha = 0.5, beta = 2.0>(c, w2, wb2)
}`, "stream 1"},
	{"a transposed convolution between", `net (float[N,2,3,3] x, float[2,5,2,2] w1, float[5] wb1, float[5,4,2,2] w2) => (float[N,4,5,5] y)
{
	a = ConvTranspose(x, w1, wb1)
	y = ConvTranspose(a, w2)
}`, "stream 1"},
	{"a bias that others read", `net (float[N,10] x, float[10,6] wa, float[10,6] wc, float[6] wb, float[6,5] wo) => (float[N,5] y)
{
	a = MatMul(x, wa)
	a1 = Add(a, wb)
	c = MatMul(x, wc)
	c1 = Add(c, wb)
	s = Add(a1, c1)
	y = MatMul(s, wo)
}`, ""},
	{"weights that others read", `net (float[N,10] x, float[N,10] z, float[10,6] wa, float[6,5] wo) => (float[N,5] y)
{
	a = MatMul(x, wa)
	b = MatMul(z, wa)
	s = Add(a, b)
	y = MatMul(s, wo)
}`, ""},
	{"a constant that is no bias", `net (float[N,6,10] x, float[10,8] wa, float[6,8] wp, float[8,5] wo) => (float[N,6,5] y)
{
	a = MatMul(x, wa)
	b = Add(a, wp)
	y = MatMul(b, wo)
}`, ""},
	{"one number is added to all units", `net (float[N,6,10] x, float[10,8] wa, float[8,5] wo) => (float[N,6,5] y)
	<float c = {2}>
{
	a = MatMul(x, wa)
	b = Add(a, c)
	y = MatMul(b, wo)
}`, ""},
	{"an output of the graph", `net (float[N,6,10] x, float[10,8] wa, float[8,5] wo) => (float[N,6,5] y, float[N,6,8] a)
{
	a = MatMul(x, wa)
	y = MatMul(a, wo)
}`, ""},
}
