package leveltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEncodingsBeyondAreFound assembles what no level may have.
func TestEncodingsBeyondAreFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wrong_amd64.s")
	source := "TEXT ·fAVX2(SB), 4, $0\n\tVMOVUPS Y15, (AX)\n\tVMOVUPS Y16, (AX)\n\tVPTERNLOGD $1, Y0, Y1, Y2\n\tKMOVW AX, K1\n\tRET\n" +
		"TEXT ·fAVX512(SB), 4, $0\n\tVMOVUPS Z16, (AX)\n\tRET\nTEXT ·f(SB), 4, $0\n\tMOVUPS X1, (AX)\n\tVMOVUPS X1, (AX)\n\tRET\n"
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "tool", "asm", "-S", "-p", "p", "-o", filepath.Join(t.TempDir(), "o"), file)
	c.Env = append(os.Environ(), "GOARCH=amd64", "GOOS=linux", "GOFLAGS=")
	listing, err := c.Output()
	if err != nil {
		t.Skip(err)
	}
	got := encodingsBeyond(t, string(listing))
	want := []string{"fAVX2: VMOVUPS\tY16, (AX): EVEX", "fAVX2: VPTERNLOGD\t$1, Y0, Y1, Y2: EVEX", "fAVX2: KMOVW\tAX, K1: mask register", "f: VMOVUPS\tX1, (AX): VEX"}
	if len(got) != len(want) || !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("have %q, want %q", got, want)
	}
}
