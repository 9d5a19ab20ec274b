package devices

import (
	"fmt"
	"reflect"
	"time"
)

// Texts are the words of the page, plain text without HTML. Functions are there where a language has plurals, or an order of its
// own.
type Texts struct {
	Lang string // the language: "en"
	Dir  string // in which direction it is written: "ltr" or "rtl"

	Title, Intro  string
	ThisDevice    string // marks the device that the page is shown on
	ActiveNow     string // when that was last used
	LastUsed      string
	SignedIn      string
	Alone         string // there is no other device
	More          string // there are more devices than the page shows
	UnknownDevice string // the name of one that has said nothing

	Phone, Tablet, Computer string

	SignOut, SignOutOthers, Cancel, Back string // what buttons and links say
	SignOutText, SignOutOthersText       string // what they mean
	ConfirmOthers                        string // the question
	DoneBefore                           string // instead of DoneOne if there was nothing left to do

	NotFound    string // no such device of this user's
	Current     string // the one that the page is shown on does not sign itself out here
	Unsupported string // the store cannot find sessions by user
	Unavailable string // the store is out of order: nothing was changed
	Uncertain   string // the store cannot tell what was changed
	Failed      string // something else went wrong

	Name       func(browser, system string) string // neither is ""
	SignOutOne func(name string) string            // what the button of a device is called for those who do not see it
	ConfirmOne func(name string) string
	DoneOne    func(name string) string
	DoneMany   func(devices int) string
	Method     func(method string) string // a name of [atomicsession.AuthenticatedBy], such as "pwd"
	Ago        func(time.Duration) string // never negative
	Exact      func(time.Time) string     // of a time in UTC
}

var english = Texts{
	Lang: "en", Dir: "ltr",

	Title:         "Your devices",
	Intro:         "You are signed in on these devices. Sign out any that you do not know, and then change your password.",
	ThisDevice:    "This device",
	ActiveNow:     "now",
	LastUsed:      "Last used",
	SignedIn:      "Signed in",
	Alone:         "You are signed in on no other device.",
	More:          "There are more devices than are shown here.",
	UnknownDevice: "Unknown device",

	Phone: "Phone", Tablet: "Tablet", Computer: "Computer",

	SignOut: "Sign out", SignOutOthers: "Sign out all others", Cancel: "Cancel", Back: "Back to your devices",
	SignOutText:       "Whoever uses it will have to sign in again.",
	SignOutOthersText: "You stay signed in on this device. Whoever uses the others will have to sign in again.",
	ConfirmOthers:     "Sign out all other devices?",
	DoneBefore:        "That device was signed out already.",

	NotFound:    "You are not signed in on that device, or not any more.",
	Current:     "That is the device that you are using.",
	Unsupported: "This site cannot show your devices.",
	Unavailable: "This does not work at the moment. Nothing was changed. Please try again in a few minutes.",
	Uncertain:   "It is not certain that all of it was done. Please look at your devices, and try again.",
	Failed:      "Something went wrong. Please try again later.",

	Name:       func(browser, system string) string { return browser + " on " + system },
	SignOutOne: func(name string) string { return "Sign out " + name },
	ConfirmOne: func(name string) string { return "Sign out " + name + "?" },
	DoneOne:    func(name string) string { return "Signed out " + name },
	DoneMany: func(n int) string {
		if n == 0 {
			return "No other device was signed in"
		}
		return "Signed out " + counted(n, "device")
	},
	Method: englishMethod,
	Ago:    englishAgo,
	Exact:  func(t time.Time) string { return t.Format("2 January 2006, 15:04 MST") },
}

// withDefaults returns t with the English texts for those that it lacks.
func (t Texts) withDefaults() Texts {
	own, def := reflect.ValueOf(&t).Elem(), reflect.ValueOf(english)
	for i := range own.NumField() {
		if own.Field(i).IsZero() {
			own.Field(i).Set(def.Field(i))
		}
	}
	return t
}

func (t *Texts) kind(k Kind) string {
	return map[Kind]string{Phone: t.Phone, Tablet: t.Tablet, Computer: t.Computer}[k]
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func englishAgo(d time.Duration) string {
	const day = 24 * time.Hour
	units := []struct {
		length time.Duration
		name   string
	}{{365 * day, "year"}, {30 * day, "month"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}}
	for _, unit := range units {
		if d >= unit.length {
			return counted(int(d/unit.length), unit.name) + " ago"
		}
	}
	return "just now"
}

// englishMethod knows the names of RFC 8176 that applications use.
func englishMethod(method string) string {
	switch method {
	case "pwd":
		return "password"
	case "otp":
		return "one-time code"
	case "sms":
		return "text message"
	case "pin":
		return "PIN"
	case "hwk", "swk", "pop":
		return "security key"
	case "face", "fpt", "iris", "retina", "vbm", "bio":
		return "biometrics"
	case "mfa":
		return "two factors"
	case "sc":
		return "smart card"
	case "tel":
		return "telephone"
	}
	return method
}
