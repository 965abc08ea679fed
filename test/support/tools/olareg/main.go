// olareg with two options that its own command line lacks: the size of a page of referrers, so that a few of them fill
// several pages, and an access log in Apache's combined format.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

type answer struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(data []byte) (int, error) {
	written, err := a.ResponseWriter.Write(data)
	a.bytes += written
	return written, err
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(a, r)
		at := time.Now().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Printf("127.0.0.1 - - [%s] \"%s %s %s\" %d %d \"\" %q\n", at, r.Method, r.URL.RequestURI(), r.Proto, a.status, a.bytes, r.UserAgent())
	})
}

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "host and port to listen on")
	dir := flag.String("dir", ".", "folder of the storage")
	page := flag.Int64("referrers-page", 0, "bytes that a page of referrers may have; 0: the default, 4 MiB")
	accessLog := flag.Bool("access-log", false, "write a line for each request")
	flag.Parse()
	yes := true
	registry := olareg.New(config.Config{
		Storage: config.ConfigStorage{
			StoreType: config.StoreDir,
			RootDir:   *dir,
			GC:        config.ConfigGC{Frequency: -1},
		},
		API: config.ConfigAPI{
			DeleteEnabled: &yes,
			Blob:          config.ConfigAPIBlob{DeleteEnabled: &yes},
			Referrer:      config.ConfigAPIReferrer{Limit: *page},
		},
	})
	var handler http.Handler = registry
	if *accessLog {
		handler = logged(handler)
	}
	log.Fatal(http.ListenAndServe(*addr, handler))
}
