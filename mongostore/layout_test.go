package mongostore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/atomicsession/atomicsession/driver"
)

// stored returns the fields of the session's document with their types, in order, and the document.
func stored(t *testing.T, coll *mongo.Collection, k driver.Key) (fields []string, d bson.Raw) {
	t.Helper()
	d, err := coll.FindOne(t.Context(), bson.D{{Key: "_id", Value: bson.Binary{Data: k.ID[:]}}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	elements, err := d.Elements()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range elements {
		fields = append(fields, fmt.Sprint(e.Key(), " ", e.Value().Type))
	}
	return fields, d
}

// The documents are those of docs/mongodb.md. Sessions outlive the program that wrote them, and people query them.
func TestLayout(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	data := `{"array":[1],"bool":true,"bytes":{"$binary":"AQ=="},"float":0.5,"int":1,"json":{"$json":"{\"a.b\": 1.10}"},"null":null,"object":{},"string":"x",` +
		`"time":{"$date":"2026-01-05T09:00:00.000Z"}}`
	k, r := newSession(data)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	least := []string{
		"_id binary", "v 32-bit integer", "verifier binary", "created UTC datetime", "used UTC datetime",
		"expires UTC datetime", "lifetime 64-bit integer", "life 64-bit integer", "op binary", "ops array", "data embedded document",
	}
	fields, d := stored(t, coll, k)
	if !slices.Equal(fields, least) {
		t.Errorf("the least document has\n%q, want\n%q", fields, least)
	}
	var types []string
	elements, _ := d.Lookup("data").Document().Elements()
	for _, e := range elements {
		types = append(types, fmt.Sprint(e.Key(), " ", e.Value().Type))
	}
	wantTypes := []string{
		"array array", "bool boolean", "bytes binary", "float double", "int 64-bit integer", "json javascript", "null null",
		"object embedded document", "string string", "time UTC datetime",
	}
	if !slices.Equal(types, wantTypes) {
		t.Errorf("data has\n%q, want\n%q", types, wantTypes)
	}

	k, r = newSession(`{}`)
	r.Attrs = driver.Attrs{"label": "Firefox", "ip": "::1", "agent": "x"}
	r.User, r.Authenticated, r.LastUsed, r.Deadline = "ann", now.Add(-time.Hour), now.Add(time.Minute), now.Add(3*time.Hour)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	verifier := driver.Secret{9}.Verifier()
	if _, err := s.Update(t.Context(), now, k, &driver.Update{Renew: &verifier}); err != nil {
		t.Fatal(err)
	}
	all := slices.Sorted(slices.Values(append(least, "user string", "label string", "attrs embedded document", "authenticated UTC datetime", "deadline UTC datetime", "renewed embedded document")))
	fields, d = stored(t, coll, k)
	if slices.Sort(fields); !slices.Equal(fields, all) {
		t.Errorf("the fullest document has\n%q, want\n%q", fields, all)
	}
	binary := func(b []byte) bson.Binary { return bson.Binary{Data: b} }
	for _, field := range []struct {
		path []string
		want any
	}{
		{[]string{"_id"}, binary(k.ID[:])},
		{[]string{"v"}, int32(1)},
		{[]string{"verifier"}, binary(verifier[:])},
		{[]string{"renewed", "from"}, binary(k.Verifier[:])},
		{[]string{"renewed", "at"}, bson.NewDateTimeFromTime(now)},
		{[]string{"user"}, "ann"},
		{[]string{"authenticated"}, bson.NewDateTimeFromTime(r.Authenticated)},
		{[]string{"label"}, "Firefox"},
		{[]string{"attrs"}, bson.D{{Key: "agent", Value: "x"}, {Key: "ip", Value: "::1"}}},
		{[]string{"created"}, bson.NewDateTimeFromTime(r.Created)},
		{[]string{"used"}, bson.NewDateTimeFromTime(r.LastUsed)},
		{[]string{"expires"}, bson.NewDateTimeFromTime(r.Expires)},
		{[]string{"lifetime"}, int64(60 * 60 * 1000)},
		{[]string{"life"}, int64(59 * 60 * 1000)},
		{[]string{"deadline"}, bson.NewDateTimeFromTime(r.Deadline)},
	} {
		if got := d.Lookup(field.path...).String(); got != text(t, field.want) {
			t.Errorf("%v is %s, want %s", field.path, got, text(t, field.want))
		}
	}
	if ops, _ := d.Lookup("ops").Array().Values(); len(ops) != 2 || !ops[1].Equal(d.Lookup("op")) {
		t.Errorf("ops are %v, op is %v", ops, d.Lookup("op"))
	}
}

// text returns v as extended JSON.
func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := bson.Marshal(bson.D{{Key: "v", Value: v}})
	if err != nil {
		t.Fatal(err)
	}
	return bson.Raw(raw).Lookup("v").String()
}

// No record keeps more than 16 operations, however many it has seen.
func TestRing(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for name, u := range map[string]*driver.Update{
		"operators": increment,
		"pipeline":  update(driver.SetIfAbsent{Path: "a", Value: value(`1`)}),
	} {
		k := create(t, s, `{}`)
		for range 20 {
			if _, err := s.Update(t.Context(), now, k, u); err != nil {
				t.Fatal(err)
			}
		}
		_, d := stored(t, coll, k)
		ops, _ := d.Lookup("ops").Array().Values()
		sorted := slices.IsSortedFunc(ops, func(a, b bson.RawValue) int { return slices.Compare(a.Value, b.Value) })
		if len(ops) != 16 || !sorted || !ops[15].Equal(d.Lookup("op")) {
			t.Errorf("%s: %d operations, sorted: %t", name, len(ops), sorted)
		}
	}
}
