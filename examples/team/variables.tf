variable "team_file" {
  description = "The file that says who is in which role."
  type        = string
  default     = "team.yaml"
}

variable "max_removals" {
  description = "How many people one plan may take out of a role. It fails a plan of a file that was cut short."
  type        = number
  default     = 2
}

variable "import_existing" {
  description = "Whether roles that are not in state yet are imported. The tests turn it off, as they have no PostHog to import from."
  type        = bool
  default     = true
}
