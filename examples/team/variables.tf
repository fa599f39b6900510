variable "team_file" {
  description = "File with the roles and their members."
  type        = string
  default     = "team.yaml"
}

variable "max_removals" {
  description = "Maximum number of users that one plan removes from a role. Protects against a truncated list."
  type        = number
  default     = 2
}
