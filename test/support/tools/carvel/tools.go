//go:build tools

// Package tools pins the programs that the test bench builds.
package tools

import (
	_ "carvel.dev/kapp/cmd/kapp"
	_ "carvel.dev/kbld/cmd/kbld"
	_ "carvel.dev/vendir/cmd/vendir"
	_ "carvel.dev/ytt/cmd/ytt"
)
