// Package kept gives changes and conditions to what makes something of them.
package kept

import (
	"context"

	"github.com/atomicsession/atomicsession"
)

var (
	visits = atomicsession.NewCounter("visits")
	step   = atomicsession.NewKey[string]("step")
	tags   = atomicsession.NewList[string]("tags")
)

// Change and Condition are names that others may have, too.
type (
	Change    interface{ Do() }
	Condition struct{ Change }
)

type form struct{ changes []atomicsession.Change }

func other() Change                              { return nil }
func others() (Condition, error)                 { return Condition{}, nil }
func build() (atomicsession.Change, error)       { return visits.Inc(1), nil }
func later() func() atomicsession.Change         { return func() atomicsession.Change { return visits.Inc(1) } }
func generic[T atomicsession.Change](v T) T      { return v }
func (f *form) add(c atomicsession.Change) *form { f.changes = append(f.changes, c); return f }

func pass[T atomicsession.Change](v T) { generic(v) }

func use(ctx context.Context, s *atomicsession.Session) error {
	s.Update(ctx, visits.Inc(1))
	_ = s.Update(ctx, atomicsession.If(step.Eq("otp")), step.Set("done"))
	defer s.Update(ctx, visits.Inc(1))
	s.Update(ctx, tags.Where().Do(step.Set("a")))
	s.Read(ctx, step.Into(nil))
	other()
	_, _ = others()
	later()
	new(form).add(visits.Inc(1))
	_, err := build() // somebody asks whether it could be built
	_ = atomicsession.Change(nil)
	c := step.Unset()
	_ = c // dropped on purpose: it has a name
	_ = visits
	print(visits.Inc(1) == nil)
	return err
}
