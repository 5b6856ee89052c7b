# With a domain it is the public door; without one it is internal.
#trivy:ignore:AVD-AWS-0053 #trivy:ignore:AWS-0053
resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_150:Protected unless an environment says otherwise; staging is to go without a trace.
  # checkov:skip=CKV2_AWS_20:The redirect is in domain.tf; without a domain CloudFront redirects.
  # checkov:skip=CKV2_AWS_76:The rules against Log4j are in waf.tf, at the public door.
  # checkov:skip=CKV2_AWS_28:In waf.tf, at whichever of the two doors is the public one.
  name               = var.name
  load_balancer_type = "application"
  internal           = !local.public
  subnets            = local.public ? var.network.public_subnet_ids : var.network.private_subnet_ids
  security_groups    = [aws_security_group.alb.id]

  # Shorter than KEEP_ALIVE_TIMEOUT_MS of the gateway, which so never closes a connection that is about to be used.
  idle_timeout = 60
  # What is not HTTP to the letter is how requests are smuggled.
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
  # A request takes ten seconds (DEADLINE_MS), a slow client somewhat longer.
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
  # What the gateway says of a route that does not exist.
  not_found = jsonencode({ type = "urn:problem-type:document-gateway:route-not-found", title = "No such route", status = 404 })
  # A rule takes five values.
  path_rules = chunklist(var.public_paths, 5)
}

# A list of the paths that may pass, as in config/components/gateway-api: /metrics, other health routes and future routes
# stay inside. What passes is still the gateway's to answer, by a 404 or for want of a key.
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
