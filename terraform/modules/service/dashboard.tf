locals {
  # The metrics of each panel by its title, and how to aggregate a minute of them.
  panels = {
    "Requests a minute" = {
      statistic = "Sum"
      metrics   = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.this.arn_suffix]]
    }
    "Failures a minute" = {
      statistic = "Sum"
      metrics = [
        ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", aws_lb.this.arn_suffix],
        ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", aws_lb.this.arn_suffix],
      ]
    }
    "Seconds, one in a hundred takes longer" = {
      statistic = "p99"
      metrics   = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.this.arn_suffix]]
    }
    "Tasks that are ready" = {
      statistic = "Minimum"
      metrics = [[
        "AWS/ApplicationELB", "HealthyHostCount",
        "LoadBalancer", aws_lb.this.arn_suffix, "TargetGroup", aws_lb_target_group.gateway.arn_suffix,
      ]]
    }
    "CPU and memory in percent" = {
      statistic = "Average"
      metrics = [
        for metric in ["CPUUtilization", "MemoryUtilization"] :
        ["AWS/ECS", metric, "ClusterName", aws_ecs_cluster.this.name, "ServiceName", aws_ecs_service.gateway.name]
      ]
    }
    "Bytes a minute" = {
      statistic = "Sum"
      metrics   = [["AWS/ApplicationELB", "ProcessedBytes", "LoadBalancer", aws_lb.this.arn_suffix]]
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, title in keys(local.panels) : {
          type   = "metric"
          x      = index % 2 * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title   = title
            region  = local.region
            view    = "timeSeries"
            period  = 60
            stat    = local.panels[title].statistic
            metrics = local.panels[title].metrics
          }
        }
      ],
      [{
        type   = "log"
        x      = 0
        y      = ceil(length(local.panels) / 2) * 6
        width  = 24
        height = 6
        properties = {
          title  = "How requests ended"
          view   = "table"
          region = local.region
          query  = "SOURCE '${aws_cloudwatch_log_group.gateway.name}' | filter ispresent(outcome) | stats count() as requests, pct(ms, 99) as p99_ms by outcome, status"
        }
      }],
    )
  })
}
