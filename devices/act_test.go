package devices_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/devices"
)

func TestSignOutOne(t *testing.T) {
	s := newSite(t, nil)
	phone, tablet, b := s.signedIn(chrome, "ann"), s.signedIn(safari, "ann"), s.signedIn(firefox, "ann")
	links := b.get(path).links() // the last used first; these two at the same moment
	if len(links) != 3 || links[2] != "?device=others" {
		t.Fatalf("links %q", links)
	}
	question := b.want(b.get(path+links[0]), http.StatusOK, "have to sign in again", "Cancel")
	if phone.user() != "ann" || tablet.user() != "ann" {
		t.Fatal("the question has signed out")
	}
	name := "Chrome on Android"
	if !strings.Contains(question.text(), name+"?") {
		name, phone, tablet = "Safari on iPad", tablet, phone
	}
	b.want(question, http.StatusOK, "Sign out "+name+"?")
	done := b.send(http.MethodPost, path+links[0], question.form())
	for _, a := range []answer{b.get(path), b.send(http.MethodHead, path+"?done", nil)} { // neither is the page that follows
		if strings.Contains(a.body, "Signed out") {
			t.Error(a.text())
		}
	}
	a := b.shown(done)
	b.want(a, http.StatusOK, "Signed out "+name)
	if phone.user() != "" || tablet.user() != "ann" || b.user() != "ann" {
		t.Errorf("signed in are %q, %q, %q", phone.user(), tablet.user(), b.user())
	}
	if a := b.get(path + "?done"); strings.Contains(a.text(), "Signed out") {
		t.Errorf("it is said twice: %q", a.text())
	}
	if a := phone.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
		t.Errorf("who was signed out gets %d", a.status)
	}
}

func TestSignOutOthers(t *testing.T) {
	s := newSite(t, nil)
	bob := s.signedIn(chrome, "bob")
	list := []*browser{s.signedIn(chrome, "ann"), s.signedIn(chrome, "ann"), s.signedIn(safari, "ann")}
	b := s.signedIn(firefox, "ann")
	b.want(b.get(path+"?device=others"), http.StatusOK, "Sign out all other devices?", "You stay signed in on this device")
	b.want(b.shown(b.confirmed("?device=others")), http.StatusOK, "Signed out 3 devices", "no other device")
	for _, other := range list {
		if other.user() != "" {
			t.Error("one is still signed in")
		}
	}
	if b.user() != "ann" || bob.user() != "bob" {
		t.Errorf("signed in are %q and %q", b.user(), bob.user())
	}
	b.want(b.shown(b.confirmed("?device=others")), http.StatusOK, "No other device was signed in")
}

// Nobody can put words into the page by an address.
func TestNoticeComesFromTheSession(t *testing.T) {
	s := newSite(t, nil)
	b := s.signedIn(firefox, "ann")
	for _, query := range []string{"?done", "?done=Signed+out+everything", "?done=1&notice=x&device="} {
		if a := b.want(b.get(path+query), http.StatusOK); strings.Contains(a.body, `role="status"`) {
			t.Errorf("%s: %q", query, a.text())
		}
	}
}

// Two tabs show the same list; in one of them a device was signed out.
func TestTwoTabs(t *testing.T) {
	s := newSite(t, nil)
	s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	link := b.get(path).links()[0]
	asked := b.get(path + link)
	b.want(b.shown(b.confirmed(link)), http.StatusOK, "Signed out Chrome on Android")
	b.want(b.shown(b.send(http.MethodPost, path+link, asked.form())), http.StatusOK, "was signed out already")
	b.want(b.get(path+link), http.StatusNotFound, "not signed in on that device", "Back to your devices")
}

// An ID says nothing about others: one of somebody else is answered like one that nobody has.
func TestIDOfAnother(t *testing.T) {
	s := newSite(t, nil)
	b, bob := s.signedIn(firefox, "ann"), s.signedIn(chrome, "bob")
	s.signedIn(chrome, "bob")
	bobs := bob.get(path).links()[0]
	form := b.get(path + "?device=others").form()
	post := func(device string) string {
		form.Set("device", device)
		a := b.send(http.MethodPost, path, form)
		if a.status != http.StatusSeeOther {
			t.Errorf("%q: %d", device, a.status)
		}
		return b.get(path + "?done").text()
	}
	nobodys := "?device=" + s.ended("ann")
	theirs, none := b.want(b.get(path+bobs), http.StatusNotFound), b.want(b.get(path+nobodys), http.StatusNotFound)
	if theirs.body != none.body {
		t.Errorf("asked about bob's: %q, nobody's: %q", theirs.text(), none.text())
	}
	if a, b := post(bobs[8:]), post(nobodys[8:]); a != b || !strings.Contains(a, "signed out already") {
		t.Errorf("sent bob's: %q, nobody's: %q", a, b)
	}
	if n := len(bob.get(path).links()); n != 2 {
		t.Errorf("bob has %d links", n)
	}
	for _, device := range []string{"x", "Others", strings.Repeat("A", 1000), "../", "\x00"} {
		b.want(b.get(path+"?device="+url.QueryEscape(device)), http.StatusNotFound)
		form.Set("device", device)
		b.want(b.send(http.MethodPost, path, form), http.StatusNotFound)
	}
	form.Del("device")
	b.want(b.send(http.MethodPost, path, form), http.StatusNotFound)
}

