package staging

import (
	"errors"
	"os"
)

// Pathless strips the path from an error of package os. It serves errors about temporary files,
// which the user does not know, and about paths that the caller names itself.
func Pathless(err error) error {
	var p *os.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
