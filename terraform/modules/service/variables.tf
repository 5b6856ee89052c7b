variable "name" {
  description = "The start of all names. The limit is that of load balancers."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "Must be 3 to 28 lower case letters, digits and dashes."
  }
}

# --- Where --------------------------------------------------------------------------------------------------------

variable "network" {
  description = "The outputs of the network module."
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
  description = "ARN of the key for the logs, the secret and the notifications. AWS services that need it: logs, alarms."
  type        = string
}

variable "domain" {
  description = "The domain name of the service, and its public Route 53 zone. Without it, the name is one of CloudFront."
  type = object({
    name    = string
    zone_id = string
  })
  default = null
}

variable "tls_policy" {
  description = "The TLS policy of the load balancer, with a domain."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
}

variable "public_paths" {
  description = <<-EOT
    Public paths, as patterns of a load balancer. Any other path, such as /metrics, gets a 404. The service decodes
    %6D, so only a list of allowed paths is safe. Document ids are digits (DOCUMENT_ID_PATTERN).
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
    error_message = "A path must start with a slash, and no pattern may match /metrics."
  }
}

variable "waf_rate_limit" {
  description = "The maximum number of requests of one address in five minutes. Null disables the limit and the web ACL."
  type        = number
  default     = 30000

  validation {
    condition     = var.waf_rate_limit == null ? true : var.waf_rate_limit >= 10
    error_message = "Must be 10 or more, or null."
  }
}

# --- What runs ----------------------------------------------------------------------------------------------------

variable "initial_image" {
  description = "The image until the first deployment. Later, the parameter names the image: see image.tf."
  type        = string
}

variable "repository_arns" {
  description = "ARNs of the ECR repositories of the gateway's images. That of the upstream follows from its image."
  type        = list(string)
  default     = []
}

variable "architecture" {
  description = "ARM64, which costs 20 % less, or X86_64. The images must support it."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "Must be ARM64 or X86_64."
  }
}

variable "cpu" {
  description = "CPU units of one task. A core has 1024. The event loop uses one core, and verifying large documents another."
  type        = number
  default     = 1024

  validation {
    condition     = contains([512, 1024, 2048, 4096], var.cpu)
    error_message = "Must be 512, 1024, 2048 or 4096."
  }
}

variable "memory" {
  description = "Memory of one task in MiB. Documents in flight may use a quarter of the gateway's."
  type        = number
  default     = 2048

  validation {
    # The sizes of Fargate: two to eight GiB for each core, in steps of one GiB, at most 30 GiB with four cores.
    condition     = var.memory >= 2 * var.cpu && var.memory <= min(8 * var.cpu, 30720) && var.memory % 1024 == 0
    error_message = "Must be whole GiB, at most 30 GiB, and in MiB two to eight times the CPU units."
  }
}

variable "tasks" {
  description = "The minimum and maximum number of tasks, and the targets of scaling: CPU in percent, and requests a minute for each task."
  type = object({
    min                 = optional(number, 2)
    max                 = optional(number, 10)
    cpu                 = optional(number, 60)
    requests_per_minute = optional(number, 6000)
  })
  default = {}

  validation {
    condition     = var.tasks.min >= 2 && var.tasks.max >= var.tasks.min
    error_message = "The minimum must be at least 2, so that one task may fail, and the maximum at least the minimum."
  }
}

variable "settings" {
  description = "Settings of the gateway, see .env.example, in addition to those that this module sets."
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
    error_message = "DRAIN_DELAY_MS and SHUTDOWN_TIMEOUT_MS must be milliseconds, at most 115000 together: Fargate waits for 120 s."
  }
}

variable "api_key_version" {
  description = "A greater number replaces the API key by a new one."
  type        = number
  default     = 1
}

variable "upstream" {
  description = <<-EOT
    The upstream: an image to run as a private service, or the URL of an existing upstream, a template with {id}.
    The gateway may connect only to the port of the URL, at addresses in cidr.
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
    error_message = "Must have either url or image."
  }

  validation {
    condition     = var.upstream.url == null ? true : can(regex("^https?://[^/:]+(:[0-9]+)?/[^{}]*[{]id[}][^{}]*$", var.upstream.url))
    error_message = "Must be a URL with {id} once in its path."
  }

  validation {
    condition     = contains(["ARM64", "X86_64"], var.upstream.architecture)
    error_message = "Must be ARM64 or X86_64."
  }
}

# --- How it is watched --------------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "The days that logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "alarm_emails" {
  description = "Email addresses that get alarms. Each address must confirm."
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
  description = "Whether the load balancer, the request logs and the API key are protected from destruction."
  type        = bool
  default     = true
}
