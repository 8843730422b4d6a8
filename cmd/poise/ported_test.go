package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// pagePorts are what the pages show: poise's own, and those of a second venue.
var pagePorts = []string{"9700", "9701", "9710", "9800", "9801"}

// ported is poise with the ports that newShell drew where a command names none.
func ported() {
	ports := map[string]string{}
	for _, pair := range strings.Fields(os.Getenv("POISE_TEST_PORTS")) {
		from, to, _ := strings.Cut(pair, "=")
		ports[from] = to
	}
	if len(ports) > 0 && len(os.Args) > 1 && !slices.Contains(os.Args, "--help") {
		os.Args = withPorts(os.Args, ports)
		refuseTheWorld(os.Args)
	}
	main()
}

func withPorts(args []string, ports map[string]string) []string {
	set := func(flag, port string) {
		given := slices.ContainsFunc(args, func(a string) bool { return a == flag || strings.HasPrefix(a, flag+"=") })
		if !given {
			args = append(args, flag, "127.0.0.1:"+ports[port])
		}
	}
	switch args[1] {
	case "venue":
		set("--listen", "9700")
		set("--operator", "9701")
	case "follow":
		if text, _ := os.ReadFile("poise.yaml"); !bytes.Contains(text, []byte("\nlisten:")) {
			set("--listen", "9710")
		}
	}
	return args
}

var restHere = regexp.MustCompile(`rest: *"?http://127\.0\.0\.1:`)

// refuseTheWorld ends a command that would ask the real exchange.
func refuseTheWorld(args []string) {
	if args[1] != "follow" && args[1] != "reconcile" {
		return
	}
	name := "poise.yaml"
	if i := slices.Index(args, "--config"); i > 0 && i+1 < len(args) {
		name = args[i+1]
	}
	if text, err := os.ReadFile(name); err == nil && !restHere.Match(text) {
		fmt.Fprintf(os.Stderr, "%s names no exchange of this machine: a page may not ask the real one\n", name)
		os.Exit(exitUsage)
	}
}
