package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The command opens no connection, and carries nothing that could.
func TestNoNetwork(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "github.com/urfave/cli/v2") {
		t.Fatalf("go list does not list what the command needs: %q", packages)
	}
	for _, p := range packages {
		if p == "net" || strings.HasPrefix(p, "net/http") || p == "crypto/tls" {
			t.Errorf("the command needs %s", p)
		}
	}
}
