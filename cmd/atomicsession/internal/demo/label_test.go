package demo

import (
	"strings"
	"testing"
)

func TestDeviceLabel(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                "unknown device",
		"Go-http-client/1.1":              "unknown device",
		"curl/8.14.1":                     "curl",
		"Mozilla/5.0 (X11; Linux x86_64)": "Linux",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                          "Firefox on Linux",
		"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0":                                                            "Firefox on Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0":   "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36":                 "Chrome on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":                  "Chrome on ChromeOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":           "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile Safari/604.1": "Chrome on iPhone",
		strings.Repeat("Firefox/ Linux ", 1000): "Firefox on Linux",
	} {
		if got := deviceLabel(agent); got != want {
			t.Errorf("%.100q: %q, want %q", agent, got, want)
		}
	}
}
