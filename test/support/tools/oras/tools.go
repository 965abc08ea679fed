//go:build tools

// Package tools pins the programs that the test bench builds.
package tools

import _ "oras.land/oras/cmd/oras"
