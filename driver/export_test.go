package driver

func Overlaps(p, q Path) bool { return p.overlaps(q) }
