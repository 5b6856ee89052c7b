output "url" {
  description = "The address of the service for consumers."
  value       = "https://${local.host}"
}

output "curl" {
  description = "A command that fetches a document with the key from the secret."
  value       = <<-EOT
    curl --fail-with-body -o document -H "X-API-KEY: $(aws secretsmanager get-secret-value --region ${local.region} --secret-id ${aws_secretsmanager_secret.api_key.name} --query SecretString --output text | cut -d, -f1)" https://${local.host}/1
  EOT
}

output "dashboards" {
  description = "The dashboard and the logs."
  value = merge(
    {
      overview = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
      logs     = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#logsV2:log-groups/log-group/${replace(aws_cloudwatch_log_group.gateway.name, "/", "$252F")}"
    },
    local.collector ? { prometheus = aws_prometheus_workspace.this[0].prometheus_endpoint } : {},
  )
}

output "api_key_secret" {
  description = "Name of the secret with the API key."
  value       = aws_secretsmanager_secret.api_key.name
}

output "deployment" {
  description = "The resources of a deployment, for the delivery module and the workflow."
  value = {
    cluster             = aws_ecs_cluster.this.name
    cluster_arn         = aws_ecs_cluster.this.arn
    service             = aws_ecs_service.gateway.name
    family              = aws_ecs_task_definition.gateway.family
    image_parameter     = aws_ssm_parameter.image.name
    image_parameter_arn = aws_ssm_parameter.image.arn
    role_arns           = [aws_iam_role.start.arn, aws_iam_role.task.arn]
    url                 = "https://${local.host}"
  }
}
