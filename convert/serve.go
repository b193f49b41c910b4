package convert

import (
	"context"
	"io"

	"github.com/pollard-dev/pollard/convert/internal/peer"
)

// Serve loads the model at path and answers each line of r with a line to w that begins with "ok"
// or "error", as the programs that Bench compares with do; fixtures/peers/serve.go lists the lines.
// A process that does nothing else can tell how much memory a session takes.
func Serve(ctx context.Context, path, inputs string, threads int, r io.Reader, w io.Writer) error {
	return peer.Serve(ctx, path, inputs, threads, r, w)
}
