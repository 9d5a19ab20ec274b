package cli

import (
	"errors"
	"flag"
)

// onceValue is a flag's value that refuses to be set twice: package flag would let the last one count.
type onceValue struct {
	flag.Value
	given bool
}

func (o *onceValue) Set(text string) error {
	if o.given {
		return errors.New("it is given twice")
	}
	o.given = true
	return o.Value.Set(text)
}

// IsBoolFlag tells package flag whether the flag stands without a value.
func (o *onceValue) IsBoolFlag() bool {
	b, ok := o.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// once has each flag refuse to be given twice.
func once(flags *flag.FlagSet) {
	flags.VisitAll(func(f *flag.Flag) { f.Value = &onceValue{Value: f.Value} })
}
