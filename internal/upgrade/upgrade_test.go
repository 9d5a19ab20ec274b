package upgrade

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// test has one version make a site, and the other join it, go and come back.
func (s site) test(t *testing.T, first, second build) {
	a := first.start(t, s.url)
	early := newVisitor(t).signIn(a, "early")
	early.do(a, "POST", "session/update", `{"ops":[{"op":"set","path":"n","value":1}]}`)
	b := second.start(t, s.url)
	for _, pair := range [][2]*program{{a, b}, {b, a}} {
		t.Run(pair[0].name+" first", func(t *testing.T) {
			t.Run("update", func(t *testing.T) { s.update(t, pair[0], pair[1]) })
			t.Run("renew", func(t *testing.T) { s.renew(t, pair[0], pair[1]) })
			t.Run("end", func(t *testing.T) { s.end(t, pair[0], pair[1]) })
			if s.query != nil {
				t.Run("sweep", func(t *testing.T) { s.sweep(t, pair[0], pair[1]) })
			}
		})
	}
	t.Run("at once", func(t *testing.T) { s.atOnce(t, a, b) })

	// Back to the one that was there first, which is also started anew.
	late := newVisitor(t).signIn(b, "late")
	late.do(b, "POST", "session/update", `{"ops":[{"op":"set","path":"n","value":1}]}`)
	early.do(b, "POST", "session/update", `{"ops":[{"op":"inc","path":"n","value":1}]}`)
	b.stop()
	for _, p := range []*program{a, first.start(t, s.url)} {
		for _, v := range []*visitor{early, late} {
			v.do(p, "POST", "session/update", `{"ops":[{"op":"inc","path":"n","value":1}]}`)
		}
	}
	again := second.start(t, s.url)
	for v, want := range map[*visitor]float64{early: 4, late: 3} {
		if data := v.session(again)["data"]; !reflect.DeepEqual(data, map[string]any{"n": want}) {
			t.Errorf("after a roll-back and another upgrade the session holds %v, want n to be %v", data, want)
		}
	}
}

// batches are updates with all operators and conditions.
var batches = []string{
	`{"ops":[{"op":"set","path":"o","value":{"n":1,"f":0.5,"t":{"$date":"2026-01-31T12:00:00Z"},"b":{"$binary":"aGVsbG8="},"j":{"$json":"{\"a.b\": 1.10}"}}},
		{"op":"set","path":"whole","value":{"$json":"[1, 2]"}},{"op":"set","path":"list","value":[5,3,{"k":1,"l":2},{"k":2,"l":1},3]},{"op":"set","path":"n","value":7},
		{"op":"set","path":"gone","value":null},{"op":"set","path":"text","value":"grüße"},{"op":"currentDate","path":"today"}]}`,
	`{"ops":[{"op":"inc","path":"n","value":5},{"op":"mul","path":"o.f","value":3},{"op":"min","path":"least","value":2},{"op":"max","path":"o.n","value":9},
		{"op":"unset","path":"gone"},{"op":"setIfAbsent","path":"text","value":"x"},{"op":"setIfAbsent","path":"new","value":true}],
		"if":[{"path":"n","gte":7,"lt":8},{"path":"gone","exists":true},{"path":"text","equals":"grüße"}]}`,
	`{"ops":[{"op":"rename","path":"new","to":"renamed"},{"op":"bit","path":"n","xor":3},{"op":"push","path":"pushed","each":[4,1,3],"sort":1,"slice":-2},
		{"op":"addToSet","path":"set","each":[1,2,1]},{"op":"pull","path":"list","where":{"k":{"gt":1}}},{"op":"unset","path":"today"}]}`,
	`{"ops":[{"op":"push","path":"o.list","each":[{"s":2},{"s":1}],"position":0,"sort":{"path":1}},{"op":"pullAll","path":"list","values":[3]},{"op":"addToSet","path":"set","value":3},
		{"op":"pop","path":"pushed","first":true},{"op":"inc","path":"n","value":-1}],"if":[{"path":"o.n","equals":9}]}`,
	`{"ops":[{"op":"pull","path":"set","where":{"gte":3}},{"op":"pop","path":"o.list"},{"op":"rename","path":"o.n","to":"deep.n"},{"op":"push","path":"pushed","value":0,"position":0}]}`,
}

