package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

const (
	clientID     = "shop"
	clientSecret = "of the shop"
)

// provider is an OpenID provider that signs everybody in without asking.
type provider struct {
	*httptest.Server
	t   *testing.T
	key jose.JSONWebKey

	mu    sync.Mutex
	user  string // whom it signs in
	codes map[string]grant
}

// grant is what a code is good for, once.
type grant struct{ user, nonce, challenge string }

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: jose.JSONWebKey{Key: key, KeyID: "1", Algorithm: string(jose.ES256), Use: "sig"}, user: "ann", codes: make(map[string]grant)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.key.Public()}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = grant{p.user, q.Get("nonce"), q.Get("code_challenge")}
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	code := r.PostFormValue("code")
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	if secret, _ = url.QueryUnescape(secret); id != clientID || secret != clientSecret {
		http.Error(w, `{"error": "invalid_client"}`, http.StatusUnauthorized)
		return
	}
	if !ok || oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier")) != g.challenge {
		http.Error(w, `{"error": "invalid_grant"}`, http.StatusBadRequest)
		return
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	token, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": p.URL, "sub": g.user, "aud": clientID, "nonce": g.nonce, "name": "Miss " + g.user,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}).Serialize()
	if err != nil {
		p.t.Error(err)
		return
	}
	p.write(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": token})
}

// signsIn says whom it signs in from now on.
func (p *provider) signsIn(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.user = user
}

// setNonce has the ID token of a code have another nonce than was asked for.
func (p *provider) setNonce(code, nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.codes[code]
	g.nonce = nonce
	p.codes[code] = g
}
