package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/graph/memory"
)

// wave is the sound of a WAV file, before its numbers are decoded
// (https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html).
type wave struct {
	rate     int // samples a second and channel
	channels int
	bits     int // of a number
	float    bool
	data     []byte
}

// The codes of formats.
const (
	wavePCM        = 1
	waveFloat      = 3
	waveExtensible = 0xfffe // the code is in the format's extension
)

// openWave reads the file at path. Errors do not name it.
func openWave(path string) (*wave, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("want a file")
	}
	if err := memory.Hold("the file", memory.Product(5, info.Size())); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, staging.Pathless(err)
	}
	return parseWave(b)
}

// parseWave finds the chunks "fmt " and "data".
func parseWave(b []byte) (*wave, error) {
	if len(b) == 0 {
		return nil, errors.New("want a WAV file, have an empty file")
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("want a WAV file, have bytes that begin with % x", b[:min(4, len(b))])
	}
	var w wave
	for at := int64(12); at+8 <= int64(len(b)); {
		name, size := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8:]
		if size > int64(len(body)) {
			return nil, fmt.Errorf("WAV: chunk %q declares %d bytes, and %d follow", name, size, len(body))
		}
		body = body[:size]
		switch name {
		case "fmt ":
			if err := w.format(body); err != nil {
				return nil, fmt.Errorf("WAV: %w", err)
			}
		case "data":
			if w.channels == 0 {
				return nil, errors.New("WAV: want a chunk \"fmt \" before the data")
			}
			frame := w.channels * w.bits / 8
			w.data = body[:len(body)/frame*frame]
			if len(w.data) == 0 {
				return nil, errors.New("WAV: want samples, have none")
			}
			return &w, nil
		}
		at += 8 + size + size%2
	}
	return nil, errors.New("WAV: want a chunk \"data\", have none")
}

// format reads the chunk "fmt ".
func (w *wave) format(b []byte) error {
	if len(b) < 16 {
		return fmt.Errorf("want a format of 16 bytes or more, have %d", len(b))
	}
	code := binary.LittleEndian.Uint16(b)
	w.channels, w.bits = int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint16(b[14:]))
	rate := binary.LittleEndian.Uint32(b[4:])
	if code == waveExtensible && len(b) >= 26 {
		code = binary.LittleEndian.Uint16(b[24:])
	}
	w.float = code == waveFloat
	switch {
	case code != wavePCM && code != waveFloat:
		return fmt.Errorf("want PCM or floating-point numbers, have format %d", code)
	case w.channels < 1 || w.channels > 64:
		return fmt.Errorf("want 1 to 64 channels, have %d", w.channels)
	case rate < 1 || rate > 1<<20:
		return fmt.Errorf("want a rate of up to 1 MHz, have %d", rate)
	case w.float && w.bits != 32 && w.bits != 64, !w.float && w.bits != 8 && w.bits != 16 && w.bits != 24 && w.bits != 32:
		return fmt.Errorf("want 8, 16, 24 or 32 bits, or 32 or 64 of a floating-point number, have %d", w.bits)
	}
	w.rate = int(rate)
	return nil
}

// frames returns the number of samples of each channel.
func (w *wave) frames() int { return len(w.data) / (w.channels * w.bits / 8) }

// numbers writes the first samples to dst, the mean of all channels, from -1 to 1; what is left of dst stays
// as it is.
func (w *wave) numbers(dst []float32) {
	width := w.bits / 8
	for i := range min(len(dst), w.frames()) {
		sum := 0.0
		for c := range w.channels {
			sum += w.number(w.data[(i*w.channels+c)*width:])
		}
		dst[i] = float32(sum / float64(w.channels))
	}
}

// number decodes the number at the front of b.
func (w *wave) number(b []byte) float64 {
	switch {
	case w.float && w.bits == 32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case w.float:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case w.bits == 8: // without a sign
		return (float64(b[0]) - 128) / 128
	case w.bits == 16:
		return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case w.bits == 24:
		return float64(int32(b[0])<<8|int32(b[1])<<16|int32(b[2])<<24) / (1 << 31)
	}
	return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
}
