package foreigntypes

import (
	"encoding/json"
	"image"
	"image/color"
	"io/fs"
	"math"

	"github.com/lucasb-eyer/go-colorful"
)

// Types that a program declares for itself.
type (
	role     string
	level    int8
	embedded struct {
		base
		Home  *address
		Level level `json:"level,string"`
		Skip  int   `json:"-"`
	}
	base struct {
		Role  role `json:"role,omitzero"`
		Roles []role
	}
	tree struct {
		Name     string
		Children []*tree         `json:",omitempty"`
		Index    map[int64]*tree `json:",omitempty"`
	}
)

func basicTypes() []row {
	return []row{
		of(true),
		of("é\x00\u2028<&>", "$set", "a.b").but("\xff", "a\xc3"),
		of(math.MinInt, math.MaxInt),
		of(int8(math.MinInt8)),
		of(int16(math.MaxInt16)),
		of(int32(math.MinInt32)),
		of(int64(math.MaxInt64), math.MinInt64, 1<<53+1),
		largeUints(),
		of(uint16(math.MaxUint16)),
		of(uint32(math.MaxUint32)),
		of(uint64(math.MaxInt64)).but(math.MaxUint64),
		of(uintptr(1)),
		of(float32(0.1), math.MaxFloat32, math.SmallestNonzeroFloat32, 16777216).but(float32(math.Inf(1))),
		of(0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21, 1<<53, 3).but(math.NaN(), math.Inf(-1)),
		of(level(-128)),
		of([]byte("\x00\xff"), []byte{}),
		of([][]byte{{1}, {}, nil}),
		of([4]byte{1, 3: 255}),
		of([2][]string{{"a"}, nil}),
		of([]string{"a", ""}, []string{}),
		of([]int{-1}),
		of([]bool{true}),
		// Within a struct or a list, what an interface holds is what encoding/json makes of it, so these hold just that.
		of([]any{"x", 1.5, nil, true, []any{}, map[string]any{}}),
		of[any]("x", 1e300, map[string]any{"a": []any{1.5}}),
		of(map[string]any{"a": 1.5, "b": nil, "c": map[string]any{"d": 1.0}}).
			but(map[string]any{"a.b": 1}, map[string]any{"": 1}, map[string]any{"$a": 1}, map[string]any{"a\x00": 1}),
		of(new(""), new("x")),
		of(new(0), new(-1)),
		of(new(new("x"))),
		of(struct{}{}),
		of(role("admin")),
		of([]role{"admin", ""}),
		of(embedded{base: base{Role: "admin", Roles: []role{}}, Home: &address{Street: "s"}, Level: -128}, embedded{Level: 1}),
		of(tree{"root", []*tree{{Name: "leaf"}, nil}, map[int64]*tree{math.MinInt64: {Name: "low"}}}),
		of(&tree{Name: "root"}),
		// JSON comes back with the same meaning, though not with the same spaces.
		of(
			json.RawMessage(`{"a.b": [1.50, {"$set": null}], "": "", "n": 123456789012345.6789}`), json.RawMessage(`1e2`),
			json.RawMessage(`"x"`),
		).by(byJSON),
		of([]json.RawMessage{json.RawMessage(bigInteger), json.RawMessage(`{"z": 1, "a": 2}`)}).by(byJSON),

		of(image.Point{X: -1, Y: math.MaxInt}),
		of(image.Rect(0, 0, 10, 20)),
		of(color.RGBA{R: 255, A: 1}),
		of(color.NRGBA64{G: math.MaxUint16}),
		of(colorful.Color{R: 0.1, G: 1, B: 1e-9}),
		of(colorful.HexColor{R: 1, G: 51.0 / 255, B: 0}),
		of(fs.ModeDir | 0o755),
	}
}

// largeUints are the largest uint that is kept and the one behind it, where there is one.
func largeUints() row {
	if largest := uint64(math.MaxInt64); uint64(uint(largest)) == largest {
		return of(uint(largest)).but(uint(largest + 1))
	}
	return of(uint(math.MaxUint32))
}
