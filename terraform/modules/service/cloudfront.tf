# Without a domain: CloudFront in front of the private load balancer, which it reaches inside AWS. It caches nothing,
# and only provides a name and a certificate.

locals {
  # CloudFront caches these failures for ten seconds by default. Its cache ignores API keys: all consumers would get
  # the 404 or 503 of one.
  remembered_failures = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
}

data "aws_cloudfront_cache_policy" "none" {
  count = local.public ? 0 : 1

  name = "Managed-CachingDisabled"
}

data "aws_cloudfront_origin_request_policy" "all" {
  count = local.public ? 0 : 1

  name = "Managed-AllViewer"
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = local.public ? 0 : 1

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

# The load balancer logs each request that it gets, and WAF logs those that it rejects.
# The rate limit is in waf.tf, unless an environment disables it.
# The certificate of CloudFront does not allow a choice of protocols; a domain does.
#trivy:ignore:AVD-AWS-0010 #trivy:ignore:AWS-0010 #trivy:ignore:AVD-AWS-0011 #trivy:ignore:AWS-0011 #trivy:ignore:AVD-AWS-0013 #trivy:ignore:AWS-0013
resource "aws_cloudfront_distribution" "this" {
  # checkov:skip=CKV_AWS_86:The load balancer logs each request that it gets, and WAF logs those that it rejects.
  # checkov:skip=CKV_AWS_174:The certificate of CloudFront does not allow a choice of protocols; a domain does.
  # checkov:skip=CKV2_AWS_42:As above.
  # checkov:skip=CKV_AWS_305:GET / is a route of the gateway.
  # checkov:skip=CKV_AWS_310:There is one origin, in several zones.
  # checkov:skip=CKV_AWS_374:Consumers may be anywhere.
  # checkov:skip=CKV2_AWS_32:The gateway sets the headers that its answers need.
  # checkov:skip=CKV2_AWS_47:The rules against Log4j are in waf.tf.
  count = local.public ? 0 : 1

  comment         = var.name
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_100"
  web_acl_id      = one(aws_wafv2_web_acl.this[*].arn)

  origin {
    origin_id   = "load-balancer"
    domain_name = aws_lb.this.dns_name

    vpc_origin_config {
      vpc_origin_id = aws_cloudfront_vpc_origin.this[0].id
      # Longer than DEADLINE_MS of the gateway, so that the gateway answers with the cause.
      origin_read_timeout = 30
      # Shorter than the idle timeout of the load balancer.
      origin_keepalive_timeout = 30
    }
  }

  default_cache_behavior {
    target_origin_id         = "load-balancer"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none[0].id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all[0].id
    # Documents are already compressed, and have an exact length.
    compress = false
  }

  dynamic "custom_error_response" {
    for_each = local.remembered_failures

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_cloudfront_vpc_origin" "this" {
  count = local.public ? 0 : 1

  vpc_origin_endpoint_config {
    name                   = var.name
    arn                    = aws_lb.this.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "http-only"

    # Required, but without effect for http-only.
    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }

  # CloudFront requires a load balancer with a listener.
  depends_on = [aws_lb_listener.cloudfront]
}

# A private load balancer that only CloudFront can reach, inside AWS: it has no name for a certificate.
#trivy:ignore:AVD-AWS-0054 #trivy:ignore:AWS-0054
resource "aws_lb_listener" "cloudfront" {
  # checkov:skip=CKV_AWS_2:A private load balancer that only CloudFront can reach, inside AWS: it has no name for a certificate.
  # checkov:skip=CKV_AWS_103:As above.
  count = local.public ? 0 : 1

  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = local.not_found
      status_code  = "404"
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  # checkov:skip=CKV_AWS_260:The source is the prefix list of CloudFront, not 0.0.0.0/0.
  count = local.public ? 0 : 1

  security_group_id = aws_security_group.alb.id
  description       = "From CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront[0].id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}
