// Command select-tags shows which tag vendir's own library selects. It reads lines of JSON from standard input and writes
// one for each: the selected tag, or why there is none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"carvel.dev/vendir/pkg/vendir/versions"
	"carvel.dev/vendir/pkg/vendir/versions/v1alpha1"
)

type question struct {
	Tags      []string                  `json:"tags"`
	Selection v1alpha1.VersionSelection `json:"selection"`
}

type answer struct {
	Tag   string `json:"tag,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		if err := out.Encode(ask(q)); err != nil {
			panic(err)
		}
	}
}

// An empty alternative ("a || || b") crashes vendir as soon as it is reached.
func ask(q question) (a answer) {
	defer func() {
		if crash := recover(); crash != nil {
			a = answer{Error: fmt.Sprintf("Parsing version constraint: vendir crashes: %v", crash)}
		}
	}()
	tag, err := versions.HighestConstrainedVersion(q.Tags, q.Selection)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Tag: tag}
}
