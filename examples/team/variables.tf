variable "organization_id" {
  description = "UUID of the PostHog organization. Null takes it from the environment variable POSTHOG_ORGANIZATION_ID."
  type        = string
  default     = null
}

variable "team_file" {
  description = "The file that says who is in which role."
  type        = string
  default     = "team.yaml"
}
