package driver_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func pull(p driver.Path, conditions ...driver.Condition) driver.Op {
	return driver.Pull{Path: p, Where: conditions}
}

func pullAll(p driver.Path, values string) driver.Op {
	return driver.PullAll{Path: p, Values: list(values)}
}

// https://www.mongodb.com/docs/manual/reference/operator/update/pull/
// https://www.mongodb.com/docs/manual/reference/operator/query-comparison/
// https://www.mongodb.com/docs/manual/tutorial/query-for-null-fields/
var pullCases = []evalCase{
	{"equal", `{"a":[1,2,1,3]}`, ops(pull("a", where("", driver.Eq, `1`))), `{"a":[2,3]}`, nil},
	{"equal number of another kind", `{"a":[1,1.0,"1"]}`, ops(pull("a", where("", driver.Eq, `1`))), `{"a":["1"]}`, nil},
	{"all of them", `{"a":[1]}`, ops(pull("a", where("", driver.Eq, `1`))), `{"a":[]}`, nil},
	{"none", `{"a":[1]}`, ops(pull("a", where("", driver.Eq, `2`))), `{"a":[1]}`, nil},
	{"greater, numbers only", `{"a":[1,5,7.5,"9",null,true]}`, ops(pull("a", where("", driver.Gt, `5`))), `{"a":[1,5,"9",null,true]}`, nil},
	{"greater or equal", `{"a":[1,5,7]}`, ops(pull("a", where("", driver.Gte, `5`))), `{"a":[1]}`, nil},
	{"less", `{"a":[1,5,7]}`, ops(pull("a", where("", driver.Lt, `5`))), `{"a":[5,7]}`, nil},
	{"less or equal", `{"a":[1,5,7]}`, ops(pull("a", where("", driver.Lte, `5`))), `{"a":[7]}`, nil},
	{"strings", `{"a":["a","b","B"]}`, ops(pull("a", where("", driver.Gt, `"a"`))), `{"a":["a","B"]}`, nil},
	{"a range", `{"a":[1,5,7]}`, ops(pull("a", where("", driver.Gt, `1`), where("", driver.Lt, `7`))), `{"a":[1,7]}`, nil},
	{"null is equal to null", `{"a":[null,0]}`, ops(pull("a", where("", driver.Eq, `null`))), `{"a":[0]}`, nil},
	{"null is at least null", `{"a":[null,0]}`, ops(pull("a", where("", driver.Gte, `null`))), `{"a":[0]}`, nil},
	{"null is not greater than null", `{"a":[null,0]}`, ops(pull("a", where("", driver.Gt, `null`))), `{"a":[null,0]}`, nil},
	{"object whole", `{"a":[{"b":1},{"b":1,"c":2},1]}`, ops(pull("a", where("", driver.Eq, `{"b":1}`))), `{"a":[{"b":1,"c":2},1]}`, nil},
	{"array whole, in order", `{"a":[[1,2],[2,1]]}`, ops(pull("a", where("", driver.Eq, `[1,2]`))), `{"a":[[2,1]]}`, nil},
	{"an array with such an element", `{"a":[[1,2],[3],1]}`, ops(pull("a", where("", driver.Eq, `1`))), `{"a":[[3]]}`, nil},
	{"an array in the range by two elements", `{"a":[[1,9],[9]]}`, ops(pull("a", where("", driver.Gt, `5`), where("", driver.Lt, `5`))), `{"a":[[9]]}`, nil},
	{"an array, but not deeper", `{"a":[[[1]]]}`, ops(pull("a", where("", driver.Eq, `1`))), `{"a":[[[1]]]}`, nil},

	{"by field", `{"a":[{"b":1},{"b":2},{"c":1},1,[{"b":1}]]}`, ops(pull("a", where("b", driver.Eq, `1`))), `{"a":[{"b":2},{"c":1},1,[{"b":1}]]}`, nil},
	{
		"by two fields", `{"a":[{"b":8,"c":"x"},{"b":8,"c":"y"},{"b":4,"c":"x"}]}`,
		ops(pull("a", where("b", driver.Gte, `8`), where("c", driver.Eq, `"x"`))), `{"a":[{"b":8,"c":"y"},{"b":4,"c":"x"}]}`, nil,
	},
	{"by a field with an array", `{"a":[{"b":[1,2]},{"b":[3]}]}`, ops(pull("a", where("b", driver.Eq, `2`))), `{"a":[{"b":[3]}]}`, nil},
	{"null matches a missing field", `{"a":[{"b":null},{},{"b":0},5]}`, ops(pull("a", where("b", driver.Eq, `null`))), `{"a":[{"b":0},5]}`, nil},
	{"null matches null in an array", `{"a":[{"b":[null]},{"b":[]}]}`, ops(pull("a", where("b", driver.Eq, `null`))), `{"a":[{"b":[]}]}`, nil},
	{"less than a number is not missing", `{"a":[{}]}`, ops(pull("a", where("b", driver.Lt, `5`))), `{"a":[{}]}`, nil},
	{"exists", `{"a":[{"b":null},{}]}`, ops(pull("a", where("b", driver.Exists, `true`))), `{"a":[{}]}`, nil},
	{"exists not", `{"a":[{"b":null},{},1]}`, ops(pull("a", where("b", driver.Exists, `false`))), `{"a":[{"b":null},1]}`, nil},
	{"a number as a field's name", `{"a":[{"0":1},[1]]}`, ops(pull("a", where("0", driver.Eq, `1`))), `{"a":[[1]]}`, nil},

	{"missing", `{}`, ops(pull("a", where("", driver.Eq, `1`))), `{}`, nil},
	{"missing below", `{"a":{}}`, ops(pull("a.b.c", where("", driver.Eq, `1`))), `{"a":{}}`, nil},
	{"element", `{"a":[[1,2]]}`, ops(pull("a.0", where("", driver.Eq, `1`))), `{"a":[[2]]}`, nil},
	{"null as the array", `{"a":null}`, ops(pull("a", where("", driver.Eq, `1`))), "", driver.ErrType},
	{"number as the array", `{"a":1}`, ops(pull("a", where("", driver.Eq, `1`))), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(pull("a.b", where("", driver.Eq, `1`))), "", driver.ErrPath},
	{"array by name", `{"a":[]}`, ops(pull("a.b", where("", driver.Eq, `1`))), "", driver.ErrPath},
}

