# A rate limit for each address, and rules against known attacks. Attached to the load balancer with a domain, and to
# CloudFront without one, where the load balancer does not see client addresses. Resources for CloudFront must be in
# us-east-1.

locals {
  waf        = var.waf_rate_limit != null
  waf_region = local.public ? local.region : "us-east-1"
}

resource "aws_wafv2_web_acl" "this" {
  count = local.waf ? 1 : 0

  name        = var.name
  description = "Rate limit and known bad inputs"
  region      = local.waf_region
  scope       = local.public ? "REGIONAL" : "CLOUDFRONT"

  default_action {
    allow {}
  }

  rule {
    name     = "rate"
    priority = 1

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.waf_rate_limit
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
      }
    }

    visibility_config {
      metric_name                = "rate"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "known-bad-inputs"
    priority = 2

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesKnownBadInputsRuleSet"
      }
    }

    visibility_config {
      metric_name                = "known-bad-inputs"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = local.waf && local.public ? 1 : 0

  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this[0].arn
}

# AWS requires this prefix. The key belongs to this region and cannot be used in another.
#
# Without a domain it is in us-east-1, without our key; AWS encrypts it with its own.
#trivy:ignore:AVD-AWS-0017 #trivy:ignore:AWS-0017
resource "aws_cloudwatch_log_group" "waf" {
  # checkov:skip=CKV_AWS_158:Without a domain it is in us-east-1, without our key; AWS encrypts it with its own.
  # checkov:skip=CKV_AWS_338:The environment decides: production keeps logs for a year, staging for two weeks.
  count = local.waf ? 1 : 0

  name              = "aws-waf-logs-${var.name}"
  region            = local.waf_region
  retention_in_days = var.log_retention_days
  kms_key_id        = local.waf_region == local.region ? var.kms_key_arn : null
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  count = local.waf ? 1 : 0

  region                  = local.waf_region
  resource_arn            = aws_wafv2_web_acl.this[0].arn
  log_destination_configs = [aws_cloudwatch_log_group.waf[0].arn]

  redacted_fields {
    single_header {
      name = "x-api-key"
    }
  }

  # Only refused requests are logged. The load balancer logs the others.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }
    }
  }
}
