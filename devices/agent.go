package devices

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mileusna/useragent"
)

// Kind is what kind of device a User-Agent speaks of.
type Kind string

// The kinds.
const (
	UnknownKind Kind = "" // a program, or a Mac that may be an iPad
	Phone       Kind = "phone"
	Tablet      Kind = "tablet"
	Computer    Kind = "computer"
)

// agent is what a User-Agent says; "" is what it does not say.
type agent struct {
	browser, system string
	kind            Kind
}

// Name returns what a header User-Agent claims to be, in English, such as "Firefox on Linux", "curl" or "Android"; "" if it
// claims nothing that is known. It is plain text, to be escaped in a page like any other.
func Name(userAgent string) string { return parseAgent(userAgent).name(english.Name) }

// name returns the name of the device, put together by both.
func (a agent) name(both func(browser, system string) string) string {
	if a.browser != "" && a.system != "" {
		return both(a.browser, a.system)
	}
	return cmp.Or(a.browser, a.system)
}

// parseAgent reads a header User-Agent, which is anybody's text.
func parseAgent(text string) agent {
	ua := useragent.Parse(text)
	has := func(part string) bool { return strings.Contains(text, part) }
	a := agent{browser: browserName(ua), system: ua.OS}
	switch {
	case ua.OS == useragent.IOS: // "iPhone" says more to those who have one
		a.system, a.kind = ua.Device, Phone
		if ua.Tablet {
			a.kind = Tablet
		}
	case ua.OS == useragent.MacOS && (has("CriOS/") || has("FxiOS/") || has("EdgiOS/")):
		a.system, a.kind = "iPad", Tablet
	case ua.OS == useragent.MacOS && ua.Name == useragent.Safari: // an iPad says the very same
		a.system = "Mac or iPad"
	case ua.OS == useragent.Android && !has("Mobile") && (ua.Tablet || has("Safari/")): // the end is there, and that word is not
		a.kind = Tablet
	case ua.OS == useragent.Android, ua.Mobile:
		a.kind = Phone
	case ua.Tablet:
		a.kind = Tablet
	case ua.Desktop:
		a.kind = Computer
	}
	return a
}

// knownNames are those of useragent that are more than one word, or have no version.
var knownNames = []string{
	useragent.OperaMini, useragent.OperaTouch, useragent.HeadlessChrome, useragent.InternetExplorer, useragent.SamsungBrowser,
	useragent.FacebookApp, useragent.InstagramApp, useragent.TiktokApp, useragent.GoogleAdsBot, "Huawei Browser", "Miui Browser",
}

// browserName returns the name that a client has given itself if it looks like one. Where useragent knows none it returns what
// it finds, which could be a whole sentence to the user.
func browserName(ua useragent.UserAgent) string {
	word := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	switch {
	case ua.Name == useragent.OperaTouch:
		return useragent.Opera
	case slices.Contains(knownNames, ua.Name):
		return ua.Name
	case ua.Version == "" || len(ua.Name) > maxName || strings.ContainsFunc(ua.Name, func(r rune) bool { return !word(r) }):
		return ""
	}
	return ua.Name
}

// maxName and maxText are how many characters the page shows of a browser's name, and of any other text that is not the
// application's.
const (
	maxName = 32
	maxText = 100
)

// plain returns the beginning of a text without what could change how the text around it reads.
func plain(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r): // line separators too
			return ' '
		}
		return r
	}, text))
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText-1]) + "…"
	}
	return text
}
