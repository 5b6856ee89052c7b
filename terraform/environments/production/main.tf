# Production, for consumers. Runs only images that were built for staging.

locals {
  environment = "production"
  full_name   = "${var.name}-${local.environment}"
}

data "aws_ecr_repository" "gateway" {
  name = var.name
}

data "aws_iam_openid_connect_provider" "github" {
  url = "https://token.actions.githubusercontent.com"
}

module "key" {
  source = "../../modules/key"

  name        = local.full_name
  description = "Logs, key and notifications of ${local.full_name}"
  services    = ["alarms", "logs"]
}

module "network" {
  source = "../../modules/network"

  name                    = local.full_name
  cidr                    = "10.20.0.0/16"
  zones                   = 3
  egress                  = "nat-per-zone"
  kms_key_arn             = module.key.arn
  flow_log_retention_days = 365
}

module "service" {
  source = "../../modules/service"

  name               = local.full_name
  network            = module.network
  kms_key_arn        = module.key.arn
  domain             = var.domain
  initial_image      = "${data.aws_ecr_repository.gateway.repository_url}:${var.initial_tag}"
  repository_arns    = [data.aws_ecr_repository.gateway.arn]
  architecture       = var.architecture
  cpu                = 1024
  memory             = 2048
  tasks              = { min = 3, max = 12 }
  settings           = var.settings
  log_retention_days = 365
  alarm_emails       = var.alarm_emails
  protected          = var.protected
  upstream           = var.upstream

  # The same alert rules as on Kubernetes and in compose.
  prometheus = {
    rules = {
      for file in fileset("${path.module}/../../../monitoring/prometheus/rules", "*.yml") :
      trimsuffix(file, ".yml") => file("${path.module}/../../../monitoring/prometheus/rules/${file}")
    }
  }
}

module "delivery" {
  source = "../../modules/delivery"

  name              = local.full_name
  repository        = var.repository
  environment       = local.environment
  oidc_provider_arn = data.aws_iam_openid_connect_provider.github.arn
  repository_arns   = [data.aws_ecr_repository.gateway.arn]
  deployment        = module.service.deployment
}
