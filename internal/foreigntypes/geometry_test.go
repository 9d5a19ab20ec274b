package foreigntypes

import (
	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

func geometryTypes() []row {
	shape := func(s string) geom.Geometry { return must(geom.UnmarshalWKT(s)) }
	equal := func(a, b geom.Geometry) bool { return geom.ExactEquals(a, b) }
	return []row{
		of(orb.Point{13.404954, 52.520008}),
		of(orb.LineString{{0, 0}, {1.5, -1e-9}}),
		of(orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}),
		of(orb.MultiPoint{{1, 2}}),
		of(orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}}),
		of(orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}),
		of(
			shape("POINT(13.404954 52.520008)"), shape("POLYGON((0 0,1 0,1 1,0 0))"),
			shape("GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1.5))"),
		).by(equal),
		of(shape("POINT(13.404954 52.520008)").MustAsPoint()).
			by(func(a, b geom.Point) bool { return equal(a.AsGeometry(), b.AsGeometry()) }),
		of(shape("LINESTRING(0 0,1.5 -1)").MustAsLineString()).
			by(func(a, b geom.LineString) bool { return equal(a.AsGeometry(), b.AsGeometry()) }),
		of(geom.XY{X: 1.5, Y: -2}),
	}
}