func TestCurrentStays(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.signedIn(firefox, "ann"), s.signedIn(chrome, "ann")
	link := other.get(path).links()[0] // which is b
	form := b.get(path + "?device=others").form()
	form.Set("device", link[8:])
	b.want(b.get(path+link), http.StatusConflict, "that you are using")
	b.want(b.send(http.MethodPost, path, form), http.StatusConflict, "that you are using")
	if b.user() != "ann" {
		t.Error("it has signed itself out")
	}
}

func TestCSRF(t *testing.T) {
	s := newSite(t, nil)
	other, b := s.signedIn(chrome, "ann"), s.signedIn(firefox, "ann")
	link := b.get(path).links()[0]
	good := b.get(path + link).form()
	for name, change := range map[string]func(url.Values) []string{
		"no token": func(f url.Values) []string { f.Del("csrf_token"); return nil },
		"empty":    func(f url.Values) []string { f.Set("csrf_token", ""); return nil },
		"wrong":    func(f url.Values) []string { f.Set("csrf_token", f.Get("csrf_token")[1:]+"A"); return nil },
		"of another session": func(f url.Values) []string {
			f.Set("csrf_token", other.get(path+"?device=others").form().Get("csrf_token"))
			return nil
		},
		"another origin": func(url.Values) []string { return []string{"Sec-Fetch-Site", "cross-site"} },
		"a sibling":      func(url.Values) []string { return []string{"Sec-Fetch-Site", "same-site"} },
	} {
		for _, device := range []string{good.Get("device"), "others"} {
			form := url.Values{"csrf_token": good["csrf_token"], "device": {device}}
			header := change(form)
			if a := b.send(http.MethodPost, path+link, form, header...); a.status != http.StatusForbidden {
				t.Errorf("%s: %d", name, a.status)
			}
		}
	}
	if other.user() != "ann" {
		t.Fatal("it was signed out")
	}
	all := url.Values{"device": {"others"}}
	b.want(b.send(http.MethodPost, path, all, "X-CSRF-Token", good.Get("csrf_token")), http.StatusSeeOther)
	good.Set("more", strings.Repeat("x", 1<<20))
	if a := b.send(http.MethodPost, path, good); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form: %d", a.status)
	}
}

func TestWithin(t *testing.T) {
	s := newSite(t, &devices.Options{Within: 10 * time.Minute})
	other := s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	link := b.get(path).links()[0]
	forms := []url.Values{b.get(path + link).form(), b.get(path + "?device=others").form()}
	s.advance(10*time.Minute + time.Millisecond)
	b.want(b.get(path), http.StatusOK)
	a := b.get(path + link)
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || to != "/login?return="+url.QueryEscape(path+link) {
		t.Errorf("the question: %d to %q", a.status, to)
	}
	b.send(http.MethodPost, path, forms[0]) // moves on for the last time
	b.want(b.get(path+"?device=others"), http.StatusForbidden, "needs a recent sign-in")
	for _, form := range forms {
		b.want(b.send(http.MethodPost, path, form), http.StatusForbidden, "needs a recent sign-in")
	}
	if other.user() != "ann" {
		t.Fatal("it was signed out")
	}
	b.get("/login?user=ann") // again
	b.want(b.shown(b.confirmed(link)), http.StatusOK, "Signed out Chrome on Android")
}

// The session of the page ends, by another device, before its button is pressed.
func TestEndsUnderThePage(t *testing.T) {
	s := newSite(t, nil)
	third := s.signedIn(safari, "ann")
	other, b := s.signedIn(chrome, "ann"), s.signedIn(firefox, "ann")
	form := b.get(path + "?device=others").form()
	other.shown(other.confirmed("?device=others"))
	s.signedIn(safari, "ann") // signs in anew
	a := b.send(http.MethodPost, path, form)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
		t.Errorf("%d to %q", a.status, a.header.Get("Location"))
	}
	if other.user() != "ann" || third.user() != "" || b.user() != "" {
		t.Errorf("signed in are %q, %q and %q", other.user(), third.user(), b.user())
	}
}

// Every tab gets a page, every device ends once, and this one stays.
func TestAtTheSameTime(t *testing.T) {
	s := newSite(t, nil)
	b := s.signedIn(firefox, "ann")
	var list []*browser
	for range 6 {
		list = append(list, s.signedIn(chrome, "ann"))
	}
	forms := []url.Values{b.get(path + "?device=others").form()}
	for _, link := range b.get(path).links()[:6] {
		form := b.get(path + link).form()
		forms = append(forms, form, form)
	}
	var wg sync.WaitGroup
	for _, form := range forms {
		wg.Go(func() {
			if a := b.send(http.MethodPost, path, form); a.status != http.StatusSeeOther || a.header.Get("Location") != "?done" {
				t.Errorf("%d: %s", a.status, a.text())
			}
			if a := b.get(path + "?done"); a.status != http.StatusOK {
				t.Errorf("the list: %d", a.status)
			}
		})
	}
	wg.Wait()
	for _, other := range list {
		if other.user() != "" {
			t.Error("one is still signed in")
		}
	}
	if b.user() != "ann" {
		t.Error("this one is not")
	}
}
