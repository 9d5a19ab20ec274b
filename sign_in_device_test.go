package atomicsession_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// Nobody's session has no device, nor one the methods of another sign-in; and a sign-in that says nothing of its device has not that of before.
func TestDeviceOfBefore(t *testing.T) {
	device := map[string]string{"city": "Paris"}
	site := newSite(t, &atomicsession.Options{Device: func(*http.Request) map[string]string { return device }})
	b := site.browser()
	if err := b.from("one", renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	if err := b.from("one", renew(atomicsession.User(""), atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	if info, _ := b.info(); info.UserAgent != "" || info.Device != nil || info.Methods != nil || !info.Authenticated.IsZero() {
		t.Errorf("of nobody is known: %+v", info)
	}
	for _, next := range []map[string]string{nil, {"city": strings.Repeat("x", 300)}} {
		device = map[string]string{"city": "Paris"}
		if err := b.from("one", renew(atomicsession.User("ann"))); err != nil {
			t.Fatal(err)
		}
		device = next
		if err := b.from("", renew(atomicsession.User("bob"))); err != nil {
			t.Fatal(err)
		}
		if info, _ := b.info(); info.UserAgent != "" || info.Device != nil {
			t.Errorf("bob's session is said to be on ann's device: %+v", info)
		}
	}
}

// Nobody signs in and out in one step.
func TestAuthenticatedByOfNobody(t *testing.T) {
	site := newSite(t, nil)
	for name, do := range map[string]call{
		"Renew": renew(atomicsession.User(""), atomicsession.AuthenticatedBy("pwd")),
		"Reset": reset(atomicsession.AuthenticatedBy("pwd"), atomicsession.User("")),
	} {
		b := site.browser()
		if err := b.do(signIn()); err != nil {
			t.Fatal(err)
		}
		if err := b.do(do); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v, want ErrValue", name, err)
		}
		if err := b.do(actWithin(time.Hour)); err != nil {
			t.Errorf("after the refused %s: %v", name, err)
		}
	}
}

// What a Reset has put another session in the place of is nobody's, for as long as it is there.
func TestResetLeavesNothingKnown(t *testing.T) {
	site := newSite(t, &atomicsession.Options{Device: func(*http.Request) map[string]string { return map[string]string{"a": "b"} }})
	b := site.browser()
	if err := b.do(renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))); err != nil {
		t.Fatal(err)
	}
	if err := b.do(reset(atomicsession.User("ann"))); err != nil {
		t.Fatal(err)
	}
	for info, err := range site.sessions.Sessions(t.Context()) {
		if err != nil || info.User == "" && (info.UserAgent != "" || info.Device != nil || info.Methods != nil) {
			t.Errorf("%+v, %v", info, err)
		}
	}
}