// update has both programs change one session in turn, which must come to what one of them makes of it.
func (s site) update(t *testing.T, first, second *program) {
	work := func(first, second *program) any {
		v := newVisitor(t).signIn(first, "ann")
		for i, batch := range batches {
			by := []*program{first, second}[i%2]
			v.do(by, "POST", "session/update", batch)
		}
		taken := v.do(second, "POST", "session/take", `{"path":"least"}`)
		if !reflect.DeepEqual(taken, map[string]any{"found": true, "value": 2.0}) {
			t.Errorf("%s has taken %v", second.name, taken)
		}
		seen, same := v.session(first), v.session(second)
		if !reflect.DeepEqual(seen, same) || seen["user"] != "ann" {
			t.Errorf("%s says\n%v\n%s says\n%v", first.name, seen, second.name, same)
		}
		status, object, err := v.ask(second, "POST", "session/update", `{"ops":[{"op":"inc","path":"n","value":1}],"if":[{"path":"n","gt":1000}]}`)
		if err != nil || status != http.StatusConflict {
			t.Errorf("%s: a condition that does not hold: %d %v (error: %v)", second.name, status, object, err)
		}
		return seen["data"]
	}
	if got, want := work(first, second), work(second, second); !reflect.DeepEqual(got, want) || len(got.(map[string]any)) < 5 {
		t.Errorf("both have made\n%v, one makes\n%v", got, want)
	}
}

// renew has one program give a session of the other's a new secret, twice: by a renewal and by a sign-in.
func (s site) renew(t *testing.T, first, second *program) {
	v := newVisitor(t).begin(first)
	v.do(first, "POST", "session/update", `{"ops":[{"op":"set","path":"n","value":1}]}`)
	for _, step := range []string{"renew", "sign in"} {
		stale, began := v.copy(first), time.Now()
		if step == "renew" {
			v.do(second, "POST", "session/renew", "")
			v.begin(first)
		} else {
			v.signIn(second, "ann")
		}
		for _, p := range []*program{first, second} {
			why := "another secret"
			if time.Since(began) > driver.RenewalWindow/2 { // on a busy machine it may be forgotten by the time it is asked for
				why = "not found"
			}
			stale.ended(p, why)
		}
		v.do(first, "POST", "session/update", `{"ops":[{"op":"inc","path":"n","value":1}]}`)
	}
	if got := v.session(second); !reflect.DeepEqual(got["data"], map[string]any{"n": 3.0}) || got["user"] != "ann" {
		t.Errorf("the session is %v", got)
	}
	v.do(second, "POST", "session/touch", "")
}

// end has the second program list and end what the first has begun: one session, all others, its own and all.
func (s site) end(t *testing.T, first, second *program) {
	user := "of " + first.name
	var visitors []*visitor
	for i := range 5 {
		visitors = append(visitors, newVisitor(t).signIn([]*program{first, second}[i%2], user))
	}
	here := visitors[0]
	listed := func(want int) {
		t.Helper()
		for _, p := range []*program{first, second} {
			devices, _ := here.do(p, "GET", "devices", "")["devices"].([]any)
			sessions, _ := p.cli(t, s.url, "sessions", "--user", user)["sessions"].([]any)
			if len(devices) != want || len(sessions) != want {
				t.Errorf("%s lists %d and %d sessions, want %d", p.name, len(devices), len(sessions), want)
			}
		}
	}
	listed(5)
	here.do(second, "DELETE", "devices/"+fmt.Sprint(visitors[2].session(first)["id"]), "")
	stale := visitors[4].copy(first)
	visitors[4].do(second, "DELETE", "session", "")
	listed(3)
	if got := here.do(second, "DELETE", "devices", "")["revoked"]; got != 2.0 {
		t.Errorf("%s has ended %v others, want 2", second.name, got)
	}
	listed(1)
	if got, _ := second.cli(t, s.url, "sessions", "--user", user, "--revoke-all")["ended"].([]any); len(got) != 1 {
		t.Errorf("%s has ended %v, want one", second.name, got)
	}
	for _, v := range append(visitors[:4], stale) {
		v.ended(first, "not found")
	}
}

