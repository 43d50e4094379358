package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what any printing of a secret shows.
const redacted = "[secret]"

// Secret is a string that no fmt verb, log record or JSON encoder prints.
type Secret string

// Format prints a placeholder for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue logs a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText encodes a placeholder. What has to be stored is converted to string and sealed first.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
