package demo

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

const setup = `{"ops":[
	{"op":"set","path":"n","value":10},
	{"op":"set","path":"s","value":"text"},
	{"op":"set","path":"list","value":[3,1,2]},
	{"op":"set","path":"o","value":{"a":1,"b":[{"sku":"x","qty":5},{"sku":"y","qty":2}]}}
]}`

// TestOperators applies each operator to the document of setup and looks at the touched fields, which must also be what
// a later request finds.
func TestOperators(t *testing.T) { eachStore(t, testOperators) }

func testOperators(t *testing.T, server *httptest.Server) {
	for _, tc := range []struct{ name, ops, want string }{
		{"set", `{"op":"set","path":"n","value":{"deep":[true,null]}}`, `{"n":{"deep":[true,null]}}`},
		{"set nested", `{"op":"set","path":"o.b.1.qty","value":7}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"x"},{"qty":7,"sku":"y"}]}}`},
		{"set creates", `{"op":"set","path":"new.x.y","value":""}`, `{"new":{"x":{"y":""}}}`},
		{"set float", `{"op":"set","path":"n","value":1.0}`, `{"n":1.0}`},
		{"set exponent", `{"op":"set","path":"n","value":1e2}`, `{"n":100.0}`},
		{"set largest int", `{"op":"set","path":"n","value":9223372036854775807}`, `{"n":9223372036854775807}`},
		{"set smallest int", `{"op":"set","path":"n","value":-9223372036854775808}`, `{"n":-9223372036854775808}`},
		{"set date", `{"op":"set","path":"n","value":{"$date":"2026-01-02T03:04:05+01:00"}}`, `{"n":{"$date":"2026-01-02T02:04:05.000Z"}}`},
		{"set bytes", `{"op":"set","path":"n","value":{"$binary":"aGk="}}`, `{"n":{"$binary":"aGk="}}`},
		{"set markup", `{"op":"set","path":"n","value":"<b>&\u2028"}`, `{"n":"<b>&` + "\u2028" + `"}`},
		{"setIfAbsent there", `{"op":"setIfAbsent","path":"n","value":1}`, `{"n":10}`},
		{"setIfAbsent missing", `{"op":"setIfAbsent","path":"m","value":1}`, `{"m":1}`},
		{"unset", `{"op":"unset","path":"n"}`, `{}`},
		{"unset nested", `{"op":"unset","path":"o.b"}`, `{"o":{"a":1}}`},
		{"unset missing", `{"op":"unset","path":"m"}`, `{}`},
		{"inc", `{"op":"inc","path":"n","value":-3}`, `{"n":7}`},
		{"inc float", `{"op":"inc","path":"n","value":0.5}`, `{"n":10.5}`},
		{"inc missing", `{"op":"inc","path":"o.c","value":2}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"x"},{"qty":2,"sku":"y"}],"c":2}}`},
		{"mul", `{"op":"mul","path":"n","value":3}`, `{"n":30}`},
		{"mul missing", `{"op":"mul","path":"m","value":3}`, `{"m":0}`},
		{"min", `{"op":"min","path":"n","value":4}`, `{"n":4}`},
		{"min not", `{"op":"min","path":"n","value":40}`, `{"n":10}`},
		{"max", `{"op":"max","path":"n","value":40}`, `{"n":40}`},
		{"max not", `{"op":"max","path":"n","value":4}`, `{"n":10}`},
		{"rename", `{"op":"rename","path":"n","to":"m"}`, `{"m":10}`},
		{"rename into", `{"op":"rename","path":"n","to":"x.y"}`, `{"x":{"y":10}}`},
		{"push value", `{"op":"push","path":"list","value":[4]}`, `{"list":[3,1,2,[4]]}`},
		{"push each", `{"op":"push","path":"list","each":[4,5]}`, `{"list":[3,1,2,4,5]}`},
		{"push position", `{"op":"push","path":"list","each":[4,5],"position":1}`, `{"list":[3,4,5,1,2]}`},
		{"push position from end", `{"op":"push","path":"list","each":[4],"position":-1}`, `{"list":[3,1,4,2]}`},
		{"push slice", `{"op":"push","path":"list","each":[4],"slice":2}`, `{"list":[3,1]}`},
		{"push slice last", `{"op":"push","path":"list","each":[4],"slice":-2}`, `{"list":[2,4]}`},
		{"push slice beyond 32 bits", `{"op":"push","path":"list","each":[4],"slice":3000000000}`, `{"list":[3,1,2,4]}`},
		{"push slice last beyond 32 bits", `{"op":"push","path":"list","each":[4],"slice":-9223372036854775808}`, `{"list":[3,1,2,4]}`},
		{"push position beyond 32 bits", `{"op":"push","path":"list","each":[4],"position":9223372036854775807}`, `{"list":[3,1,2,4]}`},
		{"push slice none", `{"op":"push","path":"list","each":[4],"slice":0}`, `{"list":[]}`},
		{"push sort", `{"op":"push","path":"list","each":[0],"sort":1}`, `{"list":[0,1,2,3]}`},
		{"push sort down, slice", `{"op":"push","path":"list","each":[0],"sort":-1,"slice":3}`, `{"list":[3,2,1]}`},
		{"push sort by field", `{"op":"push","path":"o.b","each":[],"sort":{"qty":1}}`, `{"o":{"a":1,"b":[{"qty":2,"sku":"y"},{"qty":5,"sku":"x"}]}}`},
		{"push sort by path", `{"op":"push","path":"o.b","each":[{"q":{"w":2}},{"q":{"w":1}}],"sort":{"q.w":-1},"slice":2}`, `{"o":{"a":1,"b":[{"q":{"w":2}},{"q":{"w":1}}]}}`},
		{"push missing", `{"op":"push","path":"m","value":1}`, `{"m":[1]}`},
		{"push sort by two", `{"op":"push","path":"o.b","each":[{"qty":5,"sku":"a"}],"sort":{"qty":-1,"sku":1}}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"a"},{"qty":5,"sku":"x"},{"qty":2,"sku":"y"}]}}`},
		{"pop", `{"op":"pop","path":"list"}`, `{"list":[3,1]}`},
		{"pop last", `{"op":"pop","path":"list","first":false}`, `{"list":[3,1]}`},
		{"pop first", `{"op":"pop","path":"list","first":true}`, `{"list":[1,2]}`},
		{"pull value", `{"op":"pull","path":"list","value":1}`, `{"list":[3,2]}`},
		{"pull object", `{"op":"pull","path":"o.b","value":{"qty":2,"sku":"y"}}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"x"}]}}`},
		{"pull where", `{"op":"pull","path":"list","where":{"gte":2}}`, `{"list":[1]}`},
		{"pull where between", `{"op":"pull","path":"list","where":{"gt":1,"lt":3}}`, `{"list":[3,1]}`},
		{"pull where fields", `{"op":"pull","path":"o.b","where":{"qty":{"gt":3},"sku":{"eq":"x"}}}`, `{"o":{"a":1,"b":[{"qty":2,"sku":"y"}]}}`},
		{"pull where field exists", `{"op":"pull","path":"o.b","where":{"qty":{"exists":false}}}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"x"},{"qty":2,"sku":"y"}]}}`},
		{"pullAll", `{"op":"pullAll","path":"list","values":[1,3.0]}`, `{"list":[2]}`},
		{"addToSet each", `{"op":"addToSet","path":"list","each":[1,4,4]}`, `{"list":[3,1,2,4]}`},
		{"addToSet value", `{"op":"addToSet","path":"list","value":9}`, `{"list":[3,1,2,9]}`},
		{"bit and", `{"op":"bit","path":"n","and":2}`, `{"n":2}`},
		{"bit or", `{"op":"bit","path":"n","or":5}`, `{"n":15}`},
		{"bit xor", `{"op":"bit","path":"n","xor":3}`, `{"n":9}`},
		{"pull where ne", `{"op":"pull","path":"list","where":{"ne":1}}`, `{"list":[1]}`},
		{"pull where in", `{"op":"pull","path":"list","where":{"in":[1,2]}}`, `{"list":[3]}`},
		{"pull where nin", `{"op":"pull","path":"o.b","where":{"sku":{"nin":["x"]}}}`, `{"o":{"a":1,"b":[{"qty":5,"sku":"x"}]}}`},
		{"pull where or", `{"op":"pull","path":"list","where":{"or":[{"gt":2},{"lt":2}]}}`, `{"list":[2]}`},
		{"pull where nor", `{"op":"pull","path":"list","where":{"nor":[{"gt":2},{"lt":2}]}}`, `{"list":[3,1]}`},
		{"pull where and", `{"op":"pull","path":"o.b","where":{"and":[{"qty":{"gt":1},"sku":{"eq":"x"}}],"qty":{"lt":9}}}`, `{"o":{"a":1,"b":[{"qty":2,"sku":"y"}]}}`},
		{"pull where a field called or", `{"op":"pull","path":"o.b","where":{"or":{"exists":false},"qty":{"gt":3}}}`, `{"o":{"a":1,"b":[{"qty":2,"sku":"y"}]}}`},
		{"elements", `{"op":"elements","path":"o.b","where":{"sku":{"eq":"x"}},"do":[{"op":"inc","path":"qty","value":1}]}`, `{"o":{"a":1,"b":[{"qty":6,"sku":"x"},{"qty":2,"sku":"y"}]}}`},
		{"elements themselves", `{"op":"elements","path":"list","where":{"gte":2},"do":[{"op":"mul","path":"","value":10}]}`, `{"list":[30,1,20]}`},
		{"every element", `{"op":"elements","path":"o.b","do":[{"op":"unset","path":"sku"},{"op":"set","path":"qty","value":0}]}`, `{"o":{"a":1,"b":[{"qty":0},{"qty":0}]}}`},
		{"sequence", `{"op":"sequence","do":[{"op":"pull","path":"list","value":1},{"op":"push","path":"list","value":1}]}`, `{"list":[3,2,1]}`},
		{"sequence in elements", `{"op":"elements","path":"o.b","do":[{"op":"sequence","do":[{"op":"inc","path":"qty","value":1},{"op":"mul","path":"qty","value":2}]}]}`, `{"o":{"a":1,"b":[{"qty":12,"sku":"x"},{"qty":6,"sku":"y"}]}}`},
		{"several", `{"op":"inc","path":"n","value":1},{"op":"set","path":"s","value":"t"},{"op":"pop","path":"list"}`, `{"list":[3,1],"n":11,"s":"t"}`},
		{"several in one field", `{"op":"inc","path":"o.a","value":1},{"op":"unset","path":"o.b"}`, `{"o":{"a":2}}`},
		{"none", ``, `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, server).begin()
			c.update(setup)
			touched := c.update(`{"ops":[` + tc.ops + `]}`)
			if got := touched.Text(); got != tc.want {
				t.Errorf("answer %s\n  want %s", got, tc.want)
			}
			stored := c.data().Doc()
			for name, v := range touched.Doc().All() {
				if got := stored.Get(name).Text(); got != v.Text() {
					t.Errorf("stored %s: %s, answered %s", name, got, v.Text())
				}
			}
		})
	}
}

func TestCurrentDate(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	if got := c.update(`{"ops":[{"op":"currentDate","path":"at"}]}`).Doc().Get("at"); got.Time().IsZero() {
		t.Errorf("got %s, want a date", got.Text())
	}
}

// TestBadUpdates sends what must fail and change nothing.
func TestBadUpdates(t *testing.T) { eachStore(t, testBadUpdates) }

func testBadUpdates(t *testing.T, server *httptest.Server) {
	c := newClient(t, server).begin()
	c.update(setup)
	before := c.data().Text()
	deep := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	for _, tc := range []struct {
		body, code string
		status     int
	}{
		{`{"ops":[{"op":"set","path":"","value":1}]}`, "path", 400},
		{`{"ops":[{"op":"set","path":"a..b","value":1}]}`, "path", 400},
		{`{"ops":[{"op":"set","path":"$a","value":1}]}`, "path", 400},
		{`{"ops":[{"op":"set","path":"n.x","value":1}]}`, "path", 400},
		{`{"ops":[{"op":"set","path":"list.x","value":1}]}`, "path", 400},
		{`{"ops":[{"op":"inc","path":"s","value":1}]}`, "type", 400},
		{`{"ops":[{"op":"inc","path":"n","value":"1"}]}`, "type", 400},
		{`{"ops":[{"op":"push","path":"n","value":1}]}`, "type", 400},
		{`{"ops":[{"op":"inc","path":"n","value":9223372036854775807}]}`, "overflow", 400},
		{`{"ops":[{"op":"set","path":"n","value":1e308},{"op":"inc","path":"n","value":1}]}`, "conflict", 400},
		{`{"ops":[{"op":"set","path":"o","value":1},{"op":"set","path":"o.a","value":1}]}`, "conflict", 400},
		{`{"ops":[{"op":"rename","path":"n","to":"n"}]}`, "conflict", 400},
		{`{"ops":[{"op":"set","path":"s","value":"x"},{"op":"inc","path":"o.b","value":1}]}`, "type", 400},
		{`{"ops":[{"op":"set","path":"n","value":9223372036854775808}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":1e999}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":{"$date":"today"}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":{"$binary":"%%%"}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":{"$inc":1}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":{"a.b":1}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":{"a":1,"a":2}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":"\ud800"}]}`, "bad_value", 400},
		{"{\"ops\":[{\"op\":\"set\",\"path\":\"n\",\"value\":\"\xff\"}]}", "bad_value", 400},
		{`{"ops":[{"op":"set","path":"n","value":` + deep + `}]}`, "too_large", 413},
		{`{"ops":[{"op":"set","path":"list.9999","value":1}]}`, "too_large", 413},
		{`{"ops":[{"op":"set","path":"n","value":"` + strings.Repeat("x", 1<<20) + `"}]}`, "too_large", 413},
		{`{"ops":[{"op":"set","path":"n","value":"` + strings.Repeat("x", maxBody) + `"}]}`, "too_large", 413},
		{``, "bad_request", 400},
		{`{`, "bad_request", 400},
		{`{"ops":[]}}`, "bad_request", 400},
		{`[]`, "bad_request", 400},
		{`null`, "bad_request", 400},
		{`{"ops":[{"op":"set","path":"n","value":NaN}]}`, "bad_request", 400},
		{`{"ops":[{"op":"set","path":"n","value":01}]}`, "bad_request", 400},
		{`{}`, "bad_request", 400},
		{`{"if":null}`, "bad_request", 400},
		{`{"ops":[],"ops":[]}`, "bad_request", 400},
		{`{"ops":[],"$x":1}`, "bad_request", 400},
		{`{"ops":[{"op":{"$x":1},"path":"n"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"unset","path":"n","path":"s"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"unset","path":"\ud800"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"\ud800":{"eq":1}}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"o.b","where":{"qty":{"eq":1},"qty":{"eq":5}}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"o.b","where":{"qty":{"eq":{"$x":1}}}}]}`, "bad_value", 400},
		{`{"ops":[{"op":"pull","path":"o.b","where":{"qty..x":{"eq":1}}}]}`, "path", 400},
		{`{"ops":[{"op":"push","path":"o.b","each":[],"sort":{"a..b":1}}]}`, "path", 400},
		{`{"ops":[{"op":"push","path":"list","each":[{"$x":1}]}]}`, "bad_value", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"sort":{}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"sort":null}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"path":"n","equals":{"a":1,"a":2}}]}`, "bad_value", 400},
		{`{"ops":{}}`, "bad_request", 400},
		{`{"ops":[1]}`, "bad_request", 400},
		{`{"ops":[],"more":1}`, "bad_request", 400},
		{`{"ops":[{"path":"n","value":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"add","path":"n","value":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"set","value":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"set","path":1,"value":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"set","path":"n"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"set","path":"n","value":1,"to":"x"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"unset","path":"n","value":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"take","path":"n"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"rename","path":"n"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","value":1,"each":[2]}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":2}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"position":1.5}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"slice":9223372036854775808}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"slice":1e2}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"Slice":1}]}`, "bad_request", 400},
		{`{"Ops":[]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"sort":2}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"sort":{"a":1,"b":2}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"push","path":"list","each":[],"sort":{"a":"up"}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pop","path":"list","first":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","value":1,"where":{"gt":1}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"qty":1}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"qty":{}}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"qty":{"near":1}}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"or":[]}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"or":[1]}}]}`, "bad_request", 400},
		{`{"ops":[{"op":"pull","path":"list","where":{"in":1}}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"or":[],"path":"n"}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"or":[{"equals":1}]}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"path":"list","elemMatch":5}]}`, "bad_request", 400},
		{`{"ops":[{"op":"elements","path":"list"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"elements","path":"list","do":[]}]}`, "bad_value", 400},
		{`{"ops":[{"op":"elements","path":"list","do":[{"op":"rename","path":"a","to":"b"}]}]}`, "bad_value", 400},
		{`{"ops":[{"op":"elements","path":"m","do":[{"op":"unset","path":""}]}]}`, "path", 400},
		{`{"ops":[{"op":"sequence","do":[{"op":"unset","path":"n"},{"op":"unset","path":"s"}]}]}`, "path", 400},
		{`{"ops":[{"op":"sequence","path":"n","do":[{"op":"unset","path":"n"}]}]}`, "bad_request", 400},
		{`{"ops":[` + strings.Repeat(`{"op":"sequence","do":[`, 70) + strings.Repeat(`]}`, 70) + `]}`, "bad_request", 400},
		{`{"ops":[{"op":"pullAll","path":"list","values":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"bit","path":"n"}]}`, "bad_request", 400},
		{`{"ops":[{"op":"bit","path":"n","and":1,"or":1}]}`, "bad_request", 400},
		{`{"ops":[{"op":"bit","path":"n","and":1.5}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"path":"n"}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"path":"n","exists":1}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"path":"n","like":1}]}`, "bad_request", 400},
		{`{"ops":[],"if":[{"exists":true}]}`, "bad_request", 400},
	} {
		c.fails("POST", "/api/session/update", tc.body, tc.status, tc.code)
		if after := c.data().Text(); after != before {
			t.Fatalf("%.200s changed the session to %s", tc.body, after)
		}
	}
}

// TestDocs looks for what the interface knows in the page that describes it.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/demo.md")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"store"}
	for _, c := range codes {
		names = append(names, c.code)
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/demo.md does not tell of %q", name)
		}
	}
}
