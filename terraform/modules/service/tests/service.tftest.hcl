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

# --- The task -----------------------------------------------------------------------------------------------------

run "runs_hardened" {
  assert {
    condition = jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].readonlyRootFilesystem && (
      jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].user == "65532:65532"
      ) && (
      jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    )
    error_message = "The gateway must not run as root, with capabilities or with a writable file system."
  }

  assert {
    condition     = !aws_ecs_service.gateway.network_configuration[0].assign_public_ip && aws_ecs_service.gateway.network_configuration[0].subnets == toset(var.network.private_subnet_ids)
    error_message = "Tasks must have no public address."
  }

  assert {
    condition = [
      for secret in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].secrets : secret.name
    ] == ["API_KEY"] && !contains([for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].environment : each.name], "API_KEY")
    error_message = "The key must come from the secret, not from a setting."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.api_key.secret_string_wo == null
    error_message = "The key must not be in the state."
  }
}

run "has_time_to_drain" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].stopTimeout == 30
    error_message = "The timeout must be DRAIN_DELAY_MS, SHUTDOWN_TIMEOUT_MS and five seconds."
  }
}

run "has_more_time_to_drain_when_told_so" {
  variables {
    settings = { DRAIN_DELAY_MS = "20000", SHUTDOWN_TIMEOUT_MS = "60000", LOG_LEVEL = "debug" }
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].stopTimeout == 85
    error_message = "The timeout must follow the settings."
  }

  assert {
    condition = contains([
      for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].environment : "${each.name}=${each.value}"
    ], "LOG_LEVEL=debug")
    error_message = "The gateway must get its settings."
  }
}

run "refuses_a_drain_that_fargate_would_cut_short" {
  command = plan

  variables {
    settings = { DRAIN_DELAY_MS = "60000", SHUTDOWN_TIMEOUT_MS = "60000" }
  }

  expect_failures = [var.settings]
}

run "refuses_to_keep_logs_for_ever" {
  command = plan

  variables {
    log_retention_days = 0
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_key_among_the_settings" {
  command = plan

  variables {
    settings = { API_KEY = "a-key-that-would-be-in-the-state" }
  }

  expect_failures = [var.settings]
}

run "refuses_memory_that_fargate_does_not_have" {
  command = plan

  variables {
    cpu    = 1024
    memory = 1024
  }

  expect_failures = [var.memory]
}

run "refuses_more_memory_than_fargate_has" {
  command = plan

  variables {
    cpu    = 4096
    memory = 32768
  }

  expect_failures = [var.memory]
}

# --- The rollout --------------------------------------------------------------------------------------------------

run "rolls_back_and_never_has_too_few" {
  command = plan

  assert {
    condition     = aws_ecs_service.gateway.deployment_circuit_breaker[0].enable && aws_ecs_service.gateway.deployment_circuit_breaker[0].rollback
    error_message = "A deployment that does not become ready must be rolled back."
  }

  assert {
    condition     = aws_ecs_service.gateway.deployment_minimum_healthy_percent == 100 && aws_ecs_service.gateway.desired_count == 2
    error_message = "A task may stop only after its replacement is ready."
  }

  assert {
    condition     = aws_lb_target_group.gateway.health_check[0].path == "/health/ready"
    error_message = "Requests must go only to ready tasks."
  }
}

run "runs_the_image_that_the_parameter_names" {
  assert {
    condition     = jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].image == aws_ssm_parameter.image.insecure_value
    error_message = "The image must be that of the parameter, which deployments write."
  }

  assert {
    condition     = aws_ecs_task_definition.gateway.track_latest && aws_ecs_task_definition.gateway.skip_destroy
    error_message = "Terraform must follow revisions of deployments, and keep old ones."
  }
}

# As after a deployment: another initial image must not be deployed.
run "leaves_the_image_to_deployments" {
  variables {
    initial_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/document-gateway:sha-2"
  }

  assert {
    condition     = strcontains(aws_ecs_task_definition.gateway.container_definitions, "document-gateway:sha-1")
    error_message = "Only a deployment may change the image."
  }
}

# --- The upstream -------------------------------------------------------------------------------------------------

