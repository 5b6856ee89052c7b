mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name            = "document-gateway-test"
  kms_key_arn     = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  initial_image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/document-gateway:sha-1"
  repository_arns = ["arn:aws:ecr:eu-west-1:123456789012:repository/document-gateway"]
  upstream        = { image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/document-gateway-upstream:sha-1" }
  network = {
    vpc_id             = "vpc-0123456789abcdef0"
    public_subnet_ids  = ["subnet-0000000000000000a", "subnet-0000000000000000b"]
    private_subnet_ids = ["subnet-0000000000000000c", "subnet-0000000000000000d"]
    https_egress = {
      cidr            = "0.0.0.0/0"
      prefix_list_ids = { s3 = "pl-0123456789abcdef0" }
    }
  }
}

# --- Without a domain ---------------------------------------------------------------------------------------------

run "has_https_without_a_domain" {
  assert {
    condition     = aws_lb.this.internal && aws_lb.this.subnets == toset(var.network.private_subnet_ids)
    error_message = "The load balancer must be internal, for CloudFront only."
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"
    error_message = "A key must not be sent without TLS."
  }

  assert {
    condition     = aws_cloudfront_distribution.this[0].default_cache_behavior[0].allowed_methods == toset(["GET", "HEAD", "OPTIONS"])
    error_message = "CloudFront must pass on GET, HEAD, and OPTIONS for the preflights of browsers."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.cloudfront) == 1 && length(aws_vpc_security_group_ingress_rule.https) == 0
    error_message = "Only CloudFront may reach the load balancer."
  }

  assert {
    condition     = output.url == "https://d0123456789abc.cloudfront.net" && strcontains(output.curl, "${output.url}/1")
    error_message = "The address must be that of CloudFront."
  }

  assert {
    condition     = aws_wafv2_web_acl.this[0].scope == "CLOUDFRONT" && aws_wafv2_web_acl.this[0].region == "us-east-1"
    error_message = "The rate limit must be at CloudFront, which sees the address of the client."
  }

  assert {
    condition     = alltrue([for each in aws_cloudfront_distribution.this[0].custom_error_response : each.error_caching_min_ttl == 0])
    error_message = "CloudFront must not cache errors."
  }

  assert {
    condition = contains([
      for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].environment : "${each.name}=${each.value}"
    ], "TRUST_PROXY=2")
    error_message = "The gateway must trust two proxies: CloudFront and the load balancer."
  }
}

# --- With one -----------------------------------------------------------------------------------------------------

run "has_https_with_a_domain" {
  variables {
    domain = { name = "documents.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = !aws_lb.this.internal && aws_lb.this.subnets == toset(var.network.public_subnet_ids)
    error_message = "The load balancer must be public."
  }

  assert {
    condition     = aws_lb_listener.https[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06" && aws_lb_listener.https[0].protocol == "HTTPS"
    error_message = "The listener must require TLS 1.2 or later."
  }

  assert {
    condition     = aws_lb_listener.redirect[0].default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "HTTP must be redirected to HTTPS."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this) == 0 && output.url == "https://documents.example.com"
    error_message = "There must be no CloudFront distribution."
  }

  assert {
    condition     = aws_route53_record.validation[0].type == "CNAME" && aws_route53_record.this[0].type == "A"
    error_message = "There must be records for the name and its certificate."
  }

  assert {
    condition     = aws_wafv2_web_acl.this[0].scope == "REGIONAL" && length(aws_wafv2_web_acl_association.this) == 1
    error_message = "The rate limit must be at the load balancer."
  }

  assert {
    condition = contains([
      for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].environment : "${each.name}=${each.value}"
    ], "TRUST_PROXY=1")
    error_message = "The gateway must trust one proxy, the load balancer: with more, clients could forge their address."
  }
}

# --- What passes --------------------------------------------------------------------------------------------------

run "lets_a_list_of_paths_through_and_nothing_else" {
  command = plan

  variables {
    domain = { name = "documents.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = aws_lb_listener.https[0].default_action[0].fixed_response[0].status_code == "404"
    error_message = "Paths that are not listed must get a 404."
  }

  # Converts a pattern of the load balancer to a regular expression: * is any text, ? is one character.
  assert {
    condition = !anytrue(flatten([
      for path in ["/metrics", "/metrics/", "/%6Detrics", "//metrics", "/health/ready", "/health/live"] : [
        for pattern in flatten([for rule in aws_lb_listener_rule.paths : [for c in rule.condition : [for p in c.path_pattern : tolist(p.values)]]]) :
        can(regex("^${replace(replace(pattern, ".", "[.]"), "*", ".*")}$", path))
      ]
    ]))
    error_message = "Metrics and the health of a single task must not be public."
  }

  assert {
    condition = alltrue([
      for path in ["/", "/health", "/1", "/007", "/18446744073709551616", "/docs", "/openapi.json"] : anytrue([
        for pattern in flatten([for rule in aws_lb_listener_rule.paths : [for c in rule.condition : [for p in c.path_pattern : tolist(p.values)]]]) :
        can(regex("^${replace(replace(pattern, ".", "[.]"), "*", ".*")}$", path))
      ])
    ])
    error_message = "Documents, their description and the health must be public."
  }

  assert {
    condition = alltrue([
      for rule in aws_lb_listener_rule.paths : alltrue([for c in rule.condition : alltrue([for p in c.path_pattern : length(p.values) <= 5])])
    ])
    error_message = "A rule may have at most five values."
  }
}

run "refuses_a_pattern_that_lets_metrics_through" {
  command = plan

  variables {
    public_paths = ["/*"]
  }

  expect_failures = [var.public_paths]
}

run "refuses_a_pattern_of_what_the_service_decodes" {
  command = plan

  variables {
    public_paths = ["/%*"]
  }

  expect_failures = [var.public_paths]
}

# --- Limits -------------------------------------------------------------------------------------------------------

run "can_do_without_a_rate_limit" {
  command = plan

  variables {
    waf_rate_limit = null
  }

  assert {
    condition     = length(aws_wafv2_web_acl.this) == 0 && length(aws_cloudwatch_log_group.waf) == 0
    error_message = "There must be no web ACL and no log of it."
  }
}

run "keeps_keys_out_of_the_logs" {
  command = plan

  assert {
    condition     = aws_wafv2_web_acl_logging_configuration.this[0].redacted_fields[0].single_header[0].name == "x-api-key"
    error_message = "WAF logs headers, so the key must be redacted."
  }
}

run "can_be_destroyed_only_when_told_so" {
  command = plan

  assert {
    condition     = aws_lb.this.enable_deletion_protection && !aws_s3_bucket.logs.force_destroy && aws_secretsmanager_secret.api_key.recovery_window_in_days == 30
    error_message = "Resources must be protected by default."
  }
}

run "can_be_destroyed_without_a_trace" {
  command = plan

  variables {
    protected = false
  }

  assert {
    condition     = !aws_lb.this.enable_deletion_protection && aws_s3_bucket.logs.force_destroy && aws_secretsmanager_secret.api_key.recovery_window_in_days == 0
    error_message = "Nothing may block destruction or keep a name in use."
  }
}
