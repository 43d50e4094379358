package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// maxFile is the longest value that a file may hold, in bytes: 255 master keys are 12 kB.
const maxFile = 64 << 10

// environment takes what no flag says from variables.
func environment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		v, err := lookUp(getenv, "WINNOW_"+strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")))
		if v == "" || err != nil {
			return nil, err
		}
		return v, nil
	})
}

// lookUp reads a variable, or the file that the variable of the same name with _FILE behind it names: a secret in a file is
// seen neither in the list of processes nor in what a container's engine tells about it.
func lookUp(getenv func(string) string, name string) (string, error) {
	value, path := getenv(name), getenv(name+"_FILE")
	if path == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s_FILE are both set: set one", name, name)
	}
	value, err := readValue(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return value, nil
}

// readValue reads a file and takes the line end off that editors leave. Its errors never hold the content.
func readValue(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxFile {
		return "", fmt.Errorf("%s is longer than %d bytes", path, maxFile)
	}
	value := strings.TrimRight(string(text), "\r\n")
	if value == "" {
		return "", errors.New(path + " is empty")
	}
	return value, nil
}
