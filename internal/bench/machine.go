package main

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// machine describes where this program runs. What the system does not tell is left out.
func machine() result.Machine {
	m := result.Machine{Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
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

// measured are the modules whose versions a result depends on.
var measured = []string{
	"github.com/alexedwards/scs/",
	"github.com/gofiber/fiber/",
	"github.com/gofiber/storage/",
	"github.com/gorilla/sessions",
	"github.com/jackc/pgx/",
	"github.com/ncruces/go-sqlite3",
	"github.com/rbcervilla/redisstore/",
	"github.com/redis/",
	"github.com/zerodha/simplesessions/",
	"go.mongodb.org/",
}

// modules returns the versions that this program was built with.
func modules() (versions []result.Version) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		for _, prefix := range measured {
			if strings.HasPrefix(m.Path, prefix) {
				versions = append(versions, result.Version{Name: m.Path, Version: m.Version})
			}
		}
	}
	return append(versions, result.Version{Name: "simplesessions on Redis", Version: "with this program's store, which sends what the library's sends"})
}
