package html

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium that is spoken to in its DevTools protocol, through a pipe: a message is JSON and a 0. A test needs a dozen
// of its commands, for which no module has to be in go.mod.
// https://chromedevtools.github.io/devtools-protocol/
type browser struct {
	t        *testing.T
	to       *os.File
	replies  chan reply
	session  string
	last     int
	complain []string // what pages wrote to the console, threw, or asked the network for
	loaded   bool
}

// reply is an answer, or something that happened.
type reply struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// patience is how long an answer may take on a busy machine.
const patience = time.Minute

// open starts a browser with one empty page, and skips the test where there is none.
func open(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("there is no chromium here")
	}
	in, to, err := os.Pipe()
	from, out, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: a straggler of the browser may still write there when the test is over.
	profile, err := os.MkdirTemp("", "pollard-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) })
	c := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--hide-scrollbars", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	c.ExtraFiles = []*os.File{in, out} // 3, which it reads, and 4
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, replies: make(chan reply, 1024)}
	go read(from, b.replies)
	t.Cleanup(func() {
		b.session = ""
		b.send("Browser.close", nil)
		gone := make(chan error, 1)
		go func() { gone <- c.Wait() }()
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			c.Process.Kill()
			<-gone
		}
		to.Close()
		from.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func read(from *os.File, to chan<- reply) {
	defer close(to)
	r := bufio.NewReader(from)
	for {
		b, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m reply
		if json.Unmarshal(b[:len(b)-1], &m) == nil {
			to <- m
		}
	}
}

func (b *browser) send(method string, params any) {
	b.last++
	m := map[string]any{"id": b.last, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Errorf("chromium: %v", err)
	}
}

// call waits for the answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.send(method, params)
	id := b.last
	b.until(method, func(m reply) bool {
		if m.ID != id {
			return false
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return true
	})
}

// until reads what comes until done says that this was it.
func (b *browser) until(what string, done func(reply) bool) {
	b.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m, there := <-b.replies:
			if !there {
				b.t.Fatalf("%s: chromium is gone", what)
			}
			b.happened(m)
			if done(m) {
				return
			}
		case <-late:
			b.t.Fatalf("%s: no answer from chromium", what)
		}
	}
}

// happened notes what a page must not do.
func (b *browser) happened(m reply) {
	switch m.Method {
	case "Page.loadEventFired":
		b.loaded = true
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.complain = append(b.complain, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &p) == nil && !strings.HasPrefix(p.Request.URL, "file:") && !strings.HasPrefix(p.Request.URL, "data:") {
			b.complain = append(b.complain, "a request for "+p.Request.URL)
		}
	}
}

// show opens a file on a screen of this size and waits until it is drawn.
func (b *browser) show(path string, width int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]string{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.loaded = false
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	if !b.loaded {
		b.until("load", func(reply) bool { return b.loaded })
	}
	b.eval("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(0))))", nil)
}

// eval computes an expression in the page, or what it promises.
func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails.Exception.Description)
	}
	if result != nil {
		if err := json.Unmarshal(r.Result.Value, result); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// mouse moves to a place of the screen, and presses there where click is set.
func (b *browser) mouse(x, y float64, click bool) {
	b.t.Helper()
	b.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y}, nil)
	if click {
		for _, what := range []string{"mousePressed", "mouseReleased"} {
			b.call("Input.dispatchMouseEvent", map[string]any{"type": what, "x": x, "y": y, "button": "left", "clickCount": 1}, nil)
		}
	}
	b.eval("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(0))))", nil)
}

// picture is the whole page.
func (b *browser) picture(path string) {
	b.t.Helper()
	var m struct {
		CSSContentSize struct{ Width, Height float64 }
	}
	b.call("Page.getLayoutMetrics", nil, &m)
	var p struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true,
		"clip": map[string]any{"x": 0, "y": 0, "width": m.CSSContentSize.Width, "height": m.CSSContentSize.Height, "scale": 1}}, &p)
	b.save(path, p.Data)
}

// paper is the page as it is printed.
func (b *browser) paper(path string) {
	b.t.Helper()
	var p struct{ Data string }
	b.call("Page.printToPDF", map[string]any{"printBackground": false}, &p)
	b.save(path, p.Data)
}

func (b *browser) save(path, data string) {
	b.t.Helper()
	bytes, err := base64.StdEncoding.DecodeString(data)
	if err == nil {
		err = os.WriteFile(path, bytes, 0o666)
	}
	if err != nil {
		b.t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
}
