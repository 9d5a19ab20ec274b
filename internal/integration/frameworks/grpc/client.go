package main

import (
	"context"
	"net/http"
	"net/url"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// cookies carry the cookies of a client's calls, as a browser does: grpc.NewClient(target, grpc.WithStatsHandler(cookies{jar, site}), ...).
type cookies struct {
	jar  http.CookieJar // such as that of net/http/cookiejar
	site *url.URL       // https://shop.example
}

func (c cookies) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	r := http.Request{Header: http.Header{}}
	for _, cookie := range c.jar.Cookies(c.site) {
		r.AddCookie(cookie)
	}
	if line := r.Header.Get("Cookie"); line != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "cookie", line)
	}
	return ctx
}

func (c cookies) HandleRPC(_ context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InHeader); ok {
		response := http.Response{Header: http.Header{"Set-Cookie": in.Header["set-cookie"]}}
		c.jar.SetCookies(c.site, response.Cookies())
	}
}

func (cookies) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (cookies) HandleConn(context.Context, stats.ConnStats) {}
