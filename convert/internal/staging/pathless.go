package staging

import (
	"errors"
	"os"
)

// Pathless takes the path out of an error of package os: of a file that only we know of, or one that the caller names.
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
