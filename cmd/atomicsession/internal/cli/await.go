package cli

import "context"

// await returns what f does, or the error of ctx once that ends. Then f is left behind: it is for calls that the system may keep waiting
// and that take no context, such as the opening of a named pipe, and what f holds then lasts as long as the process.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-done:
		return r.value, r.err
	}
}
