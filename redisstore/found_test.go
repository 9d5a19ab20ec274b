package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

// TestFound loses the reply to an update and has another one come before the store asks what became of it: the answer is the
// metadata as the first one left them, or that they are not known. Never those of another moment.
func TestFound(t *testing.T) {
	later := driver.Secret{2}.Verifier()
	updates := map[string]*driver.Update{
		"touch":      {MaxAge: 2 * time.Hour},
		"set":        {Ops: []driver.Op{driver.Set{Path: "s", Value: driver.IntValue(5)}}},
		"set in use": {Ops: []driver.Op{driver.Set{Path: "s", Value: driver.IntValue(5)}, driver.Unset{Path: "n"}}, MaxAge: time.Hour},
		"inc":        inc("n"),
		"nested inc": inc("a.b"),
		"renewal":    {Renew: new(driver.Secret{1}.Verifier()), Attrs: driver.Attrs{"label": "phone"}},
		"sign-in":    {Renew: new(driver.Secret{1}.Verifier()), User: new("ann"), MaxAge: time.Hour, Lifetime: time.Hour},
		"attributes": {Attrs: driver.Attrs{"agent": "x"}, Authenticated: time.Now(), Ops: inc("n").Ops},
	}
	between := map[string]*driver.Update{
		"nothing":  nil,
		"touch":    {MaxAge: 3 * time.Hour},
		"renewal":  {Renew: &later, Attrs: driver.Attrs{"label": "desk"}},
		"sign-in":  {Renew: &later, User: new("bob"), MaxAge: 4 * time.Hour, Lifetime: 4 * time.Hour, Deadline: time.Now().Add(time.Hour)},
		"sign-out": {Renew: &later, User: new("")},
		"update":   inc("other"),
	}
	for name, u := range updates {
		for event, other := range between {
			t.Run(name+", "+event, func(t *testing.T) {
				n := network(t)
				k, now := create(t, n.Near, "", `{"a":{"b":1},"n":1}`)
				left, asked, lost := driver.Result{}, false, false
				n.Proxy.Plan(func(request []byte) faultproxy.Fault {
					switch {
					case lost && readScript.names(request) && !asked: // it asks what became of its update
						asked = true
						applied := k
						if u.Renew != nil {
							applied.Verifier = *u.Renew
						}
						r, err := n.Near.Load(t.Context(), now, applied)
						if err != nil {
							t.Error(err)
						}
						left = driver.Result{Meta: r.Meta, Fields: u.Written(r.Data)}
						if other != nil {
							if _, err := n.Near.Update(t.Context(), now.Add(time.Minute), applied, other); err != nil {
								t.Error(err)
							}
						}
					case applies(request) && !lost:
						lost = true
						return faultproxy.DropReply
					}
					return faultproxy.None
				})
				got, err := n.Far.Update(t.Context(), now, k, u)
				n.Proxy.Plan(nil)
				switch {
				case !asked:
					t.Errorf("it never asked what became of its update (error: %v)", err)
				case other != nil && errors.Is(err, driver.ErrUnknownOutcome):
				case err != nil:
					t.Errorf("error %v", err)
				case got.Meta != left.Meta || !driver.IdenticalDocs(got.Fields, left.Fields):
					t.Errorf("it returned %+v %s,\nand had left %+v %s", got.Meta, got.Fields.Text(), left.Meta, left.Fields.Text())
				}
			})
		}
	}
}
