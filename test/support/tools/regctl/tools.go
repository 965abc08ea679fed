//go:build tools

// Package tools pins the programs that the test bench builds.
package tools

import _ "github.com/regclient/regclient/cmd/regctl"
