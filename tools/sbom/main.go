// Sbom writes what a provider's binary is made of, in CycloneDX's JSON: its modules, as the binary itself tells them, and Go's
// standard library. It is here because the command of the library it uses puts the hour, a random number and its own
// checksum into what it writes, and then no two releases of one commit would be the same.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/CycloneDX/cyclonedx-gomod/pkg/generate/bin"
	"github.com/rs/zerolog"
)

const library = "github.com/CycloneDX/cyclonedx-gomod"

func main() {
	version := flag.String("version", "", "the provider's version, such as v1.2.3")
	timestamp := flag.String("timestamp", "", "when the commit was made, in RFC 3339")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: sbom -version VERSION -timestamp TIME BINARY DOCUMENT")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 || *version == "" || *timestamp == "" {
		flag.Usage()
		os.Exit(2)
	}

	if err := write(flag.Arg(0), flag.Arg(1), *version, *timestamp); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(binary, document, version, timestamp string) error {
	// Short addresses of packages, because the long ones name the system that this runs on, and not the binary's.
	generator, err := bin.NewGenerator(binary, bin.WithIncludeStdlib(true), bin.WithVersionOverride(version),
		bin.WithShortPURLS(true), bin.WithLogger(zerolog.Nop()))
	if err != nil {
		return err
	}
	bom, err := generator.Generate()
	if err != nil {
		return err
	}
	bom.Metadata.Timestamp = timestamp
	bom.Metadata.Tools = &cyclonedx.ToolsChoice{Components: &[]cyclonedx.Component{
		{Type: cyclonedx.ComponentTypeLibrary, Name: library, Version: libraryVersion()},
	}}

	file, err := os.Create(document)
	if err != nil {
		return err
	}
	if err := cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// libraryVersion returns the version of the library that this was built with.
func libraryVersion() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == library {
				return module.Version
			}
		}
	}
	return ""
}
