package dataset

import (
	"os"
	"testing"
)

// A WAV file that ends anywhere, or has any byte changed, is a sound or an error.
func TestDamagedWaves(t *testing.T) {
	whole, err := os.ReadFile("testdata/sounds/stereo.wav")
	if err != nil {
		t.Fatal(err)
	}
	look := func(b []byte) {
		w, err := parseWave(b)
		if err == nil {
			w.numbers(make([]float32, 300))
		}
	}
	for n := range len(whole) {
		look(whole[:n])
	}
	for i := range 60 {
		for _, v := range []byte{0, 1, 0x7f, 0xff} {
			b := append([]byte(nil), whole...)
			b[i] = v
			look(b)
		}
	}
}
