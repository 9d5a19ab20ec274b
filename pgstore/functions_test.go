package pgstore

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// call has the server compute an expression of a, b and c for each row of the three lists. "S" stands for the schema.
func call(t *testing.T, s *Store, expression string, a, b, c []string) []string {
	t.Helper()
	var got []pgtype.Text
	sql := "SELECT ARRAY (SELECT (" + strings.ReplaceAll(expression, "S.", quoteIdentifier(s.schema)+".") +
		")::text FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS x (a, b, c, n) ORDER BY n)"
	if err := connect(t).QueryRow(t.Context(), sql, a, b, c).Scan(&got); err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(got))
	for i, text := range got {
		texts[i] = text.String
	}
	return texts
}

func random() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), 0)) }

// TestArithmetic has the server calculate with numbers of every size, and compares with what the driver says.
func TestArithmetic(t *testing.T) {
	s := newStore(t)
	r := random()
	var words, olds, operands, wants []string
	for range 50_000 {
		a, b := storetest.Number(r), storetest.Number(r)
		word := []string{"inc", "mul", "min", "max", "and", "or", "xor"}[r.IntN(7)]
		op := map[string]driver.Op{
			"inc": driver.Inc{Path: "n", By: b},
			"mul": driver.Mul{Path: "n", By: b},
			"min": driver.Min{Path: "n", Value: b},
			"max": driver.Max{Path: "n", Value: b},
			"and": driver.Bit{Path: "n", Do: driver.BitAnd, With: b.Int()},
			"or":  driver.Bit{Path: "n", Do: driver.BitOr, With: b.Int()},
			"xor": driver.Bit{Path: "n", Do: driver.BitXor, With: b.Int()},
		}[word]
		operand := b.Text()
		if o, ok := op.(driver.Bit); ok {
			operand = driver.IntValue(o.With).Text()
		}
		after, _, err := driver.Eval(t.Context(), driver.Doc{}.With("n", a), &driver.Update{Ops: []driver.Op{op}}, time.Time{})
		want := "!"
		if err == nil {
			want = after.Get("n").Text()
		}
		words, olds, operands, wants = append(words, word), append(olds, a.Text()), append(operands, operand), append(wants, want)
	}
	evals := 0
	bit := "a IN ('and', 'or', 'xor')"
	got := call(t, s, "S.change(CASE WHEN "+bit+" THEN 'bit' ELSE a END, b, c, a, '')", words, olds, operands)
	for i, text := range got {
		if text == "!eval" {
			evals++
		} else if text != wants[i] && (wants[i] != "!" || !strings.HasPrefix(text, "!")) {
			t.Fatalf("%s of %s and %s is %s, want %s", words[i], olds[i], operands[i], text, wants[i])
		}
	}
	if evals > len(got)/4 {
		t.Errorf("the server left %d of %d to the client", evals, len(got))
	}
}

// TestCompare has the server order values of all kinds.
func TestCompare(t *testing.T) {
	s := newStore(t)
	r := random()
	var list []driver.Value
	for _, text := range []string{
		`null`, `true`, `false`, `1`, `1.0`, `-1`, `0.5`, `9007199254740993`, `9007199254740992.0`, `9223372036854775807`, `1e300`, `9.223372036854776e+18`,
		`""`, `"a"`, `"a!"`, `"aa"`, `"A"`, `"é"`, `"e"`, `"\u0001"`, `"\u0000"`, `"\""`, `"\\"`, `"\n"`, `" "`, `"￿"`, `"😀"`, `[]`, `[1]`, `[1.0]`, `["\u0000"]`,
		`{}`, `{"a":1}`, `{"a":1.0}`, `{"$binary":""}`, `{"$binary":"AA=="}`, `{"$binary":"/w=="}`, `{"$binary":"AP8="}`, `{"$binary":"AAAA"}`,
		`{"$date":"2024-02-29T12:00:00.001Z"}`, `{"$date":"1969-12-31T23:59:59.999Z"}`, `{"$date":"0000-01-01T00:00:00.000Z"}`,
		`{"$json":"1"}`, `{"$json":"1.0"}`, `{"$json":"\"\""}`, `{"$json":"\"\\\\\""}`, `{"$json":"\"é\""}`, `{"$json":" [1]"}`, `{"$json":"{\"a.b\":1}"}`,
		`{"$json":"\"\\u0000\""}`, `{"$json":"\"\\ud800\""}`,
	} {
		v, err := driver.ParseValue(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v, storetest.Number(r))
	}
	var as, bs, wants []string
	for _, a := range list {
		for _, b := range list {
			as, bs = append(as, a.Text()), append(bs, b.Text())
			wants = append(wants, strconv.Itoa(driver.Compare(a, b)))
		}
	}
	for i, text := range call(t, s, "S.compare(a, b)", as, bs, nil) {
		if unclear := strings.ContainsAny(as[i][:1], `"[{`) && as[i][:1] == bs[i][:1]; text != wants[i] && (text != "" || !unclear) {
			t.Errorf("%s and %s: %q, want %s", as[i], bs[i], text, wants[i])
		}
	}
}

// TestQuote has the server write names of every character that JSON knows.
func TestQuote(t *testing.T) {
	s := newStore(t)
	var names, wants []string
	for c := rune(1); c < 0x300; c++ {
		name := "\\u" + string(c) + "\n" + string(c)
		names, wants = append(names, name), append(wants, driver.StringValue(name).Text())
	}
	for i, text := range call(t, s, "S.quote(a)", names, nil, nil) {
		if text != wants[i] {
			t.Errorf("%q is written %s, want %s", names[i], text, wants[i])
		}
	}
}
