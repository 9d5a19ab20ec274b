package foreigntypes

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"encoding/xml"
	"math/big"
	"os/user"
)

func keyTypes() []row {
	return []row{
		of(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))),
		of(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize))),
		of(rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}).by(func(a, b rsa.PublicKey) bool {
			return a.E == b.E && (a.N == b.N || a.N.Cmp(b.N) == 0)
		}),
		of(sha256.Sum256(nil)),
		of(crypto.SHA512),
		of(tls.Ed25519),
		of(x509.SHA256WithRSA),
		// No identifier is not one.
		nonzero(must(x509.ParseOID("1.2.840.113549.1.1.11"))).by(func(a, b x509.OID) bool { return a.Equal(b) }),
		of(pkix.Name{
			Country: []string{"DE"}, CommonName: "é",
			Names: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "é"}},
		}),
		of(asn1.ObjectIdentifier{1, 2, 840}),
		of(pem.Block{Type: "PRIVATE KEY", Headers: map[string]string{"DEK-Info": "x"}, Bytes: []byte{0, 255}}),
		of(xml.Name{Space: "s", Local: "l"}),
		of(user.User{Uid: "0", Name: "é"}),
	}
}
