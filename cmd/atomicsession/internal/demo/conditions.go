package demo

import (
	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// condition is one of an update.
type condition struct {
	Path   string       `json:"path" need:"true"`
	Equals driver.Value `json:"equals"`
	comparison
}

// comparison is what a condition of an update and one on the elements of an array have in common.
type comparison struct {
	Exists *bool        `json:"exists"`
	Gt     driver.Value `json:"gt"`
	Gte    driver.Value `json:"gte"`
	Lt     driver.Value `json:"lt"`
	Lte    driver.Value `json:"lte"`
}

// comparisons are the names of what can be asked of elements.
var comparisons = []string{"eq", "exists", "gt", "gte", "lt", "lte"}

// conditions returns what c, read from o, says of the path: at least one condition. What it is equal to has a name of its own
// wherever it stands.
func (c comparison) conditions(o object, path string, equal driver.Value) ([]atomicsession.Condition, error) {
	var list []atomicsession.Condition
	if c.Exists != nil && *c.Exists {
		list = append(list, atomicsession.Exists(path))
	} else if c.Exists != nil {
		list = append(list, atomicsession.Absent(path))
	}
	for _, with := range []struct {
		value   driver.Value
		compare func(string, any) atomicsession.Condition
	}{
		{equal, atomicsession.Eq},
		{c.Gt, atomicsession.Gt},
		{c.Gte, atomicsession.Gte},
		{c.Lt, atomicsession.Lt},
		{c.Lte, atomicsession.Lte},
	} {
		if with.value.Exists() {
			list = append(list, with.compare(path, with.value))
		}
	}
	if len(list) == 0 {
		return nil, o.wrong("compares with nothing")
	}
	return list, nil
}
