# Staging: the newest image of main, with its own upstream. Cheap, and can be destroyed completely.

locals {
  environment = "staging"
  full_name   = "${var.name}-${local.environment}"
}

data "aws_ecr_repository" "gateway" {
  name = var.name
}

data "aws_ecr_repository" "upstream" {
  name = "${var.name}-upstream"
}

data "aws_iam_openid_connect_provider" "github" {
  url = "https://token.actions.githubusercontent.com"
}

module "key" {
  source = "../../modules/key"

  name                 = local.full_name
  description          = "Logs, key and notifications of ${local.full_name}"
  services             = ["alarms", "logs"]
  deletion_window_days = 7
}

module "network" {
  source = "../../modules/network"

  name                    = local.full_name
  cidr                    = "10.10.0.0/16"
  zones                   = 2
  egress                  = "nat"
  kms_key_arn             = module.key.arn
  flow_log_retention_days = 14
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
  cpu                = 512
  memory             = 1024
  tasks              = { min = 2, max = 4 }
  settings           = var.settings
  log_retention_days = 14
  alarm_emails       = var.alarm_emails
  protected          = false

  # The stand-in, which has the faults of the real upstream, unless another one is set.
  upstream = var.upstream != null ? var.upstream : {
    url          = null
    cidr         = null
    image        = "${data.aws_ecr_repository.upstream.repository_url}:${var.initial_tag}"
    port         = null
    tasks        = null
    read_only    = null
    architecture = var.architecture
  }
}

module "delivery" {
  source = "../../modules/delivery"

  name              = local.full_name
  repository        = var.repository
  environment       = local.environment
  oidc_provider_arn = data.aws_iam_openid_connect_provider.github.arn
  repository_arns   = [data.aws_ecr_repository.gateway.arn]
  builds            = true
  deployment        = module.service.deployment
}
