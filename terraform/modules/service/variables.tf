variable "name" {
  description = "What everything is named after, also in the names of load balancers, which are short."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "3 to 28 lower case letters, digits and dashes."
  }
}

# --- Where --------------------------------------------------------------------------------------------------------

variable "network" {
  description = "What the network module says of itself."
  type = object({
    vpc_id             = string
    public_subnet_ids  = list(string)
    private_subnet_ids = list(string)
    https_egress = object({
      cidr            = string
      prefix_list_ids = map(string)
    })
  })
}

variable "kms_key_arn" {
  description = "Key for the logs, the secret and the notifications. Services of AWS that need it: logs, alarms."
  type        = string
}

variable "domain" {
  description = "The name that consumers use, and the public Route 53 zone that it is in. Without it CloudFront gives a name."
  type = object({
    name    = string
    zone_id = string
  })
  default = null
}

variable "tls_policy" {
  description = "What the load balancer agrees to speak, with a domain."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

variable "public_paths" {
  description = <<-EOT
    The paths that are let through, as patterns of a load balancer; everything else, /metrics above all, is a 404. The
    service decodes %6D, so that only a list of what may pass is safe. Documents have names of digits (DOCUMENT_ID_PATTERN).
  EOT
  type        = list(string)
  default = [
    "/", "/health", "/openapi.json", "/docs", "/docs/*",
    "/0*", "/1*", "/2*", "/3*", "/4*", "/5*", "/6*", "/7*", "/8*", "/9*",
  ]

  validation {
    condition = length(var.public_paths) > 0 && alltrue([
      for path in var.public_paths : startswith(path, "/") && !contains(["*", "?", "%"], substr(path, 1, 1)) && !startswith(lower(path), "/m")
    ])
    error_message = "A path starts with a slash, and no pattern may let /metrics through."
  }
}

variable "waf_rate_limit" {
  description = "Requests that one address may make in five minutes; null for no limit and no web ACL."
  type        = number
  default     = 30000

  validation {
    condition     = var.waf_rate_limit == null ? true : var.waf_rate_limit >= 10
    error_message = "10 or more, or null."
  }
}

# --- What runs ----------------------------------------------------------------------------------------------------

variable "initial_image" {
  description = "The image that runs until the first deployment. From then on the parameter says which one: see image.tf."
  type        = string
}

variable "repository_arns" {
  description = "Repositories in ECR that the gateway may be pulled from. That of the upstream follows from its image."
  type        = list(string)
  default     = []
}

variable "architecture" {
  description = "ARM64, which costs a fifth less, or X86_64. The images must be built for it."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "ARM64 or X86_64."
  }
}

variable "cpu" {
  description = "CPU of one task, 1024 being a core. The event loop fills one; a second is for verifying large documents."
  type        = number
  default     = 1024

  validation {
    condition     = contains([512, 1024, 2048, 4096], var.cpu)
    error_message = "512, 1024, 2048 or 4096."
  }
}

variable "memory" {
  description = "Memory of one task in MiB. A quarter of the gateway's may be documents in flight."
  type        = number
  default     = 2048

  validation {
    # The sizes of Fargate: two to eight GiB for each core, in steps of one GiB, at most 30 GiB with four cores.
    condition     = var.memory >= 2 * var.cpu && var.memory <= min(8 * var.cpu, 30720) && var.memory % 1024 == 0
    error_message = "Whole GiB, from two to eight times as many MiB as there are units of CPU, and 30 GiB at most."
  }
}

variable "tasks" {
  description = "How few tasks, how many at most, and where scaling aims: CPU in percent, requests a minute for each task."
  type = object({
    min                 = optional(number, 2)
    max                 = optional(number, 10)
    cpu                 = optional(number, 60)
    requests_per_minute = optional(number, 6000)
  })
  default = {}

  validation {
    condition     = var.tasks.min >= 2 && var.tasks.max >= var.tasks.min
    error_message = "At least two, so that one may fail, and no fewer at most than at least."
  }
}

variable "settings" {
  description = "Settings of the gateway, as in .env.example, beside those that belong to running here."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), ["API_KEY", "PORT", "FLASK_PORT", "UPSTREAM_URL"])) == 0
    error_message = "API_KEY comes from the secret, UPSTREAM_URL from the upstream, and the port is 5000."
  }

  validation {
    condition = alltrue([
      for name in ["DRAIN_DELAY_MS", "SHUTDOWN_TIMEOUT_MS"] : can(tonumber(lookup(var.settings, name, "0")))
      ]) && sum([
      for name in ["DRAIN_DELAY_MS", "SHUTDOWN_TIMEOUT_MS"] : try(tonumber(lookup(var.settings, name, "15000")), 0)
    ]) <= 115000
    error_message = "DRAIN_DELAY_MS and SHUTDOWN_TIMEOUT_MS are milliseconds, 115000 together: Fargate waits for 120 s."
  }
}

variable "api_key_version" {
  description = "A greater number makes a new API key in place of the old one."
  type        = number
  default     = 1
}

variable "upstream" {
  description = <<-EOT
    The upstream: an image to run as a private service, or the url of one that is there, a template with {id}. The
    url's port is the one that the gateway may connect to, in cidr.
  EOT
  type = object({
    url   = optional(string)
    cidr  = optional(string, "0.0.0.0/0")
    image = optional(string)
    port  = optional(number, 3000)
    tasks = optional(number, 2)
    # Whether its image works with a read-only file system.
    read_only = optional(bool, true)
    # Its own architecture: many images are built for only one.
    architecture = optional(string, "X86_64")
  })

  validation {
    condition     = (var.upstream.url == null) != (var.upstream.image == null)
    error_message = "Either url or image."
  }

  validation {
    condition     = var.upstream.url == null ? true : can(regex("^https?://[^/:]+(:[0-9]+)?/[^{}]*[{]id[}][^{}]*$", var.upstream.url))
    error_message = "A URL with {id} in its path, once."
  }

  validation {
    condition     = contains(["ARM64", "X86_64"], var.upstream.architecture)
    error_message = "ARM64 or X86_64."
  }
}

# --- How it is watched --------------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "alarm_emails" {
  description = "Who is told of alarms. Each address is asked to confirm."
  type        = set(string)
  default     = []
}

variable "prometheus" {
  description = <<-EOT
    Send the gateway's metrics to a workspace of Amazon Managed Service for Prometheus, with these rules (content by name).
    A collector beside each gateway reads /metrics; its image comes from a public registry, which needs a NAT gateway.
  EOT
  type = object({
    rules = map(string)
    image = optional(string, "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0")
  })
  default = null
}

# --- How it ends --------------------------------------------------------------------------------------------------

variable "protected" {
  description = "Whether what cannot be had back is kept from being destroyed: the load balancer, logs of requests, the key."
  type        = bool
  default     = true
}
