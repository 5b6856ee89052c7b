# Public with a domain, internal without one.
#trivy:ignore:AVD-AWS-0053 #trivy:ignore:AWS-0053
resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_150:Protected by default; staging must be easy to destroy.
  # checkov:skip=CKV2_AWS_20:The redirect is in domain.tf; without a domain CloudFront redirects.
  # checkov:skip=CKV2_AWS_76:The rules against Log4j are in waf.tf, on the public entry.
  # checkov:skip=CKV2_AWS_28:In waf.tf, on the public one of the two entries.
  name               = var.name
  load_balancer_type = "application"
  internal           = !local.public
  subnets            = local.public ? var.network.public_subnet_ids : var.network.private_subnet_ids
  security_groups    = [aws_security_group.alb.id]

  # Shorter than KEEP_ALIVE_TIMEOUT_MS of the gateway, which therefore never closes a connection that is about to be
  # used.
  idle_timeout = 60
  # Invalid HTTP allows request smuggling.
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.protected

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "gateway" {
  # checkov:skip=CKV_AWS_378:TLS ends here; inside, security groups allow only the load balancer.
  name_prefix = "gw-"
  vpc_id      = var.network.vpc_id
  target_type = "ip"
  port        = local.port
  protocol    = "HTTP"
  # A request takes up to ten seconds (DEADLINE_MS), longer with a slow client.
  deregistration_delay = 30
  # A request goes to the task with the fewest requests: small documents must not queue behind a large one.
  load_balancing_algorithm_type = "least_outstanding_requests"

  # The gateway is unready at once on SIGTERM, and stays ready while the upstream is down: docs/failure-modes.md.
  health_check {
    path                = "/health/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  listener_arn = one(concat(aws_lb_listener.https[*].arn, aws_lb_listener.cloudfront[*].arn))
  # The answer of the gateway for an unknown route.
  not_found = jsonencode({ type = "urn:problem-type:document-gateway:route-not-found", title = "No such route", status = 404 })
  # A rule has at most five values.
  path_rules = chunklist(var.public_paths, 5)
}

# The public paths, as in config/components/gateway-api: /metrics, other health routes and new routes are not
# reachable from outside. The gateway still checks these requests.
resource "aws_lb_listener_rule" "paths" {
  count = length(local.path_rules)

  listener_arn = local.listener_arn
  priority     = 10 + count.index

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.gateway.arn
  }

  condition {
    path_pattern {
      values = local.path_rules[count.index]
    }
  }
}

resource "aws_security_group" "alb" {
  name        = "${var.name}-alb"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_egress_rule" "alb" {
  security_group_id            = aws_security_group.alb.id
  description                  = "To the gateway"
  referenced_security_group_id = aws_security_group.gateway.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}
