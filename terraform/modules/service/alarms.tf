# Alarms from outside the process, which also work when it does not run. They page when consumers are affected.

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  target_group = {
    LoadBalancer = aws_lb.this.arn_suffix
    TargetGroup  = aws_lb_target_group.gateway.arn_suffix
  }
  ecs_service = {
    ClusterName = aws_ecs_cluster.this.name
    ServiceName = aws_ecs_service.gateway.name
  }

  # Each is evaluated once a minute.
  alarms = {
    no-healthy-task = {
      description = "No task can take requests."
      namespace   = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Minimum", dimensions = local.target_group
      comparison  = "LessThanThreshold", threshold = 1, minutes = 2, missing = "breaching"
    }
    unhealthy-task = {
      description = "A task and its replacement have not been ready for ten minutes."
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Minimum", dimensions = local.target_group
      comparison  = "GreaterThanThreshold", threshold = 0, minutes = 10, missing = "notBreaching"
    }
    slow = {
      description = "1 % of the responses take longer than five seconds."
      namespace   = "AWS/ApplicationELB", metric = "TargetResponseTime", statistic = "p99", dimensions = local.target_group
      comparison  = "GreaterThanThreshold", threshold = 5, minutes = 10, missing = "notBreaching"
    }
    cpu = {
      description = "Scaling is too slow, or has reached its maximum."
      namespace   = "AWS/ECS", metric = "CPUUtilization", statistic = "Average", dimensions = local.ecs_service
      comparison  = "GreaterThanThreshold", threshold = 85, minutes = 15, missing = "notBreaching"
    }
    memory = {
      description = "Memory is almost exhausted. Documents in flight may use a quarter of it."
      namespace   = "AWS/ECS", metric = "MemoryUtilization", statistic = "Maximum", dimensions = local.ecs_service
      comparison  = "GreaterThanThreshold", threshold = 90, minutes = 10, missing = "notBreaching"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# A share rather than a number: with every tenth document damaged, single requests fail.
resource "aws_cloudwatch_metric_alarm" "failures" {
  alarm_name          = "${var.name}-failures"
  alarm_description   = "More than 5 % of the requests fail, at the gateway or at the load balancer."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  evaluation_periods  = 5
  datapoints_to_alarm = 4
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "percent"
    label       = "failures in percent"
    expression  = "IF(requests > 20, 100 * (FILL(target, 0) + FILL(balancer, 0)) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      requests = "RequestCount"
      target   = "HTTPCode_Target_5XX_Count"
      balancer = "HTTPCode_ELB_5XX_Count"
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = { LoadBalancer = aws_lb.this.arn_suffix }
        period      = 60
        stat        = "Sum"
      }
    }
  }
}