// https://www.mongodb.com/docs/manual/reference/operator/update/pullAll/
var pullAllCases = []evalCase{
	{"values", `{"a":[0,2,5,5,1,0]}`, ops(pullAll("a", `[0,5]`)), `{"a":[2,1]}`, nil},
	{"equal numbers of another kind", `{"a":[1,1.0,2]}`, ops(pullAll("a", `[1.0]`)), `{"a":[2]}`, nil},
	{"no values", `{"a":[1]}`, ops(pullAll("a", `[]`)), `{"a":[1]}`, nil},
	{"mixed kinds", `{"a":[null,"x",1,true,{}]}`, ops(pullAll("a", `[true,null,"x"]`)), `{"a":[1,{}]}`, nil},
	{"an array whole only", `{"a":[[1],1]}`, ops(pullAll("a", `[1]`)), `{"a":[[1]]}`, nil},
	{"array in order", `{"a":[[1,2],[2,1]]}`, ops(pullAll("a", `[[2,1]]`)), `{"a":[[1,2]]}`, nil},
	{"object whole", `{"a":[{"b":1},{"b":1,"c":2}]}`, ops(pullAll("a", `[{"b":1.0}]`)), `{"a":[{"b":1,"c":2}]}`, nil},
	{"missing", `{}`, ops(pullAll("a", `[1]`)), `{}`, nil},
	{"null", `{"a":null}`, ops(pullAll("a", `[1]`)), "", driver.ErrType},
	{"object as the array", `{"a":{}}`, ops(pullAll("a", `[1]`)), "", driver.ErrType},
	{"through a scalar", `{"a":1}`, ops(pullAll("a.b", `[1]`)), "", driver.ErrPath},
}

func TestPull(t *testing.T)    { testEval(t, pullCases) }
func TestPullAll(t *testing.T) { testEval(t, pullAllCases) }
