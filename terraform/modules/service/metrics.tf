# /metrics is not reachable from outside. If enabled, a collector beside each gateway scrapes it over the loopback and
# sends it to Amazon Managed Service for Prometheus, with the labels that rules and dashboards expect. Pages do not
# depend on it: they are CloudWatch alarms, in alarms.tf.

locals {
  collector        = var.prometheus != null
  collector_cpu    = local.collector ? 128 : 0
  collector_memory = local.collector ? 256 : 0

  collector_config = local.collector ? yamlencode({
    extensions = {
      sigv4auth    = { region = local.region, service = "aps" }
      health_check = {}
    }
    receivers = {
      prometheus = {
        config = {
          global = { scrape_interval = "15s" }
          scrape_configs = [{
            job_name = "document-gateway"
            static_configs = [{
              targets = ["127.0.0.1:${local.port}"]
              labels  = { namespace = var.name }
            }]
          }]
        }
      }
    }
    processors = {
      # All tasks have the same loopback address, so the task identifies their series.
      resourcedetection = { detectors = ["ecs"] }
      resource = {
        attributes = [{ key = "service.instance.id", from_attribute = "aws.ecs.task.arn", action = "upsert" }]
      }
      batch = {}
    }
    exporters = {
      prometheusremotewrite = {
        endpoint = "${aws_prometheus_workspace.this[0].prometheus_endpoint}api/v1/remote_write"
        auth     = { authenticator = "sigv4auth" }
      }
    }
    service = {
      extensions = ["sigv4auth", "health_check"]
      pipelines = {
        metrics = {
          receivers  = ["prometheus"]
          processors = ["resourcedetection", "resource", "batch"]
          exporters  = ["prometheusremotewrite"]
        }
      }
    }
  }) : ""

  collector_definitions = local.collector ? [jsonencode({
    name  = "collector"
    image = var.prometheus.image
    # The collector may fail without stopping the task.
    essential              = false
    cpu                    = local.collector_cpu
    memory                 = local.collector_memory
    readonlyRootFilesystem = true
    environment            = [{ name = "AOT_CONFIG_CONTENT", value = local.collector_config }]
    linuxParameters        = { capabilities = { drop = ["ALL"] } }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.gateway.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "collector"
        mode                  = "non-blocking"
        max-buffer-size       = "1m"
      }
    }
  })] : []
}

resource "aws_prometheus_workspace" "this" {
  count = local.collector ? 1 : 0

  alias = var.name
}

resource "aws_prometheus_rule_group_namespace" "this" {
  for_each = local.collector ? var.prometheus.rules : {}

  name         = each.key
  workspace_id = aws_prometheus_workspace.this[0].id
  data         = each.value
}

resource "aws_iam_role_policy" "metrics" {
  count = local.collector ? 1 : 0

  name = "metrics"
  role = aws_iam_role.task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["aps:RemoteWrite"]
      Resource = [aws_prometheus_workspace.this[0].arn]
    }]
  })
}
