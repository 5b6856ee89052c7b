variable "name" {
  description = "The start of the name of the role."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub, OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Must be OWNER/NAME, without stars."
  }
}

variable "environment" {
  description = "The environment on GitHub whose jobs may assume the role."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+$", var.environment))
    error_message = "Must be a name without stars, slashes and colons."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the account's OIDC provider for GitHub."
  type        = string
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories with the deployed images."
  type        = list(string)
}

variable "builds" {
  description = "Whether the role may push images, or only deploy existing ones."
  type        = bool
  default     = false
}

variable "deployment" {
  description = "The output of the service module for deployments."
  type = object({
    cluster_arn         = string
    service             = string
    family              = string
    image_parameter_arn = string
    role_arns           = list(string)
  })
}
