//go:build tools

// Package tools pins the programs that the test bench builds.
package tools

import _ "carvel.dev/kapp-controller/cmd/controller"
