package memory

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestParseReadsSizes(t *testing.T) {
	for text, want := range map[string]Limit{
		"": 0, "1": 1, "1000000": 1e6, "4GiB": 4 << 30, "4 gib": 4 << 30, "500MB": 500e6, "1.5g": 3 << 29, "2T": 2 << 40, "7KB": 7000, "12b": 12,
	} {
		if have, err := Parse(text); err != nil || have != want {
			t.Errorf("Parse(%q) = %d, %v, want %d", text, int64(have), err, int64(want))
		}
	}
	for _, text := range []string{"0", "0GiB", "-1", "GiB", "4XiB", "1e3", "0x10", "1_000", "nan", "inf", "9223372036854775807", "8388608TiB", "4GiB4", "1.2.3M"} {
		if have, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", text, int64(have))
		}
	}
}

func TestHoldNamesTheThingItsBytesAndTheLimit(t *testing.T) {
	l := Limit(4 << 30)
	if err := l.hold("input", 4<<30); err != nil {
		t.Errorf("the limit itself was refused: %v", err)
	}
	err := l.hold(`input "x" float[17179869184]`, 64<<30)
	var refused *Error
	if !errors.As(err, &refused) || refused.Bytes != 64<<30 || refused.Limit != 4<<30 {
		t.Fatalf("have %#v", err)
	}
	for _, part := range []string{`input "x" float[17179869184]`, "64 GiB", "4 GiB"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	for _, bytes := range []int64{-1, math.MaxInt64} {
		if err := Limit(math.MaxInt64-1).hold("x", bytes); err == nil || !strings.Contains(err.Error(), "8 EiB or more") {
			t.Errorf("%d bytes: have %v", bytes, err)
		}
	}
}

func TestProductsAndSumsSaturate(t *testing.T) {
	for _, c := range []struct {
		have, want int64
	}{
		{Product[int64](), 1}, {Product(3, 4), 12}, {Product[int64](1<<40, 1<<40), math.MaxInt64}, {Product[int64](1<<40, 1<<40, 0), 0},
		{Product(-1, 4), math.MaxInt64}, {Product(-1, 0), 0}, {Product[int64](1<<31, 1<<31), 1 << 62}, {Product[int64](1<<31, 1<<32), math.MaxInt64},
		{Sum(), 0}, {Sum(1, 2), 3}, {Sum(math.MaxInt64, 1), math.MaxInt64},
	} {
		if c.have != c.want {
			t.Errorf("have %d, want %d", c.have, c.want)
		}
	}
}

func TestTheZeroLimitIsWhatIsAvailable(t *testing.T) {
	n := Limit(0).Bytes()
	if n != available() || n <= 0 {
		t.Errorf("have %d, available is %d", n, available())
	}
	if n < 1<<20 || n > 1<<50 {
		t.Errorf("%d bytes are available, which no machine of today has", n)
	}
}

func TestTextTakesTheLargestUnit(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 64 << 30: "64 GiB", 150<<20 + 1: "150 MiB", math.MaxInt64: "8 EiB"} {
		if have := Text(n); have != want {
			t.Errorf("Text(%d) = %q, want %q", n, have, want)
		}
	}
}

func TestTheZeroLimitIsTheOneOfTheProcess(t *testing.T) {
	before := SetLimit(1000)
	defer SetLimit(before)
	if err := Hold("all of it", 1000); err != nil {
		t.Error(err)
	}
	if err := Hold("a byte more", 1001); err == nil {
		t.Error("more than the limit of the process is allowed")
	}
	if err := Limit(2000).hold("a limit of its own", 1001); err != nil {
		t.Error(err)
	}
	if last := SetLimit(0); last != 1000 || Limit(0).Bytes() != available() {
		t.Errorf("the limit before was %d, and without one it is %d", last, Limit(0).Bytes())
	}
}
