package foreigntypes

// must returns the result of a call that cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// first leaves out the second result of a call.
func first[T, U any](v T, _ U, err error) (T, error) { return v, err }

// parsed returns v, which is no number unless ok.
func parsed[T any](v T, ok bool) T {
	if !ok {
		panic("no number")
	}
	return v
}
