// Sbom writes the modules of a provider's binary, and Go's standard library, as CycloneDX JSON. The command cyclonedx-gomod does
// not fit, because it adds the current time, a random number and its own checksum, so that builds are not reproducible.
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
	version := flag.String("version", "", "version of the provider, such as v1.2.3")
	timestamp := flag.String("timestamp", "", "time of the commit, in RFC 3339")
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
	// Long package URLs contain the system that this program runs on, not the binary's.
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

// libraryVersion returns the version of cyclonedx-gomod in this program.
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
