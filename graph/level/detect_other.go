//go:build (!amd64 && !arm64) || noasm

package level

func detect() Level { return Generic }
