package html

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// overflowing lists texts and tables that are beyond the edge of the screen, and plots that were not drawn.
const overflowing = `(() => {
  const out = [], edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > edge) out.push("the page is " + document.documentElement.scrollWidth + " wide");
  for (const e of document.querySelectorAll("svg text, h1, h2, h3, p, pre, dd, .tile *, figcaption")) {
    const r = e.getBoundingClientRect();
    if (r.width > 0 && (r.left < -0.5 || r.right > edge + 0.5)) out.push(e.tagName + " " + e.textContent + " at " + r.left + " to " + r.right);
  }
  for (const e of document.querySelectorAll("[data-plot]")) if (!e.querySelector("svg")) out.push("no plot " + e.dataset.plot);
  return out;
})()`

// middle is the middle of what selector finds, on the screen.
func (b *browser) middle(selector string) (x, y float64) {
	b.t.Helper()
	var at []float64
	b.eval(fmt.Sprintf(`(e => { e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.left + r.width/2, r.top + r.height/2]; })(document.querySelector(%q))`, selector), &at)
	return at[0], at[1]
}

// text is that of all that selector finds.
func (b *browser) text(selector string) string {
	b.t.Helper()
	var s string
	b.eval(fmt.Sprintf(`[...document.querySelectorAll(%q)].map(e => e.textContent).join(" ")`, selector), &s)
	return s
}

// With -artifacts the pictures stay: they are made to be looked at.
func TestPagesOnScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	b := open(t)
	dir := t.ArtifactDir()
	for _, p := range []struct {
		name string
		page Page
	}{
		{"prune", Page{Report: pruned(), Arguments: []string{"pollard", "prune", "models/net.onnx", "-o", "slim.onnx", "--macs", "0.5", "--html", "report.html"}}},
		{"bench", Page{Report: timed(), Arguments: []string{"pollard", "bench", "models/net.onnx", "slim.onnx", "--fit"}}},
		{"front", Page{Report: pruned(), Front: choices()}},
	} {
		path := filepath.Join(dir, p.name+".html")
		if err := os.WriteFile(path, []byte(write(t, p.page)), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1400, 390} {
			for _, scheme := range []string{"light", "dark"} {
				b.show(path, width, scheme)
				b.picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", p.name, width, scheme)))
				var out []string
				if b.eval(overflowing, &out); len(out) > 0 {
					t.Errorf("%s, %d wide, %s: %s", p.name, width, scheme, strings.Join(out, "; "))
				}
				if scheme == "light" {
					b.hovers(p.name, width)
				}
			}
		}
		b.call("Emulation.setEmulatedMedia", map[string]any{"media": "print", "features": []any{}}, nil)
		b.picture(filepath.Join(dir, p.name+"-print.png"))
		b.call("Emulation.setEmulatedMedia", map[string]any{"media": "", "features": []any{}}, nil)
		b.paper(filepath.Join(dir, p.name+".pdf"))
		var broken any
		if b.eval("window.hurt ?? null", &broken); broken != nil {
			t.Errorf("%s: a name ran as a script", p.name)
		}
	}
	for _, c := range slices.Compact(b.complain) {
		t.Error(c)
	}
}

// hovers points at each kind of plot and wants to read what is there: anywhere in a row, or at a dot.
func (b *browser) hovers(name string, width int) {
	b.t.Helper()
	for plot, at := range map[string]struct{ what, want string }{
		"left": {"svg", "left"}, "groups": {"svg", "kept"}, "saliency": {"svg", "removed"}, "pinned": {"svg", "of weights"}, "repairs": {"svg", "after"}, "operators": {"svg", "of all"},
		"ways-0": {`g[aria-label="dot"] > :nth-child(4)`, "weights not zero"}, "efficiency-0": {`g[aria-label="dot"] > :nth-child(4)`, "predicted"},
	} {
		inside := fmt.Sprintf("[data-plot=%q] ", plot)
		if b.text(inside+"svg") == "" {
			continue
		}
		x, y := b.middle(inside + at.what)
		b.mouse(x, y, false)
		if tip := b.text(inside + `g[aria-label="tip"]`); !strings.Contains(tip, at.want) {
			b.t.Errorf("%s, %d wide: pointing at %s shows %q, want %q in it", name, width, plot, tip, at.want)
		}
	}
}

func TestAFrontCanBePointedAtAndClicked(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	b := open(t)
	path := filepath.Join(t.TempDir(), "front.html")
	if err := os.WriteFile(path, []byte(write(t, Page{Report: pruned(), Front: choices()})), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{1400, 390} {
		b.show(path, width, "light")
		x, y := b.middle(`[data-plot="front"] g[aria-label="dot"] > :nth-child(4)`)
		b.mouse(x, y, false)
		if tip := b.text(`[data-plot="front"] g[aria-label="tip"]`); !strings.Contains(tip, "obs, macs 0.80") {
			t.Errorf("%d wide: pointing shows %q", width, tip)
		}
		b.mouse(x, y, true)
		held := b.text(`[data-held="front"]`)
		if !strings.Contains(held, "obs, macs 0.80") || !strings.Contains(held, "written: front/2.onnx") {
			t.Errorf("%d wide: a click holds %q", width, held)
		}
		x, y = b.middle(`[data-axis="latency"]`)
		b.mouse(x, y, true)
		if axes := b.text(`[data-plot="front"] svg`); !strings.Contains(axes, "latency (ms)") || strings.Contains(axes, "MACs →") {
			t.Errorf("%d wide: the axis is not latency: %q", width, axes)
		}
		if now := b.text(`[data-held="front"]`); now != held {
			t.Errorf("%d wide: another axis changed what is held to %q", width, now)
		}
	}
	for _, c := range b.complain {
		t.Error(c)
	}
}
