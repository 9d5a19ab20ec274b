package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// certificateAge is how long the certificate of --https is good: longer than a demo runs.
const certificateAge = 7 * 24 * time.Hour

// localTLS returns a configuration with a new certificate for this machine alone. Neither it nor its key is written anywhere.
func localTLS(now time.Time) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "atomicsession demo"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(certificateAge),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion:   tls.VersionTLS12,
	}, nil
}

// aboutCertificate says what to do about the browser's warning.
func aboutCertificate(c tls.Certificate) string {
	sum := sha256.Sum256(c.Certificate[0])
	print := strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
	return "The browser warns once, since it does not know the certificate. Go on if it shows this SHA-256 fingerprint:\n" + print + "\n"
}
