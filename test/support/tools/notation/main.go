// Signs and verifies with the library of the Notary Project, whose own command line is not on the Go module proxy.
//
//	notation key FOLDER                   makes key.pem and a self-signed cert.pem
//	notation sign FOLDER jws|cose REF…    adds a signature to each image, as registry/path@digest
//	notation verify FOLDER REF…           verifies each image by that certificate, and exits with 1 if one does not verify
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"oras.land/oras-go/v2/registry/remote"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "key":
		return makeKey(args[1])
	case len(args) > 3 && args[0] == "sign":
		return forEach(args[3:], func(reference string, repository registry.Repository) error {
			return sign(args[1], args[2], reference, repository)
		})
	case len(args) > 2 && args[0] == "verify":
		judge, err := verifierOf(args[1])
		if err != nil {
			return err
		}
		return forEach(args[2:], func(reference string, repository registry.Repository) error {
			options := notation.VerifyOptions{ArtifactReference: reference, MaxSignatureAttempts: 50}
			_, _, err := notation.Verify(context.Background(), judge, repository, options)
			return err
		})
	}
	return fmt.Errorf("unknown arguments: %v", args)
}

func forEach(references []string, act func(string, registry.Repository) error) error {
	for _, reference := range references {
		place, err := remote.NewRepository(reference)
		if err != nil {
			return err
		}
		place.PlainHTTP = true
		if err := act(reference, registry.NewRepository(place)); err != nil {
			return fmt.Errorf("%s: %w", reference, err)
		}
	}
	return nil
}

// A certificate that the Notary Project's specification accepts for signing: its key usage and extended key usage.
func makeKey(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "Vendor", Organization: []string{"Vendor"}, Country: []string{"US"}, Province: []string{"WA"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	store := filepath.Join(folder, "truststore/x509/ca/vendor")
	if err := os.MkdirAll(store, 0o700); err != nil {
		return err
	}
	if err := write(filepath.Join(folder, "key.pem"), "PRIVATE KEY", encoded); err != nil {
		return err
	}
	return write(filepath.Join(store, "cert.pem"), "CERTIFICATE", certificate)
}

func write(path, kind string, content []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600)
}

func sign(folder, format, reference string, repository registry.Repository) error {
	own, err := signer.NewGenericSignerFromFiles(
		filepath.Join(folder, "key.pem"), filepath.Join(folder, "truststore/x509/ca/vendor/cert.pem"))
	if err != nil {
		return err
	}
	types := map[string]string{"jws": jws.MediaTypeEnvelope, "cose": cose.MediaTypeEnvelope}
	_, err = notation.Sign(context.Background(), own, repository, notation.SignOptions{
		ArtifactReference: reference,
		SignerSignOptions: notation.SignerSignOptions{SignatureMediaType: types[format]},
	})
	return err
}

func verifierOf(folder string) (notation.Verifier, error) {
	dir.UserConfigDir = folder
	policy := &trustpolicy.Document{
		Version: "1.0",
		TrustPolicies: []trustpolicy.TrustPolicy{{
			Name:                  "all",
			RegistryScopes:        []string{"*"},
			SignatureVerification: trustpolicy.SignatureVerification{VerificationLevel: trustpolicy.LevelStrict.Name},
			TrustStores:           []string{"ca:vendor"},
			TrustedIdentities:     []string{"*"},
		}},
	}
	return verifier.New(policy, truststore.NewX509TrustStore(dir.ConfigFS()), nil)
}
