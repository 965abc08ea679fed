// The application of the sample packages, and the program of a node's sandbox containers. One program, so that its
// images share a layer.
//
//	sample-app serve    serves a page on port 8080
//	sample-app operate  creates a Pod with the image that the file /config/image names, as an operator would
//	sample-app pause    waits until it is ended
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	mode := "serve"
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	switch mode {
	case "serve":
		go serve()
	case "operate":
		go operate()
	case "pause":
	default:
		log.Fatalf("unknown mode %q", mode)
	}
	// As the first process of its container it has no default reaction to SIGTERM.
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>%[1]s</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem }
  h1 { border-bottom: 4px solid %[4]s }
</style>
<h1>%[1]s</h1>
<p>Version %[2]s runs in the pod <code>%[3]s</code>.</p>
`

func serve() {
	text := func(name, fallback string) string {
		if value := os.Getenv(name); value != "" {
			return html.EscapeString(value)
		}
		return fallback
	}
	pod, _ := os.Hostname()
	content := fmt.Sprintf(page, text("MESSAGE", "Hello"), text("VERSION", "unknown"), html.EscapeString(pod), text("COLOR", "steelblue"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, content)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

// Retries until it works: the rights of the service account may arrive after the pod.
func operate() {
	for {
		err := createPod()
		if err == nil {
			return
		}
		log.Print(err)
		time.Sleep(time.Second)
	}
}

func createPod() error {
	image, err := os.ReadFile("/config/image")
	if err != nil {
		return err
	}
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return err
	}
	namespace, err := os.ReadFile(account + "namespace")
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	name := os.Getenv("POD")
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1",
		"kind":       "Pod",
		"metadata":   map[string]any{"name": name, "labels": map[string]string{"app": name}},
		"spec": map[string]any{
			"terminationGracePeriodSeconds": 0,
			"containers":                    []any{map[string]any{"name": "worker", "image": strings.TrimSpace(string(image)), "args": []string{"pause"}}},
		},
	})
	if err != nil {
		return err
	}
	url := fmt.Sprintf("https://%s:%s/api/v1/namespaces/%s/pods", os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"), namespace)
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated && response.StatusCode != http.StatusConflict {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return nil
}
