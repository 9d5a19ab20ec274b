package race

import "context"

// What is tried with cookies. These are no races, but what a fix of one often breaks.
const (
	ChosenID  = "client-chosen ID" // held if two browsers that bring the same made-up cookie share no session
	OldCookie = "old cookie"       // held if the cookie of before the sign-in is not signed in
)

// cookies tries both, each so many times.
func cookies(ctx context.Context, site Site, rounds int) ([]Outcome, error) {
	chosen, old := Outcome{Race: ChosenID, Of: rounds}, Outcome{Race: OldCookie, Of: rounds}
	for range rounds {
		b, err := begun(ctx, site)
		if err != nil {
			return []Outcome{chosen, old}, err
		}
		before := b.Copy()
		mallory, visitor := b.Copy(), site.Browser()
		mallory.Plant(madeUp(b.Cookies()))
		visitor.Plant(mallory.Cookies())
		accepted := false
		for _, request := range []string{"/set?k=planted&v=1", "/login?u=ann"} {
			// A site may refuse to answer such a cookie at all, which is as good.
			if _, err := visitor.Post(ctx, request); err != nil {
				return []Outcome{chosen, old}, err
			}
			if s, err := stateOf(ctx, mallory); err == nil && (s.User != "" || s.Fields["planted"] != "") {
				accepted = true
			}
		}
		if !accepted {
			chosen.Held++
		}
		if err := mustPost(ctx, b, "/login?u=ann"); err != nil {
			return []Outcome{chosen, old}, err
		}
		s, err := stateOf(ctx, before)
		if err != nil {
			return []Outcome{chosen, old}, err
		}
		if s.User == "" {
			old.Held++
		}
	}
	return []Outcome{chosen, old}, nil
}

// madeUp makes cookies up: of the form of these, each letter and digit one place further on.
func madeUp(cookies map[string]string) map[string]string {
	other := make(map[string]string, len(cookies))
	for name, value := range cookies {
		text := []byte(value)
		var places []int
		for i, c := range text {
			if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
				places = append(places, i)
			}
		}
		for i, place := range places {
			text[places[(i+1)%len(places)]] = value[place]
		}
		other[name] = string(text)
	}
	return other
}
