output "url" {
  description = "The address of the service for consumers."
  value       = module.service.url
}

output "curl" {
  description = "A command that fetches a document."
  value       = module.service.curl
}

output "dashboards" {
  description = "The dashboard and the logs."
  value       = module.service.dashboards
}

output "github" {
  description = "Variables of the environment on GitHub, for .github/workflows/deploy-aws.yml."
  value = {
    AWS_REGION          = var.region
    AWS_DEPLOY_ROLE_ARN = module.delivery.role_arn
    AWS_REPOSITORY      = data.aws_ecr_repository.gateway.repository_url
    AWS_CLUSTER         = module.service.deployment.cluster
    AWS_SERVICE         = module.service.deployment.service
    AWS_TASK_FAMILY     = module.service.deployment.family
    AWS_IMAGE_PARAMETER = module.service.deployment.image_parameter
    AWS_URL             = module.service.deployment.url
  }
}
