package result

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// ThisMachine describes where this program runs. What the system does not tell is left out.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	m.CPU = field("/proc/cpuinfo", "model name", ":")
	if kilobytes, ok := strings.CutSuffix(field("/proc/meminfo", "MemTotal", ":"), " kB"); ok {
		n, _ := strconv.ParseInt(kilobytes, 10, 64)
		m.Memory = n << 10
	}
	if name := strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`); name != "" {
		m.OS = name + ", " + m.OS
	}
	return m
}

// field returns what follows the name in a file of such lines; "" if there is nothing.
func field(path, name, separator string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), separator); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Modules returns the versions of the modules that this program was built with whose paths begin so.
func Modules(prefixes ...string) (versions []Version) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, prefix := range prefixes {
		for _, m := range info.Deps {
			if strings.HasPrefix(m.Path, prefix) {
				versions = append(versions, Version{Name: m.Path, Version: m.Version})
			}
		}
	}
	return versions
}
