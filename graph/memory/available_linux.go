package memory

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// system returns the least of what the machine has available, what this process's control groups
// have left, and the limit of its address space.
func system() int64 {
	n := linuxAvailable(os.DirFS("/"))
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &r); err == nil && r.Cur < math.MaxInt64 {
		n = min(n, int64(r.Cur))
	}
	return n
}

// linuxAvailable reads the files under root. It returns 0 if they do not say.
func linuxAvailable(root fs.FS) int64 {
	n := int64(math.MaxInt64)
	if kb, ok := field(root, "proc/meminfo", "MemAvailable:"); ok {
		n = kb << 10
	}
	lines, _ := fs.ReadFile(root, "proc/self/cgroup")
	for _, line := range strings.Split(string(lines), "\n") {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			n = min(n, version2.left(root, parts[2]))
		case contains(parts[1], "memory"):
			n = min(n, version1.left(root, parts[2]))
		}
	}
	if n == math.MaxInt64 {
		return 0
	}
	return n
}

// cgroup holds where a version of control groups reports the limit and the usage of a group.
type cgroup struct {
	mount, limit, usage, stat string
	inactive                  string // the line of stat with the pages of files that can be reclaimed
}

var (
	version1 = cgroup{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file"}
	version2 = cgroup{"sys/fs/cgroup", "memory.max", "memory.current", "memory.stat", "inactive_file"}
)

// left returns what the group at that path and its ancestors have left, or math.MaxInt64 if none
// has a limit. A container may see its own group as the root, so missing folders are skipped.
func (c cgroup) left(root fs.FS, group string) int64 {
	least := int64(math.MaxInt64)
	for at := path.Clean("/" + group); ; at = path.Dir(at) {
		dir := path.Join(c.mount, at)
		if limit, ok := number(root, path.Join(dir, c.limit)); ok {
			used, _ := number(root, path.Join(dir, c.usage))
			cached, _ := field(root, path.Join(dir, c.stat), c.inactive)
			least = min(least, max(1, limit-used+min(cached, used)))
		}
		if at == "/" {
			return least
		}
	}
}

// number reads a file that holds a number. ok is false for any other, such as one that holds "max".
func number(root fs.FS, name string) (n int64, ok bool) {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil
}

// field reads the number after a name at the beginning of a line.
func field(root fs.FS, file, name string) (n int64, ok bool) {
	b, _ := fs.ReadFile(root, file)
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

func contains(list, name string) bool {
	for _, s := range strings.Split(list, ",") {
		if s == name {
			return true
		}
	}
	return false
}
