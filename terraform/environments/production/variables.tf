variable "region" {
  description = "The region that everything is in, as in the bootstrap."
  type        = string
}

variable "name" {
  description = "As in the bootstrap."
  type        = string
  default     = "document-gateway"
}

variable "repository" {
  description = "The repository on GitHub whose workflow deploys, OWNER/NAME."
  type        = string
}

variable "initial_tag" {
  description = "Tag of the images that are there before the first deployment, sha-COMMIT."
  type        = string
}

variable "architecture" {
  description = "What the tasks run on: ARM64 or X86_64."
  type        = string
  default     = "ARM64"
}

variable "domain" {
  description = "The name that consumers use, and its Route 53 zone. Without it CloudFront gives a name."
  type = object({
    name    = string
    zone_id = string
  })
  default = null
}

variable "settings" {
  description = "Settings of the gateway, as in .env.example, that differ from their defaults."
  type        = map(string)
  default     = {}
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = set(string)
  default     = []
}

variable "upstream" {
  description = "The upstream: its image, or its url. See the service module."
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
  description = "Set it to false and apply before destroying: the load balancer, logs of requests and the key go for good."
  type        = bool
  default     = true
}