run "finds_its_own_upstream_by_a_private_name" {
  assert {
    condition = contains([
      for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions)[0].environment : "${each.name}=${each.value}"
    ], "UPSTREAM_URL=http://documents.document-gateway-test.internal:3000/{id}")
    error_message = "The URL must have the name in Cloud Map."
  }

  assert {
    condition     = aws_service_discovery_service.upstream[0].name == "documents" && aws_service_discovery_private_dns_namespace.this[0].name == "document-gateway-test.internal"
    error_message = "The name in Cloud Map must be that of the URL."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.upstream_start[0].policy, "secretsmanager")
    error_message = "The upstream must not read the key."
  }

  assert {
    condition     = aws_service_discovery_service.upstream[0].force_destroy
    error_message = "Registered tasks must not prevent destruction."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.upstream_start[0].policy).Statement : statement.Resource if statement.Sid == "Pull"
    ] == [["arn:aws:ecr:eu-west-1:123456789012:repository/document-gateway-upstream"]]
    error_message = "The upstream may pull only its own image."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.start.policy).Statement : statement.Resource if statement.Sid == "Pull"
    ] == [["arn:aws:ecr:eu-west-1:123456789012:repository/document-gateway"]]
    error_message = "The gateway may pull only its own image."
  }
}

run "pulls_an_upstream_of_another_account" {
  command = plan

  variables {
    upstream = { image = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/dummy-pdf-or-png@sha256:0123" }
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.upstream_start[0].policy, "\"arn:aws:ecr:eu-central-1:210987654321:repository/team/dummy-pdf-or-png\"")
    error_message = "The repository must be that of the image."
  }
}

run "needs_no_right_for_a_public_upstream" {
  command = plan

  variables {
    upstream = { image = "public.ecr.aws/team/dummy-pdf-or-png:1.0.0" }
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.upstream_start[0].policy, "ecr:")
    error_message = "A public image must need no permission."
  }
}

run "asks_an_upstream_that_is_there" {
  variables {
    upstream = { url = "https://documents.example.com:8443/v1/{id}", cidr = "192.0.2.0/24" }
  }

  assert {
    condition     = length(aws_ecs_service.upstream) == 0 && aws_vpc_security_group_egress_rule.gateway_to_url[0].to_port == 8443
    error_message = "There must be no service for the upstream, and its port must be open."
  }
}

run "opens_no_port_twice" {
  variables {
    upstream = { url = "https://documents.example.com/{id}" }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.gateway_to_url) == 0
    error_message = "Port 443 is already open for AWS services, so there must be no other rule."
  }
}

run "refuses_two_upstreams" {
  command = plan

  variables {
    upstream = { url = "https://documents.example.com/{id}", image = "upstream:1" }
  }

  expect_failures = [var.upstream]
}

run "refuses_a_url_without_a_place_for_the_id" {
  command = plan

  variables {
    upstream = { url = "https://documents.example.com/" }
  }

  expect_failures = [var.upstream]
}

# --- Scaling and watching -----------------------------------------------------------------------------------------

run "scales_on_cpu_and_on_requests" {
  assert {
    condition = toset([
      for policy in [aws_appautoscaling_policy.cpu, aws_appautoscaling_policy.requests] :
      policy.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type
    ]) == toset(["ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"])
    error_message = "Both scaling policies must exist."
  }

  assert {
    condition     = aws_appautoscaling_target.gateway.resource_id == "service/document-gateway-test/gateway"
    error_message = "The scaling target must be this service."
  }
}

run "tells_somebody" {
  variables {
    alarm_emails = ["somebody@example.com"]
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 5 && alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])])
    error_message = "Every alarm must have the topic as its action."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 1
    error_message = "The topic must have the email address as its subscriber."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 7
    error_message = "The dashboard must have six panels and a table."
  }
}

run "has_no_collector_unless_asked" {
  assert {
    condition     = length(jsondecode(aws_ecs_task_definition.gateway.container_definitions)) == 1 && length(aws_prometheus_workspace.this) == 0
    error_message = "There must be no collector and no workspace by default, because metrics cost money."
  }
}

run "sends_metrics_with_a_collector" {
  variables {
    prometheus = { rules = { recording = "groups: []" } }
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.gateway.container_definitions)[1].name == "collector" && !jsondecode(aws_ecs_task_definition.gateway.container_definitions)[1].essential
    error_message = "A failing collector must not stop the gateway."
  }

  assert {
    condition     = sum([for each in jsondecode(aws_ecs_task_definition.gateway.container_definitions) : each.memory]) == 2048
    error_message = "The memory of both containers together must be that of the task."
  }

  assert {
    condition = yamldecode(
      jsondecode(aws_ecs_task_definition.gateway.container_definitions)[1].environment[0].value
    ).exporters.prometheusremotewrite.endpoint == "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0123456789abcdef/api/v1/remote_write"
    error_message = "The collector must send metrics to the workspace."
  }

  assert {
    condition     = length(aws_prometheus_rule_group_namespace.this) == 1
    error_message = "The workspace must have the rules."
  }
}
