# The gateway on Fargate, the upstream beside it, and the entry point in front of them. One file for each part:
#
#   alb.tf         load balancer, what it lets through     ecs.tf       cluster, task, service
#   domain.tf      a name of one's own, its certificate    upstream.tf     the upstream, by a private name
#   cloudfront.tf  HTTPS without a name of one's own       image.tf     which image runs
#   waf.tf         the rate limit                          secret.tf    the API key
#   logs.tf        logs of requests and of processes       iam.tf       what tasks may do
#   scaling.tf     more tasks, fewer tasks                 metrics.tf   Prometheus, when asked for
#   alarms.tf, dashboard.tf

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  port = 5000

  # With a domain the load balancer is public. Without one it is private behind CloudFront, with the certificate of
  # CloudFront: API keys are never sent in clear text, and self-signed certificates are not needed.
  public = var.domain != null
  host   = local.public ? var.domain.name : aws_cloudfront_distribution.this[0].domain_name
}
