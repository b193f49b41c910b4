package memory

import (
	"testing"
	"testing/fstest"
)

func TestLinuxTakesTheLeastOfMachineAndControlGroups(t *testing.T) {
	const meminfo = "MemTotal:       24683528 kB\nMemAvailable:   1000 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing is said", nil, 0},
		{"the machine", map[string]string{"proc/meminfo": meminfo}, 1000 << 10},
		{"version 2, in a group around this one, with pages that can be let go", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "5000\n", "sys/fs/cgroup/a/memory.current": "4000\n",
			"sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 500\n"}, 1500},
		{"version 2, where a container sees its own group as the root", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/docker/x\n", "sys/fs/cgroup/memory.max": "3000\n", "sys/fs/cgroup/memory.current": "1000\n"}, 2000},
		{"version 1", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "9:cpu,cpuacct:/\n4:memory:/job\n",
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "7000\n", "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "1000\n"}, 6000},
		{"a group that has used all", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "3000\n", "sys/fs/cgroup/memory.current": "3500\n"}, 1},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if have := linuxAvailable(root); have != c.want {
			t.Errorf("%s: have %d, want %d", c.name, have, c.want)
		}
	}
}
