# The upstream, which cannot be trusted: a separate service with a private name that only the gateway can reach. Or
# one that is there already, and then nothing of this but a rule for its port.
#
# The name is one of DNS. Service Connect would put a proxy with timeouts and retries of its own between the two, where the
# gateway has a policy: docs/decisions/0012.

locals {
  own_store   = var.store.image != null
  store_cpu   = 256
  store_label = "documents"
  store_url   = local.own_store ? "http://${local.store_label}.${var.name}.internal:${var.store.port}/{id}" : var.store.url
  # Of the url, or what its scheme implies.
  store_port = local.own_store ? var.store.port : try(
    tonumber(regex("^https?://[^/:]+:([0-9]+)/", var.store.url)[0]),
    startswith(var.store.url, "https:") ? 443 : 80,
  )
  # Of the image, if it is in ECR: 123456789012.dkr.ecr.REGION.amazonaws.com/NAME:TAG.
  store_repository_arns = [
    for image in regexall(
      "^(?P<account>[0-9]{12})[.]dkr[.]ecr[.](?P<region>[a-z0-9-]+)[.]amazonaws[.]com/(?P<name>[^:@]+)",
      coalesce(var.store.image, "-"),
    ) : "arn:${local.partition}:ecr:${image.region}:${image.account}:repository/${image.name}"
  ]
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  count = local.own_store ? 1 : 0

  name        = "${var.name}.internal"
  description = "Private names of ${var.name}"
  vpc         = var.network.vpc_id
}

resource "aws_service_discovery_service" "store" {
  count = local.own_store ? 1 : 0

  name        = local.store_label
  description = "The document store"
  # ECS takes its tasks out somewhat later than it says, and Cloud Map deletes no service that still has some.
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

resource "aws_cloudwatch_log_group" "store" {
  # checkov:skip=CKV_AWS_338:The environment decides: production keeps logs for a year, staging for two weeks.
  count = local.own_store ? 1 : 0

  name              = "/${var.name}/store"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# It may pull its image and log, and knows nothing of the key.
resource "aws_iam_role" "store_start" {
  count = local.own_store ? 1 : 0

  name               = "${var.name}-store-start"
  description        = "What Fargate may do to start the document store: pull, log"
  assume_role_policy = local.trust
}

# ecr:GetAuthorizationToken has no resource to name; the streams are named by AWS.
#trivy:ignore:AVD-AWS-0057 #trivy:ignore:AWS-0057
resource "aws_iam_role_policy" "store_start" {
  count = local.own_store ? 1 : 0

  name = "start"
  role = aws_iam_role.store_start[0].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.pull_statements.store, [local.log_statement])
  })
}

resource "aws_ecs_task_definition" "store" {
  count = local.own_store ? 1 : 0

  family                   = "${var.name}-store"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.store_cpu
  memory                   = 512
  execution_role_arn       = aws_iam_role.store_start[0].arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name                   = "store"
    image                  = var.store.image
    essential              = true
    readonlyRootFilesystem = var.store.read_only
    portMappings           = [{ containerPort = var.store.port, protocol = "tcp" }]
    environment            = [{ name = "PORT", value = tostring(var.store.port) }]
    linuxParameters        = { capabilities = { drop = ["ALL"] } }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.store[0].name
        awslogs-region        = local.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking"
        max-buffer-size       = "10m"
      }
    }
  }])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.store.architecture
  }
}

resource "aws_ecs_service" "store" {
  count = local.own_store ? 1 : 0

  name                               = "store"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.store[0].arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = var.store.tasks
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
    security_groups  = [aws_security_group.store[0].id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.store[0].arn
  }

  depends_on = [
    aws_iam_role_policy.store_start,
    aws_vpc_security_group_egress_rule.store_https,
    aws_vpc_security_group_egress_rule.store_prefix_list,
  ]
}

resource "aws_security_group" "store" {
  count = local.own_store ? 1 : 0

  name        = "${var.name}-store"
  description = "Tasks of the document store of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-store" }
}

resource "aws_vpc_security_group_ingress_rule" "store" {
  count = local.own_store ? 1 : 0

  security_group_id            = aws_security_group.store[0].id
  description                  = "From the gateway, and nobody else"
  referenced_security_group_id = aws_security_group.gateway.id
  ip_protocol                  = "tcp"
  from_port                    = var.store.port
  to_port                      = var.store.port
}

# Fargate pulls its image and writes its logs through the task's own address; it is HTTPS alone.
#trivy:ignore:AVD-AWS-0104 #trivy:ignore:AWS-0104
resource "aws_vpc_security_group_egress_rule" "store_https" {
  count = local.own_store ? 1 : 0

  security_group_id = aws_security_group.store[0].id
  description       = "HTTPS to services of AWS"
  cidr_ipv4         = var.network.https_egress.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "store_prefix_list" {
  for_each = local.own_store ? var.network.https_egress.prefix_list_ids : {}

  security_group_id = aws_security_group.store[0].id
  description       = "HTTPS to ${each.key}, through its gateway endpoint"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "gateway_to_store" {
  count = local.own_store ? 1 : 0

  security_group_id            = aws_security_group.gateway.id
  description                  = "To the document store"
  referenced_security_group_id = aws_security_group.store[0].id
  ip_protocol                  = "tcp"
  from_port                    = local.store_port
  to_port                      = local.store_port
}

# 443 to everywhere may be there already, for services of AWS, and AWS takes no rule twice.
#
# The environment says where the upstream is: narrow it by cidr.
#trivy:ignore:AVD-AWS-0104 #trivy:ignore:AWS-0104
resource "aws_vpc_security_group_egress_rule" "gateway_to_url" {
  count = !local.own_store && !(local.store_port == 443 && var.store.cidr == var.network.https_egress.cidr) ? 1 : 0

  security_group_id = aws_security_group.gateway.id
  description       = "To the document store"
  cidr_ipv4         = var.store.cidr
  ip_protocol       = "tcp"
  from_port         = local.store_port
  to_port           = local.store_port
}
