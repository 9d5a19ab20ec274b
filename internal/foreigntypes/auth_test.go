package foreigntypes

import (
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/golang-jwt/jwt/v5"
	"github.com/markbates/goth"
	"github.com/pquerna/otp"
	"golang.org/x/oauth2"
)

func authTypes() []row {
	now := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	second := now.Truncate(time.Second)
	token := oauth2.Token{AccessToken: "a", TokenType: "Bearer", RefreshToken: "r", Expiry: now, ExpiresIn: 3600}
	credential := webauthn.Credential{
		ID: []byte{1, 255}, PublicKey: []byte{2}, AttestationType: "none", AttestationFormat: "none",
		Transport: []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC},
		Flags:     webauthn.CredentialFlags{UserPresent: true, UserVerified: true},
		Authenticator: webauthn.Authenticator{
			AAGUID: make([]byte, 16), SignCount: 1<<32 - 1, Attachment: protocol.Platform,
		},
		Attestation: webauthn.CredentialAttestation{ClientDataJSON: []byte(`{}`), PublicKeyAlgorithm: -7},
		Extensions:  webauthn.CredentialExtensions{RK: new(false), MinPinLength: new(uint(4))},
	}
	return []row{
		of(token),
		of(&token, new(oauth2.Token)),
		// The time at which it expires is written as the seconds until then.
		of(oauth2.DeviceAuthResponse{DeviceCode: "d", UserCode: "u", VerificationURI: "https://example.com/", Interval: 5}),
		of(oauth2.Endpoint{AuthURL: "https://example.com/", AuthStyle: oauth2.AuthStyleInHeader}),
		of(oauth2.Config{ClientID: "c", Scopes: []string{"openid"}}),
		of(
			jwt.RegisteredClaims{
				Issuer: "i", Subject: "s", Audience: jwt.ClaimStrings{"a", "b"}, ExpiresAt: jwt.NewNumericDate(second), ID: "id",
			},
			jwt.RegisteredClaims{Audience: jwt.ClaimStrings{"a"}, NotBefore: jwt.NewNumericDate(time.Unix(0, 0))},
		),
		of(jwt.MapClaims{"sub": "s", "exp": 1.7e9, "roles": []any{"admin"}, "cnf": map[string]any{"x": nil}}, jwt.MapClaims{}).
			but(jwt.MapClaims{"https://example.com/roles": "admin"}), // a claim that has a dot in its name
		of(jwt.NewNumericDate(second), jwt.NewNumericDate(time.Unix(-1, 0))).
			by(func(a, b *jwt.NumericDate) bool { return a.Equal(b.Time) }),
		of(*jwt.NewNumericDate(second)).by(func(a, b jwt.NumericDate) bool { return a.Equal(b.Time) }),
		of(jwt.ClaimStrings{"a"}, jwt.ClaimStrings{"a", ""}),
		of(josejwt.Claims{
			Issuer: "i", Audience: josejwt.Audience{"a", "b"},
			Expiry: josejwt.NewNumericDate(now), NotBefore: josejwt.NewNumericDate(time.Unix(0, 0)),
		}),
		nonzero(josejwt.Audience{"a"}, josejwt.Audience{"a", "b"}),
		of(*josejwt.NewNumericDate(now)),
		of(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: []byte{0, 255}, KeyID: "k", Algorithm: "HS256", Use: "sig"}}}),
		of(jose.HS256),
		of(oidc.UserInfo{Subject: "s", Email: "a@example.com", EmailVerified: true}),
		of(oidc.IDToken{Issuer: "i", Audience: []string{"a"}, Expiry: now, IssuedAt: now, Nonce: "n"}),
		of(oidc.ProviderConfig{IssuerURL: "https://example.com/", Algorithms: []string{"RS256"}}),
		of(goth.User{
			RawData: map[string]any{"sub": "s", "n": 1.5, "verified": true, "none": nil, "list": []any{"a"}}, Provider: "p",
			Email: "a@example.com", AccessToken: "t", ExpiresAt: now,
		}).but(goth.User{RawData: map[string]any{"https://example.com/roles": nil}}),
		of(webauthn.SessionData{
			Challenge: "c", UserID: []byte{0, 255}, AllowedCredentialIDs: [][]byte{{1}, {}}, Expires: now,
			UserVerification: protocol.VerificationRequired,
			CredParams:       []protocol.CredentialParameter{{Type: protocol.PublicKeyCredentialType, Algorithm: -7}},
		}),
		of(credential),
		of(&credential),
		nonzero(protocol.RelatedOrigins{Origins: []string{"https://example.com"}}), // with none it is invalid
		of(protocol.URLEncodedBase64{0, 255}),
		of(protocol.AuthenticationExtensions{AppID: "a", CredProps: true, Extra: map[string]any{"a.b": "c"}}),
		of(otp.DigitsEight),
		of(otp.AlgorithmSHA512),
		refused("it has no exported fields, so nothing of it would be stored; its URL is a string",
			must(otp.NewKeyFromURL("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"))),
		refused("its claims are an interface, which does not say what to read them as", jwt.New(jwt.SigningMethodHS256)),
	}
}
