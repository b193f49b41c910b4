package convert

import (
	"context"
	"io"

	"github.com/pollard-dev/pollard/convert/internal/peer"
)

// Serve loads the model at path and answers each line of r by one to w that begins with "ok" or "error", as programs do that
// Bench compares with: fixtures/peers/serve.go lists the lines. A process that does nothing else can tell what memory a session takes.
func Serve(ctx context.Context, path, inputs string, threads int, r io.Reader, w io.Writer) error {
	return peer.Serve(ctx, path, inputs, threads, r, w)
}