// sweep has the second program remove what has expired, whoever has begun it, and nothing else.
func (s site) sweep(t *testing.T, first, second *program) {
	var rows []string
	var alive []*visitor
	for _, p := range []*program{first, second} {
		alive = append(alive, newVisitor(t).signIn(p, "ann"))
		v := newVisitor(t).signIn(p, "ann")
		rows = append(rows, s.row(v, p))
		s.age(rows[len(rows)-1])
		for _, p := range []*program{first, second} {
			v.ended(p, "not found")
		}
	}
	second.cli(t, s.url, "sweep") // the programs sweep too, so the number may be less
	for _, row := range rows {
		if n := s.query("SELECT count(*) FROM %s" + row); n != 0 {
			t.Errorf("an expired session is still there")
		}
	}
	for _, v := range alive {
		v.do(first, "POST", "session/touch", "")
	}
}

// atOnce has both programs change one session at the same time. What they acknowledge has counted once.
func (s site) atOnce(t *testing.T, programs ...*program) {
	const clients, updates = 3, 20
	v := newVisitor(t).signIn(programs[0], "ann")
	v.do(programs[0], "POST", "session/update", `{"ops":[{"op":"set","path":"deep","value":{"n":0}},{"op":"set","path":"n","value":0}]}`)
	const update = `{"ops":[{"op":"inc","path":%q,"value":1},{"op":"push","path":"log","value":1}]}`
	var counted, refused, other atomic.Int64
	var done sync.WaitGroup
	for _, p := range programs {
		for client := range clients {
			done.Go(func() {
				body := fmt.Sprintf(update, []string{"n", "deep.n"}[client%2])
				for range updates {
					status, object, err := v.ask(p, "POST", "session/update", body)
					switch {
					case err == nil && status == http.StatusOK:
						counted.Add(1)
					case err == nil && reflect.DeepEqual(object["error"], map[string]any{"code": "store", "message": "the session store failed"}):
						refused.Add(1) // others came in between for too long
					default:
						other.Add(1)
						t.Errorf("%s: %d %v (error: %v)", p.name, status, object, err)
					}
				}
			})
		}
	}
	done.Wait()
	for _, p := range programs {
		data, _ := v.session(p)["data"].(map[string]any)
		deep, _ := data["deep"].(map[string]any)
		n, _ := data["n"].(float64)
		m, _ := deep["n"].(float64)
		log, _ := data["log"].([]any)
		if want := counted.Load(); other.Load() == 0 && (int64(n+m) != want || int64(len(log)) != want) || want < clients*updates {
			t.Errorf("%s: %v and %v are counted, and %d in the list, of %d updates (%d were refused)", p.name, n, m, len(log), want, refused.Load())
		}
	}
}

// refuse has a program of another layout version come to the store, and bring it to its own if it can. What one program has written the
// other reads as it is, or refuses to: nobody takes it for something else, or for nothing. The earlier one changes nothing of the later
// one's.
func (s site) refuse(t *testing.T, earlier, later build) {
	before := earlier.start(t, s.url)
	early := newVisitor(t).signIn(before, "early")
	want := map[*visitor]map[string]any{early: early.session(before)}
	now := later.start(t, s.url)
	late := newVisitor(t).signIn(now, "late")
	late.do(now, "POST", "session/update", `{"ops":[{"op":"set","path":"n","value":1}]}`)
	want[late] = late.session(now)
	asked := map[*program]*visitor{now: early, before: late}
	if again, err := earlier.tryStart(t, s.url); err == nil {
		asked[again] = late
	}
	for p, v := range asked {
		status, got, err := v.ask(p, "GET", "session", "")
		if err != nil || status != http.StatusServiceUnavailable && !reflect.DeepEqual(got, want[v]) {
			t.Errorf("%s: a session of the other version: %d %v (error: %v), want %v", p.name, status, got, err, want[v])
		}
		changed, got, err := v.ask(p, "POST", "session/update", `{"ops":[{"op":"inc","path":"n","value":1}]}`)
		mayChange := p == now && status == http.StatusOK
		if err != nil || changed != http.StatusServiceUnavailable && !(mayChange && changed == http.StatusOK) {
			t.Errorf("%s: an update of a session of the other version: %d %v (error: %v)", p.name, changed, got, err)
		}
	}
	if got := late.session(now); !reflect.DeepEqual(got, want[late]) {
		t.Errorf("afterwards the session is %v, want %v", got, want[late])
	}
}
