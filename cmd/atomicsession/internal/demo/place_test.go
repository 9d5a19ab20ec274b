package demo

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestUnknownField sends misspelt fields, which the message names.
func TestUnknownField(t *testing.T) {
	c := newClient(t, serve(t, nil)).begin()
	for body, want := range map[string]string{
		`{"op":[]}`: `body has the unknown field "op"`,
		`{"ops":[{"op":"set","path":"n","vale":1}]}`:                             `body.ops[0] has the unknown field "vale"`,
		`{"ops":[],"if":[{"path":"n","exists":true},{"path":"n","eq":1}]}`:       `body.if[1] has the unknown field "eq"`,
		`{"ops":[{"op":"pull","path":"list","where":{"qty":{"near":1}}}]}`:       `body.ops[0].where.qty has the unknown field "near"`,
		`{"ops":[{"op":"add","path":"n","value":1}]}`:                            `body.ops[0] has the unknown op "add"`,
		`{"ops":[{"op":"push","path":"list","each":[],"sort":{}}]}`:              `body.ops[0] sorts by no path`,
		`{"ops":[{"op":"pop","path":"list"},{"op":"set","path":"n"}]}`:           `body.ops[1] has no field "value"`,
		`{"ops":[{"path":"n"}]}`:                                                 `body.ops[0] has no field "op"`,
		`{"ops":[{"op":"pop","path":"n","path":"s"}]}`:                           `body.ops[0] has the field "path" twice`,
		`{"ops":[{"op":"pop","path":["n"]}]}`:                                    `body.ops[0] has a field "path" that is no string`,
		`{"ops":[1]}`:                                                            `body.ops[0] is not an object`,
		`{"ops":[{"op":"push","path":"l","each":[],"slice":0.5}]}`:               `body.ops[0] has a field "slice" that is no int`,
		`{"ops":[{"op":"push","path":"l","each":[],"sort":{"a":"up"}}]}`:         `body.ops[0].sort has a field "a" that is no int`,
		`{"ops":[{"op":"pull","path":"l","where":{"q":{"eq":1},"q":{"eq":2}}}]}`: `body.ops[0].where has the field "q" twice`,
		`{"ops":[{"op":"pull","path":"l","where":{"q":{}}}]}`:                    `body.ops[0].where.q compares with nothing`,
		`{"ops":[{"op":"bit","path":"n"}]}`:                                      `body.ops[0] needs one of "and", "or" and "xor"`,
		`{"ops":[],"if":[{"path":"n","gt":1},{"path":"n","exists":1}]}`:          `body.if[1] has a field "exists" that is no bool`,
		`{"ops":[{"op":"inc","path":"n","value":1},{"op":"unset","path":"s"}]]`:  `body is not JSON`,
	} {
		resp := c.send("POST", "/api/session/update", body)
		message, err := driver.ParseValue(resp.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := message.Doc().Lookup("error.message").Str(); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
