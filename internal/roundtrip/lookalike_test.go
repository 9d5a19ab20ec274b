package roundtrip

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Types that are like those of other modules.
type (
	uuid          [16]byte
	decimal       string // writes a number
	quotedDecimal struct{ s string }
	nullInt       struct {
		N     int
		Valid bool
	}
	day       struct{ Y, M, D int8 } // does not read its zero value
	pairs     []pair                 // an object in order
	pair      struct{ K, V string }
	onPointer struct{ A, B int } // its marshaler has a pointer receiver
	tree      struct {
		Name  string
		Nodes []tree           `json:",omitempty"`
		Named map[string]*tree `json:"named,omitempty"`
	}
)

func (g *generator) tree(depth int) tree {
	t := tree{Name: g.str()}
	for range g.IntN(depth + 1) {
		t.Nodes = append(t.Nodes, g.tree(depth-1))
	}
	if depth > 1 && g.oneIn(2) {
		t.Named = map[string]*tree{"a": nil, "b": {Name: "b"}}
	}
	return t
}

func (u uuid) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, u[:]), nil }
func (u *uuid) UnmarshalText(b []byte) error {
	if len(b) != 2*len(u) {
		return errors.New("malformed")
	}
	_, err := hex.Decode(u[:], b)
	return err
}

func (d decimal) MarshalJSON() ([]byte, error)  { return []byte(cmp.Or(d, "0")), nil }
func (d *decimal) UnmarshalJSON(b []byte) error { *d = decimal(b); return nil }

func (q quotedDecimal) MarshalJSON() ([]byte, error)  { return json.Marshal(q.s) }
func (q *quotedDecimal) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &q.s) }

func (n nullInt) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return json.Marshal(n.N)
}

func (n *nullInt) UnmarshalJSON(b []byte) error {
	if n.Valid = string(b) != "null"; !n.Valid {
		return nil
	}
	return json.Unmarshal(b, &n.N)
}

func (d day) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%d/%d/%d", d.Y, d.M, d.D), nil }

func (d *day) UnmarshalText(b []byte) error {
	if _, err := fmt.Sscanf(string(b), "%d/%d/%d", &d.Y, &d.M, &d.D); err != nil {
		return err
	}
	if d.M == 0 {
		return errors.New("no month")
	}
	return nil
}

func randomPairs(g *generator) (p pairs) {
	for _, k := range g.Perm(3)[:g.IntN(4)] {
		p = append(p, pair{fmt.Sprint("k", k), pick(g, oddStrings)})
	}
	return p
}

func (p pairs) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i, e := range p {
		if i > 0 {
			b = append(b, ',')
		}
		v, err := json.Marshal(e.V)
		if err != nil {
			return nil, err
		}
		b = fmt.Appendf(b, "%q:%s", e.K, v)
	}
	return append(b, '}'), nil
}

func (p *pairs) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		k, errK := d.Token()
		v, errV := d.Token()
		if err := errors.Join(errK, errV); err != nil {
			return err
		}
		*p = append(*p, pair{k.(string), v.(string)})
	}
	return nil
}

func (o *onPointer) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "[%d,%d]", o.A, o.B), nil }

func (o *onPointer) UnmarshalJSON(b []byte) error {
	var list [2]int
	err := json.Unmarshal(b, &list)
	o.A, o.B = list[0], list[1]
	return err
}
