variable "name" {
  description = "What the role is named after."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub, OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "OWNER/NAME, without stars."
  }
}

variable "environment" {
  description = "The environment on GitHub whose jobs may take on the role."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.environment))
    error_message = "A name without stars, slashes and colons."
  }
}

variable "oidc_provider_arn" {
  description = "GitHub, as the account knows it."
  type        = string
}

variable "repository_arns" {
  description = "The repositories in ECR that are deployed from."
  type        = list(string)
}

variable "builds" {
  description = "Whether the role may push images, or only deploy what is there already."
  type        = bool
  default     = false
}

variable "deployment" {
  description = "What the service module says of its deployments."
  type = object({
    cluster_arn         = string
    service             = string
    family              = string
    image_parameter_arn = string
    role_arns           = list(string)
  })
}
