// Package browser is what a site sees of a browser whose pages send requests at the same time: one jar of cookies, which every request
// takes its cookies from as it starts, and every response changes as it arrives.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Browser asks one site. It is safe for concurrent use; all that use it share its cookies.
type Browser struct {
	site   string
	client *http.Client
	jar    jar
}

// timeout is how long a browser waits for an answer: longer than any lock here is waited for.
const timeout = 30 * time.Second

// maxBody is how much of an answer is read.
const maxBody = 1 << 20

// New returns a browser without cookies for a site, such as "http://127.0.0.1:8080".
func New(site string, transport http.RoundTripper) *Browser {
	return &Browser{site: site, client: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Copy returns another browser with the same cookies, which go their own way from here: a thief, or the page of before.
func (b *Browser) Copy() *Browser {
	return &Browser{site: b.site, client: b.client, jar: jar{cookies: b.Cookies()}}
}

// Cookies returns the values of the cookies by their names.
func (b *Browser) Cookies() map[string]string { return b.jar.all() }

// Plant gives the browser these cookies and no others.
func (b *Browser) Plant(cookies map[string]string) { b.jar.replace(cookies) }

// Answer is what a site has answered.
type Answer struct {
	Status int
	Body   string
}

// OK is whether the site has done what it was asked for.
func (a Answer) OK() bool { return a.Status == http.StatusOK }

// Refused is whether the site has said that it has not done it, and that the request was the cause.
func (a Answer) Refused() bool { return a.Status >= 400 && a.Status < 500 }

// Get asks for a page. It returns an error if no answer came.
func (b *Browser) Get(ctx context.Context, path string) (Answer, error) {
	return b.send(ctx, http.MethodGet, path)
}

// Post asks for a change. It returns an error if no answer came.
func (b *Browser) Post(ctx context.Context, path string) (Answer, error) {
	return b.send(ctx, http.MethodPost, path)
}

func (b *Browser) send(ctx context.Context, method, path string) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, b.site+path, http.NoBody)
	if err != nil {
		return Answer{}, err
	}
	if cookies := b.jar.header(); cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	response, err := b.client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	b.jar.take(response.Header, time.Now()) // before the body: so do browsers
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return Answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return Answer{response.StatusCode, string(body)}, nil
}
