package devices

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	mac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
	webkit  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	linux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	ipad    = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
)

var agents = []struct {
	text string
	want agent
}{
	{windows + "Chrome/142.0.0.0 Safari/537.36", agent{"Chrome", "Windows", Computer}},
	{mac + "Chrome/142.0.0.0 Safari/537.36", agent{"Chrome", "macOS", Computer}},
	{linux + "Chrome/142.0.0.0 Safari/537.36", agent{"Chrome", "Linux", Computer}},
	{android + "Chrome/142.0.0.0 Mobile Safari/537.36", agent{"Chrome", "Android", Phone}},
	{android + "Chrome/142.0.0.0 Safari/537.36", agent{"Chrome", "Android", Tablet}},
	{iphone + "CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1", agent{"Chrome", "iPhone", Phone}},
	{ipad + "CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1", agent{"Chrome", "iPad", Tablet}},
	{webkit + "CriOS/142 Version/11.1.1 Safari/605.1.15", agent{"Chrome", "iPad", Tablet}},
	{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", agent{"Chrome", "ChromeOS", Computer}},
	{windows + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", agent{"Edge", "Windows", Computer}},
	{mac + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", agent{"Edge", "macOS", Computer}},
	{android + "Chrome/142.0.7444.48 Mobile Safari/537.36 EdgA/142.0.3595.66", agent{"Edge", "Android", Phone}},
	{iphone + "Version/18.0 EdgiOS/142.3595.66 Mobile/15E148 Safari/605.1.15", agent{"Edge", "iPhone", Phone}},
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", agent{"Firefox", "Windows", Computer}},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", agent{"Firefox", "macOS", Computer}},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", agent{"Firefox", "Linux", Computer}},
	{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", agent{"Firefox", "Linux", Computer}},
	{"Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", agent{"Firefox", "Android", Phone}},
	{"Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", agent{"Firefox", "Android", Tablet}},
	{iphone + "FxiOS/145.0 Mobile/15E148 Safari/605.1.15", agent{"Firefox", "iPhone", Phone}},
	{webkit + "FxiOS/145.0 Safari/605.1.15", agent{"Firefox", "iPad", Tablet}},
	{webkit + "Version/26.1 Safari/605.1.15", agent{"Safari", "Mac or iPad", UnknownKind}},
	{iphone + "Version/26.1 Mobile/15E148 Safari/604.1", agent{"Safari", "iPhone", Phone}},
	{ipad + "Version/26.1 Mobile/15E148 Safari/604.1", agent{"Safari", "iPad", Tablet}},
	{android + "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36", agent{"Samsung Browser", "Android", Phone}},
	{android + "SamsungBrowser/29.0 Chrome/136.0.0.0 Safari/537.36", agent{"Samsung Browser", "Android", Tablet}},
	{windows + "Chrome/141.0.0.0 Safari/537.36 OPR/124.0.0.0", agent{"Opera", "Windows", Computer}},
	{linux + "Chrome/141.0.0.0 Safari/537.36 OPR/124.0.0.0", agent{"Opera", "Linux", Computer}},
	{android + "Chrome/141.0.0.0 Mobile Safari/537.36 OPR/91.0.0.0", agent{"Opera", "Android", Phone}},
	{iphone + "Version/18.7 Mobile/15E148 Safari/604.1 OPT/6.2.0", agent{"Opera", "iPhone", Phone}},
	{windows + "Chrome/142.0.0.0 Safari/537.36 Vivaldi/7.6.3797.63", agent{"Vivaldi", "Windows", Computer}},
	{"Mozilla/5.0 (Linux; Android 15; SM-S931B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36", agent{"Chrome", "Android", Phone}},
	{linux + "HeadlessChrome/142.0.0.0 Safari/537.36", agent{"Headless Chrome", "Linux", Computer}},
	{"curl/8.14.1", agent{"curl", "", UnknownKind}},
	{"Go-http-client/1.1", agent{"Go-http-client", "", UnknownKind}},
	{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", agent{"Googlebot", "", UnknownKind}},
	{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36", agent{"Bingbot", "", UnknownKind}},
	{"", agent{}},
	{android + "Chr", agent{"", "Android", Phone}},
	{"Mozilla/5.0 (Windows NT 10.0; Win", agent{"", "Windows", Computer}},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Ma", agent{"", "iPhone", Phone}},
	{strings.Repeat("x", 256), agent{}},
	{strings.Repeat("\xff/", 128), agent{}},
	{"This device is yours and safe", agent{}},
	{"Checked by your bank/1.0", agent{}},
}

func TestAgent(t *testing.T) {
	for _, c := range agents {
		if got := parseAgent(c.text); got != c.want {
			t.Errorf("%q:\ngot  %+v\nwant %+v", c.text, got, c.want)
		}
	}
}

// Whatever a client sends, the names are short, of one line, and come to an end.
func TestAgentOfAnything(t *testing.T) {
	check := func(text string) {
		a := parseAgent(text)
		if len(a.browser) > maxName || len(a.system) > maxName || !utf8.ValidString(a.browser+a.system) {
			t.Fatalf("%q: %+v", text, a)
		}
	}
	for _, c := range agents {
		for i := range c.text {
			check(c.text[:i])
			check(c.text[i:])
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	const letters = "AndroidMobileWindowsNTiPad/;:()[] http://0.9 \xff<>&\u202e"
	for range 20_000 {
		b := make([]byte, random.IntN(256))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		check(string(b))
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		" My\tphone ":             "Myphone",
		"a\u2028b\u00a0c":         "a b c",
		"safe\u202egnihton\u2066": "safegnihton",
		"caf\xff\u00e9":           "caf\u00e9",
		"👩\u200d💻":                "👩\u200d💻",
		strings.Repeat("é", 100):  strings.Repeat("é", 100),
		strings.Repeat("é", 101):  strings.Repeat("é", 99) + "…",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win":                                      "Windows",
		"curl/8.14.1":                                                            "curl",
	} {
		if got := Name(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
