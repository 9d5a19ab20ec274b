package drivertest

import "github.com/atomicsession/atomicsession/driver"

// at, keep and by return p with an option.

func at(position int, p driver.Push) driver.Push {
	p.Position = &position
	return p
}

func keep(n int, p driver.Push) driver.Push {
	p.Slice = &n
	return p
}

func by(path driver.Path, desc bool, p driver.Push) driver.Push {
	p.Sort = append(p.Sort, driver.Sort{By: path, Desc: desc})
	return p
}

var pushRows = []row{
	on(`{}`, push("a", `1`)),
	on(`{}`, push("a", `1`, `"x"`, `null`, `[]`, `{}`)),
	on(`{}`, push("a")),
	on(`{"a":{}}`, push("a.b.c")),
	on(`{"a":[1]}`, push("a.2")),
	on(`{"a":5}`, push("a")),
	on(`{}`, push("a.b.c", `1`)),
	on(`{"a":[]}`, push("a")),
	on(`{"a":[]}`, push("a", `[]`)),
	on(`{"a":[1]}`, push("a", `1`)),
	on(`{"a":[1]}`, push("a", `[2,3]`)),
	on(`{"a":[[1]]}`, push("a.0", `2`)),
	on(`{"a":[1]}`, push("a.0", `2`)),
	on(`{"a":[1]}`, push("a.2", `2`)),
	on(`{"a":[null]}`, push("a.0", `2`)),
	on(`{"a":{"b":[1]}}`, push("a.b", `{"c":9007199254740993}`)),
	on(`{"a":5}`, push("a", `1`)),
	on(`{"a":"x"}`, push("a", `1`)),
	on(`{"a":null}`, push("a", `1`)),
	on(`{"a":{}}`, push("a", `1`)),
	on(`{"a":{"$binary":"AQ=="}}`, push("a", `1`)),
	on(`{"a":5}`, push("a.b", `1`)),
	on(`{"a":null}`, push("a")),
	on(`{"a":[1,2,3]}`, at(0, push("a", `8`, `9`))),
	on(`{"a":[1,2,3]}`, at(1, push("a", `8`, `9`))),
	on(`{"a":[1,2,3]}`, at(3, push("a", `8`, `9`))),
	on(`{"a":[1,2,3]}`, at(99, push("a", `8`, `9`))),
	on(`{"a":[1,2,3]}`, at(-1, push("a", `8`, `9`))),
	on(`{"a":[1,2,3]}`, at(-2, push("a", `8`))),
	on(`{"a":[1,2,3]}`, at(-3, push("a", `8`))),
	on(`{"a":[1,2,3]}`, at(-99, push("a", `8`, `9`))),
	on(`{"a":[]}`, at(-1, push("a", `8`))),
	on(`{}`, at(2, push("a", `8`))),
	on(`{"a":[1,2,3]}`, at(0, push("a"))),
	on(`{"a":[1,2,3]}`, keep(0, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(2, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(4, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(99, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(-2, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(-4, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(-99, push("a", `4`))),
	on(`{"a":[1,2,3]}`, keep(1, push("a"))),
	on(`{"a":[1,2,3]}`, keep(-1, push("a"))),
	on(`{}`, keep(0, push("a", `4`))),
	on(`{}`, keep(-1, push("a", `4`, `5`))),
	on(`{"a":[1,2,3]}`, at(1, keep(3, push("a", `8`, `9`)))),
	on(`{"a":[1,2,3]}`, at(0, keep(-3, push("a", `8`, `9`)))),
	on(`{"a":[3,1,2]}`, at(1, keep(-4, by("", true, push("a", `0`, `9`))))),
}

var sortRows = []row{
	on(`{"a":[3,1,2]}`, by("", false, push("a"))),
	on(`{"a":[3,1,2]}`, by("", true, push("a"))),
	on(`{"a":[3,1]}`, by("", false, push("a", `2`))),
	on(`{"a":[3,1]}`, by("", true, push("a", `2`))),
	on(`{}`, by("", false, push("a", `2`, `1`))),
	on(`{"a":[3,1,2]}`, at(0, by("", false, push("a", `2`)))),
	on(`{"a":[3,1,2]}`, keep(2, by("", false, push("a", `0`)))),
	on(`{"a":[3,1,2]}`, keep(-2, by("", false, push("a", `0`)))),
	on(`{"a":[10,9,"10","9"]}`, by("", false, push("a"))),
	on(`{"a":[1,1.0,2,1]}`, by("", false, push("a", `1.0`))),
	on(`{"a":[1.0,1,2.0,2]}`, by("", true, push("a"))),
	on(`{"a":[9007199254740993,9007199254740992.0,9007199254740992]}`, by("", false, push("a"))),
	on(`{"a":["b","B","a","é","e","","z"]}`, by("", false, push("a"))),
	on(`{"a":["\uffff","😀","\ud7ff"]}`, by("", false, push("a"))), // by code point, not by UTF-16 unit
	on(`{"a":["a\u0000","a","a "]}`, by("", false, push("a"))),
	on(`{"a":[[2],[1,5],[1],[]]}`, by("", false, push("a"))),
	on(`{"a":[{"b":1},{"a":2},{"a":1,"b":0},{"a":1},{}]}`, by("", false, push("a"))),
	on(`{"a":[{"a":"x"},{"b":1}]}`, by("", false, push("a"))),
	on(`{"a":[true,{"$binary":"AA=="},[],{},"",0,null,{"$date":"1970-01-01T00:00:00.000Z"}]}`, by("", false, push("a"))),
	on(`{"a":[null,0,"",{},[],{"$binary":"AA=="},false,{"$date":"1970-01-01T00:00:00.000Z"}]}`, by("", true, push("a"))),
	on(`{"a":[{"$binary":"AAAA"},{"$binary":"/w=="},{"$binary":""}]}`, by("", false, push("a"))),
	on(`{"a":[true,false,true]}`, by("", false, push("a"))),
	on(`{"a":[{"$date":"1970-01-01T00:00:00.000Z"},{"$date":"1960-01-01T00:00:00.000Z"}]}`, by("", false, push("a"))),
	on(`{"a":[{"n":2,"i":0},{"n":1,"i":1},{"n":2,"i":2},{"n":1,"i":3}]}`, by("n", false, push("a"))),
	on(`{"a":[{"n":2,"i":0},{"n":1,"i":1},{"n":2,"i":2},{"n":1,"i":3}]}`, by("n", true, push("a"))),
	on(`{"a":[{"n":2},{},{"n":null},5,"x",{"n":-1}]}`, by("n", false, push("a"))),
	on(`{"a":[{"n":{"m":2}},{"n":{"m":1}},{"n":3}]}`, by("n.m", false, push("a"))),
	on(`{"a":[{"n":[2,0]},{"n":[1,9]},{"n":[]}]}`, by("n.0", false, push("a"))),
	on(`{"a":[[2],[1]]}`, by("0", false, push("a"))),
	on(`{"a":[{"n":[3]},{"n":2}]}`, by("n", false, push("a", `{"n":[1,9]}`))),
	on(`{"a":5}`, by("", false, push("a"))),
}

var popRows = []row{
	on(`{"a":[1,2,3]}`, pop("a")),
	on(`{"a":[1,2,3]}`, popFirst("a")),
	on(`{"a":[1]}`, pop("a")),
	on(`{"a":[1]}`, popFirst("a")),
	on(`{"a":[]}`, pop("a")),
	on(`{"a":[]}`, popFirst("a")),
	on(`{}`, pop("a")),
	on(`{}`, popFirst("a.b")),
	on(`{"a":{}}`, pop("a.b")),
	on(`{"a":{}}`, pop("a")),
	on(`{"a":null}`, pop("a")),
	on(`{"a":"x"}`, popFirst("a")),
	on(`{"a":5}`, pop("a.b")),
	on(`{"a":[[1,2]]}`, pop("a.0")),
	on(`{"a":[1]}`, pop("a.0")),
	on(`{"a":[1]}`, pop("a.5")),
	on(`{"a":[1]}`, pop("a.b")),
	on(`{"a":{"b":[1,2]}}`, popFirst("a.b")),
}

var pullAllRows = []row{
	on(`{"a":[1,2,1,3]}`, pullAll("a", `1`)),
	on(`{"a":[1,2,1,3]}`, pullAll("a", `1`, `3`)),
	on(`{"a":[1,2]}`, pullAll("a")),
	on(`{"a":[1,2]}`, pullAll("a", `7`)),
	on(`{"a":[1,1.0,"1",true,[1]]}`, pullAll("a", `1`)),
	on(`{"a":[9007199254740993,9007199254740992]}`, pullAll("a", `9007199254740992.0`)),
	on(`{"a":[null,0,"",[],{},false]}`, pullAll("a", `null`)),
	on(`{"a":[null,0,"",[],{},false]}`, pullAll("a", `[]`, `{}`, `false`)),
	on(`{"a":[{"x":1,"y":2},{"x":1}]}`, pullAll("a", `{"y":2.0,"x":1}`)),
	on(`{"a":[[1,2],[2,1],1,2]}`, pullAll("a", `[1,2]`)),
	on(`{"a":[{"$binary":"AQ=="},{"$date":"2024-02-29T12:00:00.000Z"}]}`, pullAll("a", `{"$binary":"AQ=="}`)),
	on(`{}`, pullAll("a", `1`)),
	on(`{"a":{}}`, pullAll("a.b", `1`)),
	on(`{"a":{}}`, pullAll("a", `1`)),
	on(`{"a":null}`, pullAll("a", `1`)),
	on(`{"a":5}`, pullAll("a.b", `1`)),
	on(`{"a":[[1,2]]}`, pullAll("a.0", `1`)),
	on(`{"a":[1]}`, pullAll("a.b", `1`)),
	on(`{"a":[1]}`, pullAll("a.0.b", `1`)),
}

var addToSetRows = []row{
	on(`{}`, addToSet("a", `1`)),
	on(`{}`, addToSet("a", `1`, `1`, `1.0`, `2`)),
	on(`{}`, addToSet("a")),
	on(`{"a":{}}`, addToSet("a.b.c")),
	on(`{"a":[1]}`, addToSet("a.2")),
	on(`{"a":5}`, addToSet("a")),
	on(`{}`, addToSet("a.b", `1`)),
	on(`{"a":[]}`, addToSet("a", `[]`, `{}`, `null`, `""`, `0`, `false`)),
	on(`{"a":[1]}`, addToSet("a", `1.0`)),
	on(`{"a":[1.0]}`, addToSet("a", `1`)),
	on(`{"a":[1,1,2]}`, addToSet("a", `1`, `3`)), // duplicates already there stay
	on(`{"a":[9007199254740992]}`, addToSet("a", `9007199254740993`, `9007199254740992.0`)),
	on(`{"a":["A"]}`, addToSet("a", `"a"`, `"A"`, `"A "`)),
	on(`{"a":["é"]}`, addToSet("a", `"e\u0301"`)),
	on(`{"a":[{"x":1,"y":2}]}`, addToSet("a", `{"y":2,"x":1}`, `{"x":1}`)),
	on(`{"a":[[1,2]]}`, addToSet("a", `[2,1]`, `[1,2]`)),
	on(`{"a":[null]}`, addToSet("a", `null`)),
	on(`{"a":[true]}`, addToSet("a", `1`, `"true"`)),
	on(`{"a":[{"$binary":"AQ=="}]}`, addToSet("a", `"AQ=="`, `{"$binary":"AQ=="}`)),
	on(`{"a":[3,1]}`, addToSet("a", `2`, `1`, `0`)),
	on(`{"a":5}`, addToSet("a", `5`)),
	on(`{"a":null}`, addToSet("a", `5`)),
	on(`{"a":{}}`, addToSet("a", `5`)),
	on(`{"a":5}`, addToSet("a.b", `5`)),
	on(`{"a":[[1]]}`, addToSet("a.0", `1`, `2`)),
	on(`{"a":[1]}`, addToSet("a.2", `1`)),
	on(`{"a":[1]}`, addToSet("a.b", `1`)),
}
