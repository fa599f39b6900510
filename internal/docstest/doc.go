// Package docstest runs the docs: the guides, the examples that they use, and the table that the pipelines make of a plan.
//
// A guide is followed as a reader would follow it, in an empty directory with the real Terraform. Each section of the guide is one
// test. The test writes the files, runs the commands, and compares what they print with the guide.
package docstest
