variable "team_file" {
  description = "File with the members of each role."
  type        = string
  default     = "team.yaml"
}

variable "max_removals" {
  description = "Maximum number of users that one plan removes from a role. Protects against a truncated file."
  type        = number
  default     = 2
}

variable "import_existing" {
  description = "Whether to import roles that are not in the state yet. The tests turn it off, because they have no PostHog."
  type        = bool
  default     = true
}
