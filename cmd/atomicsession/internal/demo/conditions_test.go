package demo

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestConditions sends each condition with a change, on the document of setup.
func TestConditions(t *testing.T) { eachStore(t, testConditions) }

func testConditions(t *testing.T, server *httptest.Server) {
	for _, tc := range []struct {
		condition string
		holds     bool
	}{
		{`{"path":"n","exists":true}`, true},
		{`{"path":"n","exists":false}`, false},
		{`{"path":"m","exists":false}`, true},
		{`{"path":"n","equals":10}`, true},
		{`{"path":"n","equals":10.0}`, true},
		{`{"path":"n","equals":"10"}`, false},
		{`{"path":"o.b.0","equals":{"sku":"x","qty":5}}`, true},
		{`{"path":"n","gt":9}`, true},
		{`{"path":"n","gt":10}`, false},
		{`{"path":"n","gte":10}`, true},
		{`{"path":"n","lt":10}`, false},
		{`{"path":"n","lte":10}`, true},
		{`{"path":"n","gt":5,"lt":15}`, true},
		{`{"path":"n","gt":5,"lt":8}`, false},
		{`{"path":"n","gt":5},{"path":"s","equals":"text"}`, true},
		{`{"path":"n","ne":9}`, true},
		{`{"path":"n","ne":10}`, false},
		{`{"path":"m","ne":10}`, true},
		{`{"path":"n","in":[9,10]}`, true},
		{`{"path":"n","in":[]}`, false},
		{`{"path":"n","nin":[9]}`, true},
		{`{"path":"n","nin":[10]}`, false},
		{`{"path":"list","elemMatch":{"gt":2}}`, true},
		{`{"path":"list","elemMatch":{"gt":3}}`, false},
		{`{"path":"o.b","elemMatch":{"sku":{"eq":"x"},"qty":{"gt":4}}}`, true},
		{`{"path":"o.b","elemMatch":{"sku":{"eq":"y"},"qty":{"gt":4}}}`, false},
		{`{"path":"o.b","elemMatch":{"or":[{"sku":{"eq":"z"}},{"qty":{"gt":4}}]}}`, true},
		{`{"or":[{"path":"n","equals":9},{"path":"s","equals":"text"}]}`, true},
		{`{"or":[{"path":"n","equals":9},{"path":"s","equals":"other"}]}`, false},
		{`{"or":[{"path":"n","gt":5,"lt":8},{"path":"n","gt":9,"lt":11}]}`, true},
		{`{"nor":[{"path":"n","equals":9},{"path":"s","equals":"other"}]}`, true},
		{`{"nor":[{"path":"n","equals":9},{"path":"s","equals":"text"}]}`, false},
		{`{"and":[{"path":"n","equals":10},{"or":[{"path":"s","equals":"text"}]}],"nor":[{"path":"m","exists":true}]}`, true},
		{`{"path":"n","gt":5},{"path":"s","equals":"other"}`, false},
	} {
		t.Run(tc.condition, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, server).begin()
			c.update(setup)
			request := `{"ops":[{"op":"set","path":"s","value":"changed"}],"if":[` + tc.condition + `]}`
			if tc.holds {
				c.update(request)
			} else {
				c.fails("POST", "/api/session/update", request, http.StatusConflict, "condition")
			}
			if changed := c.data().Doc().Get("s").Str() == "changed"; changed != tc.holds {
				t.Errorf("changed: %v, want %v", changed, tc.holds)
			}
		})
	}
}

// TestConditionAlone sends a condition with nothing to do.
func TestConditionAlone(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	c.update(setup)
	if got := c.update(`{"if":[{"path":"n","equals":10}]}`).Text(); got != "{}" {
		t.Errorf("touched: %s", got)
	}
	c.fails("POST", "/api/session/update", `{"if":[{"path":"n","equals":11}]}`, http.StatusConflict, "condition")
}
