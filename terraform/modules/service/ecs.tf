resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  settings = merge(
    {
      READINESS_UPSTREAM = "startup"
      # The number of proxies: the load balancer, and CloudFront in front of it. Security groups prevent other
      # connections. Without this setting all consumers would share addresses, and wrong API keys of one would
      # throttle new consumers.
      TRUST_PROXY = local.public ? "1" : "2"
      # ECS informs the load balancer at once. The delay is for its open connections.
      DRAIN_DELAY_MS      = "10000"
      SHUTDOWN_TIMEOUT_MS = "15000"
    },
    var.settings,
    {
      PORT         = tostring(local.port)
      UPSTREAM_URL = local.upstream_url
    },
  )
  # The sum of both plus five seconds, like terminationGracePeriodSeconds on Kubernetes. Fargate allows 120.
  stop_timeout = ceil((tonumber(local.settings.DRAIN_DELAY_MS) + tonumber(local.settings.SHUTDOWN_TIMEOUT_MS)) / 1000) + 5

  gateway = {
    name                   = "gateway"
    image                  = aws_ssm_parameter.image.insecure_value
    essential              = true
    cpu                    = var.cpu - local.collector_cpu
    memory                 = var.memory - local.collector_memory
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    stopTimeout            = local.stop_timeout
    portMappings           = [{ containerPort = local.port, protocol = "tcp" }]
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment            = [for name in sort(keys(local.settings)) : { name = name, value = local.settings[name] }]
    secrets                = [{ name = "API_KEY", valueFrom = aws_secretsmanager_secret.api_key.arn }]

    # Liveness only: the load balancer checks the readiness. The same as HEALTHCHECK in the Dockerfile, which ECS
    # ignores. Overload is not a reason to restart, a full minute without an answer is.
    healthCheck = {
      command = [
        "CMD", "/nodejs/bin/node", "-e",
        "fetch('http://127.0.0.1:${local.port}/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))",
      ]
      interval    = 10
      timeout     = 5
      retries     = 6
      startPeriod = 60
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.gateway.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "task"
        # A slow log must not delay documents.
        mode            = "non-blocking"
        max-buffer-size = "10m"
      }
    }
  }
}

resource "aws_ecs_task_definition" "gateway" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.task.arn

  # Elements of different types cannot be in one list, so each is encoded as JSON first.
  container_definitions = "[${join(",", concat([jsonencode(local.gateway)], local.collector_definitions))}]"

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  # Deployments also register revisions. Comparing with the newest shows no change when only the image differs. Old
  # revisions stay for rollbacks.
  track_latest = true
  skip_destroy = true
}

resource "aws_ecs_service" "gateway" {
  name                               = "gateway"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.gateway.arn
  launch_type                        = "FARGATE"
  platform_version                   = "LATEST"
  desired_count                      = var.tasks.min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  # An apply succeeds only if the service runs.
  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.network.private_subnet_ids
    security_groups  = [aws_security_group.gateway.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.gateway.arn
    container_name   = "gateway"
    container_port   = local.port
  }

  lifecycle {
    # Scaling sets the number.
    ignore_changes = [desired_count]
  }

  # A target group requires a rule. The tasks require the API key, the rights and the way out.
  depends_on = [
    aws_lb_listener_rule.paths,
    aws_secretsmanager_secret_version.api_key,
    aws_iam_role_policy.metrics,
    aws_iam_role_policy.start,
    aws_ecs_service.upstream,
    aws_vpc_security_group_egress_rule.gateway_https,
    aws_vpc_security_group_egress_rule.gateway_prefix_list,
    aws_vpc_security_group_egress_rule.gateway_to_upstream,
    aws_vpc_security_group_egress_rule.gateway_to_url,
  ]
}

resource "aws_security_group" "gateway" {
  name        = "${var.name}-gateway"
  description = "Tasks of the gateway of ${var.name}"
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-gateway" }
}

resource "aws_vpc_security_group_ingress_rule" "gateway" {
  security_group_id            = aws_security_group.gateway.id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.alb.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

# With a NAT gateway, services of AWS have public addresses, which change. Only HTTPS is allowed.
#trivy:ignore:AVD-AWS-0104 #trivy:ignore:AWS-0104
resource "aws_vpc_security_group_egress_rule" "gateway_https" {
  security_group_id = aws_security_group.gateway.id
  description       = "HTTPS to services of AWS"
  cidr_ipv4         = var.network.https_egress.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "gateway_prefix_list" {
  for_each = var.network.https_egress.prefix_list_ids

  security_group_id = aws_security_group.gateway.id
  description       = "HTTPS to ${each.key}, through its gateway endpoint"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
