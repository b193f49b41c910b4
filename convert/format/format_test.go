package format

import "testing"

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ have, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(12345678), "12,345,678"},
		{Over(4, 2), "2.00x"}, {Over(4, 0), ""}, {Times(1.005), "1.00x"},
		{Percent(0.9335), "93.35 %"}, {Points(.937, .9335), "-0.35 points"}, {Points(.5, .51), "+1.00 points"},
		{Milliseconds(0.2754), "0.275 ms"}, {Milliseconds(8.114), "8.11 ms"}, {Milliseconds(81.14), "81.1 ms"}, {Milliseconds(0), "0.00000 ms"},
		{Megabytes(45_400_000), "45.4 MB"},
	} {
		if c.have != c.want {
			t.Errorf("want %q, have %q", c.want, c.have)
		}
	}
}
