package demo

import "strings"

// deviceLabel says in a few words what a User-Agent header claims to be, such as "Firefox on Linux". It knows common
// browsers and systems by their marks, and no versions.
func deviceLabel(userAgent string) string {
	client, system := firstMark(userAgent, clientMarks), firstMark(userAgent, systemMarks)
	switch {
	case client == "" && system == "":
		return "unknown device"
	case client == "":
		return system
	case system == "":
		return client
	}
	return client + " on " + system
}

type mark struct{ text, name string }

// Browsers also name those that they want to be taken for, so the order counts.
var (
	clientMarks = []mark{
		{"Edg", "Edge"}, // Edg/, EdgA/, EdgiOS/
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"},
		{"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systemMarks = []mark{
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Windows", "Windows"},
		{"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	}
)

func firstMark(userAgent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.text) {
			return m.name
		}
	}
	return ""
}
