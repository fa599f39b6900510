variable "organization_id" {
  description = "The PostHog organization: its UUID, its slug, or @current. Null takes it from the environment variable POSTHOG_ORGANIZATION_ID."
  type        = string
  default     = null
}

variable "team_file" {
  description = "The file that says who is in which role."
  type        = string
  default     = "team.yaml"
}
