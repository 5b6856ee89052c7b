variable "region" {
  description = "The region of all resources, as in the bootstrap."
  type        = string
}

variable "name" {
  description = "The name, as in the bootstrap."
  type        = string
  default     = "document-gateway"
}

variable "repository" {
  description = "The repository on GitHub with the deploying workflow, OWNER/NAME."
  type        = string
}

variable "initial_tag" {
  description = "Tag of the images before the first deployment, sha-COMMIT."
  type        = string
}

variable "architecture" {
  description = "The architecture of the tasks: ARM64 or X86_64."
  type        = string
  default     = "ARM64"
}

variable "domain" {
  description = "The domain name of the service, and its Route 53 zone. Without it, the name is one of CloudFront."
  type = object({
    name    = string
    zone_id = string
  })
  default = null
}

variable "settings" {
  description = "Settings of the gateway that differ from their defaults, see .env.example."
  type        = map(string)
  default     = {}
}

variable "alarm_emails" {
  description = "Email addresses that get alarms."
  type        = set(string)
  default     = []
}

variable "upstream" {
  description = "The upstream: its image or its URL. See the service module."
  type = object({
    url          = optional(string)
    cidr         = optional(string)
    image        = optional(string)
    port         = optional(number)
    tasks        = optional(number)
    read_only    = optional(bool)
    architecture = optional(string)
  })
}

variable "protected" {
  description = "Set it to false and apply before destroying. The load balancer, the request logs and the API key are then deleted for good."
  type        = bool
  default     = true
}
