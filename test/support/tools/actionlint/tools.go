//go:build tools

// Package tools pins the program that judges the workflows.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
