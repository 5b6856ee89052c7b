# The upstream, which cannot be trusted: a separate service with a private name that only the gateway can reach, or an existing
# one, with only a rule for its port.
#
# The name is a DNS name. Service Connect would add a proxy with its own timeouts and retries, beside the policy of the
# gateway: docs/decisions/0012.

locals {
  own_upstream   = var.upstream.image != null
  upstream_cpu   = 256
  upstream_label = "documents"
  upstream_url   = local.own_upstream ? "http://${local.upstream_label}.${var.name}.internal:${var.upstream.port}/{id}" : var.upstream.url
  # The port of the URL, or the default of its scheme.
  upstream_port = local.own_upstream ? var.upstream.port : try(
    tonumber(regex("^https?://[^/:]+:([0-9]+)/", var.upstream.url)[0]),
    startswith(var.upstream.url, "https:") ? 443 : 80,
  )
  # The repository of an image in ECR: 123456789012.dkr.ecr.REGION.amazonaws.com/NAME:TAG.
  upstream_repository_arns = [
    for image in regexall(
      "^(?P<account>[0-9]{12})[.]dkr[.]ecr[.](?P<region>[a-z0-9-]+)[.]amazonaws[.]com/(?P<name>[^:@]+)",
      coalesce(var.upstream.image, "-"),
    ) : "arn:${local.partition}:ecr:${image.region}:${image.account}:repository/${image.name}"
  ]
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  count = local.own_upstream ? 1 : 0

  name        = "${var.name}.internal"
  description = "Private names of ${var.name}"
  vpc         = var.network.vpc_id
}

resource "aws_service_discovery_service" "upstream" {
  count = local.own_upstream ? 1 : 0

  name        = local.upstream_label
  description = "The upstream"
  # ECS deregisters tasks with a delay, and Cloud Map deletes no service that still has some.
  force_destroy = true

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this[0].id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

resource "aws_cloudwatch_log_group" "upstream" {
  # checkov:skip=CKV_AWS_338:The environment decides: production keeps logs for a year, staging for two weeks.
  count = local.own_upstream ? 1 : 0

  name              = "/${var.name}/upstream"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# It may pull its image and write logs, but not read the API key.
resource "aws_iam_role" "upstream_start" {
  count = local.own_upstream ? 1 : 0

  name               = "${var.name}-upstream-start"
  description        = "What Fargate may do to start the upstream: pull, log"
  assume_role_policy = local.trust
}

# ecr:GetAuthorizationToken supports no resources, and AWS names the streams.
#trivy:ignore:AVD-AWS-0057 #trivy:ignore:AWS-0057
resource "aws_iam_role_policy" "upstream_start" {
  count = local.own_upstream ? 1 : 0

  name = "start"
  role = aws_iam_role.upstream_start[0].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.pull_statements.upstream, [local.log_statement])
  })
}

resource "aws_ecs_task_definition" "upstream" {
  count = local.own_upstream ? 1 : 0

  family                   = "${var.name}-upstream"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.upstream_cpu
  memory                   = 512
  execution_role_arn       = aws_iam_role.upstream_start[0].arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name                   = "upstream"
    image                  = var.upstream.image
    essential              = true
    readonlyRootFilesystem = var.upstream.read_only
    portMappings           = [{ containerPort = var.upstream.port, protocol = "tcp" }]
    environment            = [{ name = "PORT", value = tostring(var.upstream.port) }]
    linuxParameters        = { capabilities = { drop = ["ALL"] } }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.upstream[0].name
        awslogs-region        = local.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking"
        max-buffer-size       = "10m"
      }
    }
  }])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.upstream.architecture
  }
}

resource "aws_ecs_service" "upstream" {
  count = local.own_upstream ? 1 : 0

  name                               = "upstream"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.upstream[0].arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = var.upstream.tasks
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.network.private_subnet_ids
    security_groups  = [aws_security_group.upstream[0].id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.upstream[0].arn
  }

  depends_on = [
    aws_iam_role_policy.upstream_start,
    aws_vpc_security_group_egress_rule.upstream_https,
    aws_vpc_security_group_egress_rule.upstream_prefix_list,
  ]
}

resource "aws_security_group" "upstream" {
  count = local.own_upstream ? 1 : 0

  name        = "${var.name}-upstream"
  description = "Tasks of the upstream of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-upstream" }
}

resource "aws_vpc_security_group_ingress_rule" "upstream" {
  count = local.own_upstream ? 1 : 0

  security_group_id            = aws_security_group.upstream[0].id
  description                  = "From the gateway, and nobody else"
  referenced_security_group_id = aws_security_group.gateway.id
  ip_protocol                  = "tcp"
  from_port                    = var.upstream.port
  to_port                      = var.upstream.port
}

# Fargate pulls the image and writes logs through the address of the task. Only HTTPS is allowed.
#trivy:ignore:AVD-AWS-0104 #trivy:ignore:AWS-0104
resource "aws_vpc_security_group_egress_rule" "upstream_https" {
  count = local.own_upstream ? 1 : 0

  security_group_id = aws_security_group.upstream[0].id
  description       = "HTTPS to services of AWS"
  cidr_ipv4         = var.network.https_egress.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "upstream_prefix_list" {
  for_each = local.own_upstream ? var.network.https_egress.prefix_list_ids : {}

  security_group_id = aws_security_group.upstream[0].id
  description       = "HTTPS to ${each.key}, through its gateway endpoint"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "gateway_to_upstream" {
  count = local.own_upstream ? 1 : 0

  security_group_id            = aws_security_group.gateway.id
  description                  = "To the upstream"
  referenced_security_group_id = aws_security_group.upstream[0].id
  ip_protocol                  = "tcp"
  from_port                    = local.upstream_port
  to_port                      = local.upstream_port
}

# A rule for 443 may already exist, for services of AWS, and AWS rejects duplicate rules.
#
# The environment sets the address of the upstream: restrict it by cidr.
#trivy:ignore:AVD-AWS-0104 #trivy:ignore:AWS-0104
resource "aws_vpc_security_group_egress_rule" "gateway_to_url" {
  count = !local.own_upstream && !(local.upstream_port == 443 && var.upstream.cidr == var.network.https_egress.cidr) ? 1 : 0

  security_group_id = aws_security_group.gateway.id
  description       = "To the upstream"
  cidr_ipv4         = var.upstream.cidr
  ip_protocol       = "tcp"
  from_port         = local.upstream_port
  to_port           = local.upstream_port
}
