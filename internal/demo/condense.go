package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// Lines that say nothing which the story needs. OpenTofu writes its own name where Terraform writes Terraform.
var (
	progress = regexp.MustCompile(`: (Reading|Read complete|Refreshing state|Creating|Modifying|Destroying|Preparing import|Refreshing|Importing)\b`)
	phrases  = regexp.MustCompile(`^(Terraform|OpenTofu) (used the selected|will perform|has compared)|^plan\. Resource actions|^execution plan|` +
		`^following symbols:|^and found no differences|^differences, so no changes|^no changes are needed|^  [+~-] (create|destroy|update in-place)$|^ <= read|` +
		`^─+$|^You can apply this plan|^state, without changing|^Saved the plan to|^To perform exactly|^    (terraform|tofu) apply|^Outputs:$`)
	block     = regexp.MustCompile(`^ {2}# (\S+) `)
	blockEnd  = regexp.MustCompile(`^ {4}\}$`)
	telling   = regexp.MustCompile(`^ {6,}[+~]? *(user_email|role_name) |^ {8,}[+~-]? *"[0-9a-f-]{36}" = `)
	uuidOfOne = regexp.MustCompile(`"[0-9a-f-]{36}" = `) // in members, before the email
	idOfThing = regexp.MustCompile(` \[id=\S+\]`)
)

// A condenser passes on what Terraform prints, without what makes it long: the progress, the legends, and those attributes of a
// role that are no names. Warnings and errors stay as they are.
type condenser struct {
	to       io.Writer
	partial  []byte
	inBlock  bool
	ofData   bool
	inOutput bool     // in “Changes to Outputs:”
	list     []string // the lines of a list so far
	begun    bool     // whether something was printed
	blank    bool     // whether an empty line is due
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
	case c.list != nil:
		return c.listed(line)
	case c.inBlock && (line == "" || line[0] == ' '):
		c.inBlock = !blockEnd.MatchString(line)
		if c.ofData || !telling.MatchString(line) {
			return nil
		}
		line = uuidOfOne.ReplaceAllString(line, "")
	case block.MatchString(line):
		c.inBlock, c.ofData = true, strings.HasPrefix(line, "  # data.")
		if c.ofData {
			return nil
		}
	case strings.HasPrefix(line, "Changes to Outputs:"):
		c.inOutput = true
		return nil
	case c.inOutput && strings.HasPrefix(line, "  "):
		return nil
	case progress.MatchString(line), phrases.MatchString(line):
		return nil
	case strings.HasSuffix(line, "["):
		c.list = []string{line}
		return nil
	}
	c.inOutput = false
	if line != "" && line[0] != ' ' {
		c.inBlock = false
	}
	return c.print(idOfThing.ReplaceAllString(line, ""))
}

// listed gathers a list, and puts it into one line.
func (c *condenser) listed(line string) error {
	c.list = append(c.list, strings.TrimSpace(line))
	if !strings.HasPrefix(c.list[len(c.list)-1], "]") {
		return nil
	}
	elements := strings.TrimSuffix(strings.Join(c.list[1:len(c.list)-1], " "), ",")
	whole := c.list[0] + elements + c.list[len(c.list)-1]
	c.list = nil
	return c.print(whole)
}

// print puts one empty line where there were some, and none at the beginning.
func (c *condenser) print(line string) error {
	if line == "" {
		c.blank = c.begun
		return nil
	}
	c.begun = true
	if c.blank {
		line, c.blank = "\n"+line, false
	}
	_, err := io.WriteString(c.to, line+"\n")
	return err
}
