package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Lines that say nothing which the story needs. OpenTofu writes its own name where Terraform writes Terraform.
var (
	progress = regexp.MustCompile(`: (Still \w+|Reading|Read complete|Refreshing state|Creating|Modifying|Destroying|Preparing import|Refreshing|Importing)\b`)
	phrases  = regexp.MustCompile(`^(Terraform|OpenTofu) (used the selected|will perform|has compared)|^plan\. Resource actions|^execution plan|` +
		`^following symbols:|^(and )?found no differences|^differences, so no changes|^no changes are needed|^  [+~-] (create|destroy|update in-place)( \(current -> planned\))?$|^ <= read|` +
		`^─+$|^Planning failed\.|^Saved the plan to|^To perform exactly|^    (terraform|tofu) apply`)
	block      = regexp.MustCompile(`^ {2}# (\S+) `)
	blockEnd   = regexp.MustCompile(`^ {4}\}$`)
	telling    = regexp.MustCompile(`^ {2}# |^ {6,}[+~-]? *(user_email|role_name) |^ {8,}[+~-]? *"[0-9a-f-]{36}" = `)
	uuidOfOne  = regexp.MustCompile(`"[0-9a-f-]{36}" = `)            // in members, before the email
	idOfThing  = regexp.MustCompile(` \[id=\S+\]`)                   // after the address of a resource
	identities = regexp.MustCompile(` {2,}organization_id=\S+ {2,}`) // in the lines of a query
	attribute  = regexp.MustCompile(`^( {6,}[+~-]? *)(\w+) {2,}= `)  // and how far its value stands away, for the sake of others
)

// margin sets Terraform's words apart from those of the story.
const margin = "    "

// A condenser passes on what Terraform prints, without what makes it long: the progress, the legends, and those attributes of a
// role that are no names. Warnings and errors stay as they are.
type condenser struct {
	to      io.Writer
	partial []byte
	inBlock bool
	ofData  bool
	begun   bool // whether something was printed
	blank   bool // whether an empty line is due
}

func (c *condenser) Write(text []byte) (int, error) {
	c.partial = append(c.partial, text...)
	for {
		line, rest, found := bytes.Cut(c.partial, []byte("\n"))
		if !found {
			return len(text), nil
		}
		c.partial = rest
		if err := c.line(strings.TrimRight(string(line), " \r")); err != nil {
			return 0, err
		}
	}
}

// line passes a line on, or not.
func (c *condenser) line(line string) error {
	switch {
	case c.inBlock && (line == "" || line[0] == ' '):
		c.inBlock = !blockEnd.MatchString(line)
		if c.ofData || !telling.MatchString(line) {
			return nil
		}
		line = uuidOfOne.ReplaceAllString(line, "")
		if parts := attribute.FindStringSubmatch(line); parts != nil {
			line = fmt.Sprintf("%s%-*s = %s", parts[1], len("user_email"), parts[2], line[len(parts[0]):])
		}
	case block.MatchString(line):
		c.inBlock, c.ofData = true, strings.HasPrefix(line, "  # data.")
		if c.ofData {
			return nil
		}
	case progress.MatchString(line), phrases.MatchString(line):
		return nil
	}
	if line != "" && line[0] != ' ' {
		c.inBlock = false
	}
	return c.print(identities.ReplaceAllString(idOfThing.ReplaceAllString(line, ""), "   "))
}

// print puts one empty line where there were some, and none at the beginning.
func (c *condenser) print(line string) error {
	if line == "" {
		c.blank = c.begun
		return nil
	}
	c.begun = true
	line = margin + line
	if c.blank {
		line, c.blank = "\n"+line, false
	}
	_, err := io.WriteString(c.to, line+"\n")
	return err
}
